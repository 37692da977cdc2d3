package doctor

import (
	"context"
	"time"

	"ops-jrz1/bridge/internal/operator"
)

// farOff is how far a clock may be from Slack's: people take a minute for nothing, and
// certificates and what is read after an absence bear that much.
const farOff = 30 * time.Second

// checkClock compares this machine's clock with the one that Slack's answers have shown.
func (e *examination) checkClock(context.Context) (string, []Finding) {
	for _, l := range e.logins {
		theirs := l.api.Time()
		if theirs.IsZero() {
			continue
		}
		off := e.Machine.Now().Sub(theirs).Round(time.Second)
		if off.Abs() <= farOff {
			return "within " + farOff.String() + " of Slack's", nil
		}
		way := "ahead of"
		if off < 0 {
			way = "behind"
		}
		return clockOff.one("this machine's clock is "+operator.Age(theirs.Add(off.Abs()), theirs)+" "+way+" Slack's", "certificates and times of messages go by it",
			"set it, and keep it right: timedatectl set-ntp true; timedatectl timesync-status")
	}
	return "Slack's answers show no time", nil
}

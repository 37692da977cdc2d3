package slackapi

import (
	"slices"
	"strings"
	"time"
)

// Wait is a method whose calls are held back by a limit of Slack's.
type Wait struct {
	Method string
	// Calls are in line; there may be none yet.
	Calls int
	Until time.Time
}

// Waits returns the methods whose calls are held back, each once: of several channels the
// one that is held back longest counts.
func (c *Client) Waits() (waits []Wait) {
	for _, held := range c.limits.Waiting() {
		method, _, _ := strings.Cut(held.Gate, " ")
		at := slices.IndexFunc(waits, func(w Wait) bool { return w.Method == method })
		if at < 0 {
			waits = append(waits, Wait{Method: method, Calls: held.Calls, Until: held.Until})
			continue
		}
		waits[at].Calls += held.Calls
		if held.Until.After(waits[at].Until) {
			waits[at].Until = held.Until
		}
	}
	return waits
}

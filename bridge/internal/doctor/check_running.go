package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/operator"
)

// For how long things may wait before that is worth a word.
const (
	longAway    = 30 * time.Second
	longWaiting = 5 * time.Minute
)

// checkOperator asks the running bridge how it is, over its operators' socket.
func (e *examination) checkOperator(ctx context.Context) (string, []Finding) {
	socket := e.config.OperatorSocket(os.LookupEnv)
	client, err := operator.Connect(ctx, socket)
	if errors.Is(err, operator.ErrNobody) {
		return operatorSilent.one("no bridge answers at "+socket, "but one answers at appservice.address",
			"see that operator.socket is what the running bridge has, and in its log why there is no socket: journalctl -u slack-bridge -n 50")
	}
	if err != nil {
		return operatorClosed.one("the running bridge cannot be asked", err.Error(), "run the doctor as root or as the bridge's user, in the configuration that the bridge has")
	}
	status, err := client.Status(ctx)
	if err != nil {
		return operatorSilent.one("the bridge at "+socket+" does not say how it is", plainHTTP(err), "restart the bridge: systemctl restart slack-bridge")
	}
	e.status = status
	return fmt.Sprintf("version %s, up since %s", status.Version, status.Started.UTC().Format(time.DateTime)), nil
}

// checkRunning compares the configuration with the one that the bridge runs with.
func (e *examination) checkRunning(context.Context) (string, []Finding) {
	if e.status.Configuration != e.config.Digest {
		return configOlder.one("the bridge does not run with "+e.Config+" as it is now", "it read its configuration on "+e.status.Started.UTC().Format(time.DateTime),
			"restart the bridge, or undo the change: systemctl restart slack-bridge")
	}
	return "the bridge runs with " + e.Config + " as it is", nil
}

// checkDelivery asks whether the bridge's probes come back through the homeserver.
func (e *examination) checkDelivery(context.Context) (string, []Finding) {
	seen, now := e.status.Homeserver, e.Machine.Now()
	away := !seen.Waiting.IsZero() && (!seen.Proven.IsZero() || now.Sub(seen.Waiting) > longAway)
	switch {
	case seen.Delivers:
		return "the homeserver delivers, proven " + operator.Age(now, seen.Proven) + " ago", nil
	case away:
		return deliveryFailed.one("the homeserver does not deliver", "the bridge's probe is away for "+operator.Age(now, seen.Waiting),
			"see in the homeserver's log why it sends no transactions, and restart it; it delivers afterwards what is missing")
	default:
		return "whether the homeserver delivers is not known yet", nil
	}
}

// checkSockets asks whether each login receives what Slack sends.
func (e *examination) checkSockets(context.Context) (string, []Finding) {
	var found []Finding
	for _, login := range e.status.Logins {
		if !login.Usable() {
			found = append(found, slackDisconnected.found("the bridge's login "+login.Login+" is "+login.State, login.Message,
				"see what Slack says to it: slack-bridge status"))
		}
	}
	// The bridge reads the files of tokens when it starts.
	if declared, has := len(e.logins), len(e.status.Logins); has < declared {
		found = append(found, slackDisconnected.found(fmt.Sprintf("the running bridge has %d of %d declared logins", has, declared), "",
			"see in its log what Slack says to the others: journalctl -u slack-bridge; if their tokens were put there after its start, restart it: systemctl restart slack-bridge"))
	}
	return fmt.Sprintf("%d connected", len(e.status.Logins)), found
}

// checkBacklog looks at what the bridge has received and not handled.
func (e *examination) checkBacklog(context.Context) (string, []Finding) {
	if e.status.Incomplete != "" {
		return inboxUnknown.one("what waits and what is parked is not known", e.status.Incomplete, "see the database's log, and the bridge's")
	}
	var found []Finding
	var waiting []string
	now := e.Machine.Now()
	for _, s := range e.status.Inbox {
		if s.Parked > 0 {
			found = append(found, inboxParked.found(fmt.Sprintf("%d events of %s are parked", s.Parked, s.Source), "", "see why, and retry or drop them: slack-bridge inbox list"))
		}
		if !s.Oldest.IsZero() && now.Sub(s.Oldest) > longWaiting {
			found = append(found, inboxBehind.found(fmt.Sprintf("%d events of %s wait", s.Waiting, s.Source), "the first for "+operator.Age(now, s.Oldest),
				"see what they wait for: slack-bridge status; journalctl -u slack-bridge -n 50"))
		}
		waiting = append(waiting, fmt.Sprintf("%d of %s", s.Waiting, s.Source))
	}
	return "waiting: " + strings.Join(waiting, ", "), found
}

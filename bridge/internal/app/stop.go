package app

import (
	"context"
	"time"

	"go.uber.org/zap"
)

const (
	// drainTime is for what was answered 200 and is not in Slack yet: Slack takes
	// one message a second in a channel. Together with loginTime it stays below
	// the 90 s after which systemd kills.
	drainTime = time.Minute
	// loginTime is for the events of Slack that are being handled.
	loginTime = 15 * time.Second
)

// stop ends the bridge: the homeserver's transactions first, since it will not
// send them again, then Slack's events, whose rows stay in the journal.
func (a *App) stop() error {
	a.status.Stopping()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := a.server.Drain(ctx); err != nil {
		a.log.Error("not everything from Matrix reached Slack before the stop", zap.Error(err))
	}
	a.bridge.StopWithTimeout(loginTime)
	return nil
}

package app

import (
	"context"
	"time"
)

const (
	// answerTime is for transactions that are being stored and answered.
	answerTime = 2 * time.Second
	// loginTime is for logins to close their sockets and finish the rows that they are
	// at. All parts of a stop together take less than 10 s.
	loginTime = 5 * time.Second
)

// stop ends the bridge: first nothing more is acknowledged, then the rows that are
// being handled are finished. All others stay in the inbox for the next start.
func (a *App) stop() {
	a.life.Stopping()
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	if a.handling != nil {
		a.handling()
	}
	a.server.Close(ctx)
	a.closeToOperators(ctx)
	a.closeHealth(ctx)
	if a.unwatch != nil {
		a.unwatch()
	}
	a.handled.Wait()
	a.bridge.StopWithTimeout(loginTime)
}

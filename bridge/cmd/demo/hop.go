package main

import (
	"context"
	"time"

	"ops-jrz1/bridge/internal/emulator/control"
)

// hopTimeout is how long a hop may take to say how it is.
const hopTimeout = 5 * time.Second

// hop looks along the way of a message that did not arrive and names the first
// hop that does not work.
func (w *world) hop(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hopTimeout)
	defer cancel()
	if w.stack.Bridge.Process().ExitCode() >= 0 {
		return "the bridge, which has ended"
	}
	sockets, err := control.New(w.stack.Emulator.URL).Sockets(ctx)
	if err != nil {
		return "the Slack emulator, which does not answer"
	}
	if len(sockets) == 0 {
		return "bridge → Slack: there is no Socket Mode connection"
	}
	if _, err := w.owner.Client.Versions(ctx); err != nil {
		return "the homeserver, which does not answer"
	}
	if !w.stack.Bridge.Healthy(ctx) {
		return "homeserver → bridge: the bridge's listener does not answer"
	}
	return "the bridge, which has both connections"
}

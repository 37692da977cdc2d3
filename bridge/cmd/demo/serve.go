package main

import (
	"context"
	"fmt"

	"ops-jrz1/bridge/internal/testbed/stack"
)

// serve says where everything is and waits for Ctrl-C, or for the end of a
// process that should not end.
func (w *world) serve(ctx context.Context) error {
	// What is shown is there when the rooms are.
	if _, err := w.room(ctx, room); err != nil {
		return failed("slack→matrix", w.hop(ctx), err)
	}
	fmt.Printf(`
Slack:   %s/
         You are in a workspace with a few people; pick one and write in #general.
Matrix:  %s
         Any client that takes the address of a homeserver; user %s, password %s
         Accept the invitations; the rooms are in the space of the workspace.
Logs:    %s/*.log
Ctrl-C stops everything.
`, w.stack.Emulator.URL, w.stack.Homeserver.URL(), w.owner.Client.UserID, w.owner.Password, w.dir)

	ended := make(chan error)
	for _, p := range w.stack.Processes() {
		go func() {
			select {
			case <-p.Exited():
			case <-ctx.Done():
				return
			}
			select {
			case ended <- p.Died():
			case <-ctx.Done():
			}
		}()
	}
	select {
	case <-ctx.Done():
		say("stopping")
		return nil
	case err := <-ended:
		return err
	}
}

// config is what the stack is made of: the emulator's own workspace, SQLite, and
// the owner logged in by the configuration.
func (w *world) config(root string, binaries stack.Binaries) stack.Config {
	return stack.Config{
		Dir: w.dir, Root: root, Continuwuity: continuwuity(), Binaries: binaries, TimeScale: 1,
		Settings: map[string]any{
			"network.logins":     stack.DeclaredLogins(w.dir, ownerID),
			"bridge.permissions": map[string]any{stack.ServerName: "relay", ownerID.String(): "admin"},
			"logging":            map[string]any{"level": "info", "format": "json"},
		},
	}
}

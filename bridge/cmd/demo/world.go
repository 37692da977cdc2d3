package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/stack"
	"ops-jrz1/bridge/internal/testbed/timeline"
)

// patience is how long each step may take.
const patience = 2 * time.Minute

// ownerID is the Matrix person who plays.
const ownerID id.UserID = "@you:" + stack.ServerName

// world is what the demo has started.
type world struct {
	dir      string
	stack    *stack.Stack
	owner    *stack.Account
	timeline *timeline.Timeline
}

// build starts everything and logs the owner in. What was started is ended by
// close, after an error too.
func build(ctx context.Context) (*world, error) {
	w := &world{}
	root, err := stack.Root(ctx)
	if err != nil {
		return w, err
	}
	say("building the bridge and the Slack emulator")
	binaries, err := stack.Build(ctx, root, false)
	if err != nil {
		return w, err
	}
	if w.dir, err = os.MkdirTemp("", "demo-"); err != nil {
		return w, fmt.Errorf("make a folder for the demo: %w", err)
	}
	say("starting the homeserver and the Slack emulator")
	if w.stack, err = stack.New(ctx, w.config(root, binaries)); err != nil {
		return w, err
	}
	if w.owner, err = w.stack.Register(ctx, ownerID.Localpart()); err != nil {
		return w, err
	}
	w.timeline = timeline.Follow(w.owner.Client)
	// The pictures of people in Matrix: the page, which shows them, is on this machine.
	if err := w.stack.Bridge.Set(ctx, map[string]any{"appservice.public_address": w.stack.Bridge.URL()}); err != nil {
		return w, err
	}
	say("starting the bridge")
	return w, w.stack.Bridge.Start(ctx)
}

// room joins the room of a name that the owner is invited to.
func (w *world) room(ctx context.Context, name string) (id.RoomID, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var found id.RoomID
	err := w.timeline.Await(ctx, fmt.Sprintf("an invitation to %q", name), func(rooms map[id.RoomID]*timeline.Room) bool {
		for _, room := range timeline.Sorted(rooms) {
			if room.Name() == name && room.Membership == event.MembershipInvite {
				found = room.ID
			}
		}
		return found != ""
	})
	if err != nil {
		return "", err
	}
	_, err = w.owner.Client.JoinRoomByID(ctx, found)
	return found, err
}

// close ends everything and removes the files; after an error it keeps the logs
// and says where they are.
func (w *world) close(failed error) error {
	if w.timeline != nil {
		w.timeline.Stop()
	}
	var err error
	if w.stack != nil {
		err = w.stack.Close()
	}
	if w.dir == "" {
		return err
	}
	if failed != nil || err != nil {
		logs, _ := filepath.Glob(filepath.Join(w.dir, "*.log"))
		say("the logs are kept: %v", logs)
		return err
	}
	return os.RemoveAll(w.dir)
}

// say tells what is going on; the results alone go to standard output.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

package main

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/timeline"
)

// The conversation that is used, and who speaks in Slack: both of the emulator's
// own seed.
const (
	channel = "general"
	room    = "#general"
	person  = "bob"
)

// once sends one message each way and prints how long each took.
func (w *world) once(ctx context.Context) error {
	general, err := w.room(ctx, room)
	if err != nil {
		return failed("slack→matrix", w.hop(ctx), err)
	}
	slack := control.New(w.stack.Emulator.URL)
	took, err := w.fromSlack(ctx, slack, general)
	if err != nil {
		return failed("slack→matrix", w.hop(ctx), err)
	}
	fmt.Printf("slack→matrix ok %d\n", took.Milliseconds())
	if took, err = w.fromMatrix(ctx, slack, general); err != nil {
		return failed("matrix→slack", w.hop(ctx), err)
	}
	fmt.Printf("matrix→slack ok %d\n", took.Milliseconds())
	return nil
}

// fromSlack measures from the message's post until the owner has it.
func (w *world) fromSlack(ctx context.Context, slack *control.Client, general id.RoomID) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	const text = "Hello from Slack"
	begin := time.Now()
	if _, err := slack.Say(ctx, person, channel, text); err != nil {
		return 0, err
	}
	err := w.timeline.Await(ctx, "the message in Matrix", func(rooms map[id.RoomID]*timeline.Room) bool {
		for _, m := range rooms[general].Messages() {
			if m.Body == text {
				return true
			}
		}
		return false
	})
	return time.Since(begin), err
}

// fromMatrix measures the time from the owner's message until it is in Slack.
func (w *world) fromMatrix(ctx context.Context, slack *control.Client, general id.RoomID) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	const text = "Hello from Matrix"
	begin := time.Now()
	if _, err := w.owner.Client.SendText(ctx, general, text); err != nil {
		return 0, err
	}
	err := await.Until(ctx, "the message in Slack", func(ctx context.Context) (bool, error) {
		messages, err := slack.Messages(ctx, channel)
		for _, m := range messages {
			if m.Text == text {
				return true, nil
			}
		}
		return false, err
	})
	return time.Since(begin), err
}

func failed(way, hop string, err error) error {
	return fmt.Errorf("%s failed at %s: %w", way, hop, err)
}

// Package timeline follows what one Matrix person sees: it syncs like any client
// and keeps, for each room, the events in the order they came, the state, and
// invitations. It must not send anything.
package timeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Room is a room as the person sees it.
type Room struct {
	ID         id.RoomID
	Membership event.Membership
	// Events are the room's events in the order of the timeline, each once.
	Events []*event.Event
	// Redacted holds the events that were redacted.
	Redacted map[id.EventID]bool
	// State is the newest state by type and key; of an invitation, what came
	// with it.
	State map[event.Type]map[string]*event.Event
}

// Timeline is everything that one person has seen.
type Timeline struct {
	client *mautrix.Client
	stop   context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	rooms map[id.RoomID]*Room
	// err is the last sync's error, for the message of a wait that fails.
	err error
	// changed is closed and replaced whenever something came.
	changed chan struct{}
}

// longPoll is how long the homeserver may wait before it answers a sync.
const longPoll = 30 * time.Second

// retryAfter is the pause after a failed sync: the homeserver is away.
const retryAfter = 100 * time.Millisecond

// Follow begins to sync; Stop ends it.
func Follow(client *mautrix.Client) *Timeline {
	ctx, stop := context.WithCancel(context.Background())
	t := &Timeline{
		client: client, stop: stop, done: make(chan struct{}),
		rooms: map[id.RoomID]*Room{}, changed: make(chan struct{}),
	}
	go t.run(ctx)
	return t
}

// Stop ends the sync and waits for that.
func (t *Timeline) Stop() {
	t.stop()
	<-t.done
}

func (t *Timeline) run(ctx context.Context) {
	defer close(t.done)
	since := ""
	for ctx.Err() == nil {
		next, err := t.sync(ctx, since)
		if err == nil {
			since = next
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryAfter):
		}
	}
}

// wholeTimeline asks for every event since the last sync; without it a server
// leaves out all but the last ten.
const wholeTimeline = `{"room":{"timeline":{"limit":100000}}}`

func (t *Timeline) sync(ctx context.Context, since string) (string, error) {
	resp, err := t.client.FullSyncRequest(ctx, mautrix.ReqSync{
		Timeout: int(longPoll.Milliseconds()), Since: since, FilterID: wholeTimeline, SetPresence: event.PresenceOffline,
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
	if err != nil {
		return since, err
	}
	for room, invited := range resp.Rooms.Invite {
		t.room(room, event.MembershipInvite).takeState(invited.State.Events)
	}
	for room, joined := range resp.Rooms.Join {
		t.room(room, event.MembershipJoin).take(joined.State.Events, joined.Timeline.Events)
	}
	for room, left := range resp.Rooms.Leave {
		t.room(room, event.MembershipLeave).take(left.State.Events, left.Timeline.Events)
	}
	close(t.changed)
	t.changed = make(chan struct{})
	return resp.NextBatch, nil
}

func (t *Timeline) room(room id.RoomID, membership event.Membership) *Room {
	r := t.rooms[room]
	if r == nil {
		r = &Room{ID: room, Redacted: map[id.EventID]bool{}, State: map[event.Type]map[string]*event.Event{}}
		t.rooms[room] = r
	}
	r.Membership = membership
	return r
}

func (r *Room) take(state, events []*event.Event) {
	r.takeState(state)
	for _, evt := range events {
		if slices.ContainsFunc(r.Events, func(seen *event.Event) bool { return seen.ID == evt.ID }) {
			continue
		}
		if evt.StateKey != nil {
			r.takeState([]*event.Event{evt})
		} else {
			evt.Type.Class = event.MessageEventType
			_ = evt.Content.ParseRaw(evt.Type) // What cannot be parsed is seen raw.
		}
		if evt.Type == event.EventRedaction {
			r.Redacted[redacted(evt)] = true
		}
		if evt.Unsigned.RedactedBecause != nil {
			r.Redacted[evt.ID] = true
		}
		r.Events = append(r.Events, evt)
	}
}

// redacted returns the target of a redaction: room versions from 11 on have it in the
// content (Matrix spec, "m.room.redaction").
func redacted(evt *event.Event) id.EventID {
	if evt.Redacts != "" {
		return evt.Redacts
	}
	return evt.Content.AsRedaction().Redacts
}

func (r *Room) takeState(events []*event.Event) {
	for _, evt := range events {
		if evt.StateKey == nil {
			continue
		}
		evt.Type.Class = event.StateEventType
		_ = evt.Content.ParseRaw(evt.Type)
		if r.State[evt.Type] == nil {
			r.State[evt.Type] = map[string]*event.Event{}
		}
		r.State[evt.Type][*evt.StateKey] = evt
	}
}

// Await waits until condition is true for the rooms seen. The rooms may only be
// read, and only inside condition.
func (t *Timeline) Await(ctx context.Context, what string, condition func(rooms map[id.RoomID]*Room) bool) error {
	for {
		t.mu.Lock()
		done, changed, syncErr := condition(t.rooms), t.changed, t.err
		t.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if syncErr != nil {
				return fmt.Errorf("waiting for %s: %w; the last sync said: %w", what, context.Cause(ctx), syncErr)
			}
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		}
	}
}

// Read calls with with the rooms seen so far, which it may only read.
func (t *Timeline) Read(with func(rooms map[id.RoomID]*Room)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	with(t.rooms)
}

// Sorted returns the rooms in a stable order.
func Sorted(rooms map[id.RoomID]*Room) []*Room {
	sorted := make([]*Room, 0, len(rooms))
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		sorted = append(sorted, rooms[room])
	}
	return sorted
}

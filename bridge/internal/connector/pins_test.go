package connector

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// pinsInSlack has Slack keep the pins of #general, and returns what they are.
func (w *world) pinsInSlack(refused ...string) func(...string) []string {
	var pinned []string
	w.api.onCall(func(c call) answer {
		ts := c.form.Get("timestamp")
		switch {
		case slices.Contains(refused, c.method):
			return answer{"ok": false, "error": "missing_scope", "needed": "pins:write", "provided": "chat:write"}
		case c.method == "pins.add" && slices.Contains(pinned, ts):
			return answer{"ok": false, "error": "already_pinned"}
		case c.method == "pins.add":
			pinned = append(pinned, ts)
		case c.method == "pins.remove" && !slices.Contains(pinned, ts):
			return answer{"ok": false, "error": "no_pin"}
		case c.method == "pins.remove":
			pinned = slices.DeleteFunc(pinned, func(other string) bool { return other == ts })
		case c.method == "pins.list":
			items := []answer{}
			for _, ts := range pinned {
				items = append(items, answer{"type": "message", "channel": general, "message": answer{"type": "message", "ts": ts}})
			}
			return answer{"items": items}
		default:
			return nil
		}
		return answer{}
	})
	return func(set ...string) []string {
		if set != nil {
			pinned = set
		}
		return pinned
	}
}

// pin hears that a message was pinned, or not any more.
func (w *world) pin(id, kind, user, ts string) error {
	return w.hearEvent(id, kind, &slackevent.Pin{
		Type: kind, User: user, ChannelID: general, EventTS: slackTS(time.Now()),
		Item: slackevent.PinItem{Type: slackevent.ItemMessage, Channel: general, Message: &slackevent.Message{TS: ts}},
	})
}

// pinsAs makes the event of a room's new list.
func (w *world) pinsAs(as id.EventID, list ...id.EventID) *event.Event {
	return w.stated(as, event.StatePinnedEvents, time.Now(), map[string]any{"pinned": append([]id.EventID{}, list...)})
}

// pinnedInMatrix is the list of the room of #general.
func (w *world) pinnedInMatrix() []id.EventID {
	room := w.room().MXID
	w.home.mu.Lock()
	defer w.home.mu.Unlock()
	return slices.Clone(w.home.pins[room])
}

func TestPins(t *testing.T) {
	const one, two = "1700000601.000001", "1700000602.000001"
	start := func(t *testing.T, refused []string, changes ...func(*settings.Network)) (w *world, inSlack func(...string) []string, first, second id.EventID) {
		w = newWorld(t, changes...)
		w.room()
		inSlack = w.pinsInSlack(refused...)
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "one", TS: one}))
		require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "two", TS: two}))
		return w, inSlack, w.rows(one)[0].MXID, w.rows(two)[0].MXID
	}
	t.Run("38 from Slack", func(t *testing.T) {
		w, inSlack, first, second := start(t, nil)
		inSlack(one)
		require.NoError(t, w.pin("P1", "pin_added", "U1", one))
		require.Equal(t, []id.EventID{first}, w.pinnedInMatrix())
		inSlack(one, two)
		require.NoError(t, w.pin("P2", "pin_added", "U1", two))
		require.Equal(t, []id.EventID{first, second}, w.pinnedInMatrix())
		require.NoError(t, w.pin("P3", "pin_removed", "U1", two), "of before, late")
		require.Equal(t, []id.EventID{first, second}, w.pinnedInMatrix())
		inSlack(two)
		require.NoError(t, w.pin("P4", "pin_removed", "U1", one))
		require.Equal(t, []id.EventID{second}, w.pinnedInMatrix())
		require.NoError(t, w.receive(w.pinsAs("$late", second)))
		require.Empty(t, w.api.of("pins.add"))
		require.Empty(t, w.api.of("pins.remove"))
	})
	t.Run("38 from Matrix", func(t *testing.T) {
		w, inSlack, first, second := start(t, nil)
		require.NoError(t, w.receive(w.pinsAs("$1", first, "$a-notice")))
		require.Equal(t, []string{one}, inSlack())
		require.NoError(t, w.pin("P1", "pin_added", botID, one), "the echo")
		require.NoError(t, w.receive(w.pinsAs("$2", first, "$a-notice", second)))
		require.Equal(t, []string{one, two}, inSlack())
		require.NoError(t, w.receive(w.pinsAs("$3", "$a-notice", second)))
		require.Equal(t, []string{two}, inSlack())
		require.Equal(t, []id.EventID{"$a-notice", second}, w.pinnedInMatrix())
		require.Len(t, w.api.of("pins.add"), 2)
		require.Empty(t, w.home.of(event.StatePinnedEvents), "the list is as people have it")
	})
	t.Run("38 from both at once", func(t *testing.T) {
		w, inSlack, first, second := start(t, nil)
		mine := w.pinsAs("$1", first)
		w.home.keep(mine) // it is in the room, and on its way to the bridge
		inSlack(two)
		require.NoError(t, w.pin("P1", "pin_added", "U1", two))
		require.Equal(t, []id.EventID{first, second}, w.pinnedInMatrix())
		list := w.pinnedInMatrix()
		require.NoError(t, w.receiveLate(mine, list))
		require.Equal(t, []string{two, one}, inSlack())
		require.Equal(t, []id.EventID{first, second}, w.pinnedInMatrix())
	})
	t.Run("38 refused", func(t *testing.T) {
		w, inSlack, first, _ := start(t, []string{"pins.add"})
		require.NoError(t, w.receive(w.pinsAs("$1", "$a-notice", first)))
		require.Empty(t, inSlack())
		require.Equal(t, []id.EventID{"$a-notice"}, w.pinnedInMatrix())
		require.Len(t, w.notices(), 1)
		require.Contains(t, w.notices()[0], "pins:write")
	})
	t.Run("38 refused to take away", func(t *testing.T) {
		w, inSlack, first, _ := start(t, []string{"pins.remove"})
		require.NoError(t, w.receive(w.pinsAs("$1", first)))
		require.NoError(t, w.receive(w.pinsAs("$2")))
		require.Equal(t, []string{one}, inSlack())
		require.Equal(t, []id.EventID{first}, w.pinnedInMatrix())
		require.Len(t, w.notices(), 1)
	})
	t.Run("38 from Slack alone", func(t *testing.T) {
		w, _, _, _ := start(t, nil, oneWay(settings.OnlyFromSlack))
		require.NoError(t, w.receive(w.pinsAs("$1", w.rows(one)[0].MXID)))
		require.Empty(t, w.api.of("pins.add"))
	})
}

// receiveLate is receive for an event after which the room's list was changed again.
func (w *world) receiveLate(evt *event.Event, list []id.EventID) error {
	w.Helper()
	late := *evt
	late.Content = event.Content{Parsed: &event.PinnedEventsEventContent{Pinned: list}, VeryRaw: evt.Content.VeryRaw, Raw: evt.Content.Raw}
	return w.receive(&late)
}

// TestPinsOfARoomWithoutPower: what the bridge may not show in a plumbed room was not taken away by
// people.
func TestPinsOfARoomWithoutPower(t *testing.T) {
	const one, two = "1700000601.000001", "1700000602.000001"
	w := newWorld(t)
	w.plumb()
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	inSlack := w.pinsInSlack()
	w.home.refuse = func(s sent) error {
		if s.kind.Type == event.StatePinnedEvents.Type {
			return refused(403, "M_FORBIDDEN", "no")
		}
		return nil
	}
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "one", TS: one}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "two", TS: two}))
	second := w.rows(two)[0].MXID
	inSlack(one)
	require.NoError(t, w.pin("P1", "pin_added", "U1", one))
	require.NoError(t, w.receive(w.pinsAs("$1", second)))
	require.Equal(t, []string{one, two}, inSlack())
}

// TestWhatWasPinnedBefore a room existed is pinned in it when it has its history.
func TestWhatWasPinnedBefore(t *testing.T) {
	past := past{messages: []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil)}}
	w := worldWithPast(t, past)
	w.api.onCall(func(c call) answer {
		if c.method != "pins.list" {
			return past.show(c)
		}
		items := []answer{}
		for _, ts := range []string{ago(3), ago(1), "1600000000.000001"} {
			items = append(items, answer{"type": "message", "channel": general, "message": answer{"type": "message", "ts": ts}})
		}
		return answer{"items": append(items, answer{"type": "file", "file": answer{"id": "F1"}})}
	})
	w.fill()
	first, third := w.rows(ago(1))[0].MXID, w.rows(ago(3))[0].MXID
	require.Equal(t, []id.EventID{first, third}, w.pinnedInMatrix())
	require.Equal(t, []string{ago(1), ago(3)}, w.room().Metadata.(*PortalMetadata).Pinned)
	require.NoError(t, w.receive(w.pinsAs("$echo", first, third)))
	require.Empty(t, w.api.of("pins.add"))
	require.Empty(t, w.api.of("pins.remove"))
	require.Len(t, w.api.of("pins.list"), 1)
}

// TestPinsThatSlackDoesNotShow hold nothing up.
func TestPinsThatSlackDoesNotShow(t *testing.T) {
	past := past{messages: []answer{pastMessage(1, nil)}}
	w := worldWithPast(t, past)
	w.api.onCall(func(c call) answer {
		if c.method == "pins.list" {
			return answer{"ok": false, "error": "missing_scope", "needed": "pins:read"}
		}
		return past.show(c)
	})
	w.fill()
	require.Empty(t, w.pinnedInMatrix())
}

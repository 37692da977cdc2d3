package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// TestRead reads a room's events, the newest first.
func TestRead(t *testing.T) {
	const bot, ann = id.UserID("@bot:test"), id.UserID("@ann:test")
	said := func(eventID id.EventID, sender id.UserID, second int64) *event.Event {
		return &event.Event{ID: eventID, Sender: sender, Type: event.EventMessage, Timestamp: second * 1000}
	}
	member := func(eventID id.EventID, sender id.UserID, second int64) *event.Event {
		evt := said(eventID, sender, second)
		evt.Type, evt.StateKey = event.StateMember, (*string)(new(ann))
		return evt
	}
	old := []*event.Event{said("$5", ann, 5), said("$4", ann, 4), said("$3", ann, 3), said("$2", ann, 2), said("$1", ann, 1)}
	for name, tc := range map[string]struct {
		page    []*event.Event
		want    []id.EventID
		reached bool
	}{
		"a person was removed who had joined": {
			page: append([]*event.Event{said("$echo", bot, 3), member("$removed", bot, 1), said("$hello", ann, 30), member("$joined", ann, 20)}, old...),
			want: []id.EventID{"$joined", "$hello", "$removed"}, reached: true,
		},
		"a person was removed, and said nothing": {
			page: append([]*event.Event{member("$removed", bot, 30)}, old...),
			want: []id.EventID{"$removed"}, reached: true,
		},
		"times that are wrong": {
			page: append([]*event.Event{said("$c", ann, 1), said("$b", ann, 40), said("$wrong", ann, 2), said("$too", ann, 3), said("$a", ann, 20)}, old...),
			want: []id.EventID{"$a", "$too", "$wrong", "$b", "$c"}, reached: true,
		},
		"there may be more":      {page: append([]*event.Event{said("$a", ann, 20)}, old[1:]...), want: []id.EventID{"$a"}},
		"nothing of that time":   {page: old, reached: true},
		"nothing but the ghosts": {page: []*event.Event{said("$echo", bot, 30)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRead(time.Unix(15, 0), func(user id.UserID) bool { return user == bot })
			require.Equal(t, tc.reached, r.page(tc.page))
			var ids []id.EventID
			for _, evt := range r.events() {
				ids = append(ids, evt.ID)
			}
			require.Equal(t, tc.want, ids)
		})
	}
}

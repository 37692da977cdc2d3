package app

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// TestNewerThan reads a page in which the bot has removed a person who had joined: the
// removal comes along, so that the person is not noted as being there.
func TestNewerThan(t *testing.T) {
	const bot, ann, room = id.UserID("@bot:test"), id.UserID("@ann:test"), id.RoomID("!room")
	ours := func(user id.UserID) bool { return user == bot }
	said := func(eventID id.EventID, sender id.UserID, second int64) *event.Event {
		return &event.Event{ID: eventID, Sender: sender, Type: event.EventMessage, Timestamp: second * 1000}
	}
	member := func(eventID id.EventID, sender id.UserID, second int64) *event.Event {
		evt := said(eventID, sender, second)
		evt.Type, evt.StateKey = event.StateMember, (*string)(new(ann))
		return evt
	}
	page := []*event.Event{ // the newest first
		said("$echo", bot, 3), member("$removed", bot, 1), said("$hello", ann, 30), member("$joined", ann, 20),
		said("$old", ann, 10), said("$older", ann, 9),
	}
	events, reached, err := newerThan(time.Unix(15, 0), page, room, ours)
	require.NoError(t, err)
	require.True(t, reached)
	var ids []id.EventID
	for _, raw := range events {
		var evt event.Event
		require.NoError(t, json.Unmarshal(raw, &evt))
		require.Equal(t, room, evt.RoomID)
		ids = append(ids, evt.ID)
	}
	require.Equal(t, []id.EventID{"$removed", "$hello", "$joined"}, ids)

	_, reached, err = newerThan(time.Unix(5, 0), page, room, ours)
	require.NoError(t, err)
	require.False(t, reached)
}

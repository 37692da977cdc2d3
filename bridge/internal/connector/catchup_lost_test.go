package connector

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestWhatTheHomeserverLostComesBack has the bridge and the homeserver restored from copies of
// one time: what people in Matrix have said since is in Slack alone. It comes back under their
// names, once, and notifies no one. What the homeserver still has does not.
func TestWhatTheHomeserverLostComesBack(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID
	now := time.Now()
	w.home.keep(&event.Event{ID: "$kept", RoomID: room, Sender: "@ada:engines.test", Type: event.EventMessage})
	own := func(ago time.Duration, text, eventID string) *slackevent.Message {
		payload, err := json.Marshal(eventID)
		require.NoError(t, err)
		return &slackevent.Message{
			Type: "message", Subtype: "bot_message", User: w.client.bot, Username: "Ada", Text: text, TS: slackTS(now.Add(-ago)),
			Metadata: &slackevent.Metadata{EventType: metadataType, EventPayload: map[string]json.RawMessage{"event_id": payload}},
		}
	}
	unnamed := own(30*time.Second, "an event of Slack's does not name it", "")
	unnamed.Metadata.EventPayload = nil
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" {
			return nil
		}
		return answer{"messages": []*slackevent.Message{
			own(20*time.Second, "the bridge's own words", "greeting C1"), unnamed,
			own(time.Minute, "lost", "$lost"), own(2*time.Minute, "kept", "$kept"),
		}}
	})
	read := func(key string) {
		row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-5 * time.Minute)})
		require.NoError(t, err)
		row.Key = key
		_, err = w.slack.inbox.Put(t.Context(), row)
		require.NoError(t, err)
		w.settled()
	}
	w.session()
	read("first")
	require.Equal(t, []string{"lost"}, w.home.bodies())
	shown := w.home.of(event.EventMessage)[0].content.AsMessage()
	require.Equal(t, "Ada", shown.BeeperPerMessageProfile.Displayname)
	require.Equal(t, &event.Mentions{}, shown.Mentions)
	read("second")
	require.Equal(t, []string{"lost"}, w.home.bodies(), "once")
}

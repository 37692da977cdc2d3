package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// TestNoneOfSeveralPostsIsDoubled: an earlier process posted two messages of a room and was
// killed before the marks of either were written, and before the rows of the messages were:
// the second was begun when the first was done.
func TestNoneOfSeveralPostsIsDoubled(t *testing.T) {
	w := newWorld(t)
	room := w.room()
	events := []*event.Event{w.write("$m1", "@ann:test", "one"), w.write("$m2", "@ann:test", "two"), w.write("$m3", "@ann:test", "three")}
	for _, evt := range events {
		w.home.keep(evt)
		raw, err := evt.MarshalJSON()
		require.NoError(t, err)
		_, err = w.slack.inbox.Put(t.Context(), inbox.Row{
			Source: matrixevent.Source, Key: evt.ID.String(), Lane: room.MXID.String(), Kind: matrixevent.KindEvent,
			Self: evt.ID.String(), Payload: raw,
		})
		require.NoError(t, err)
	}
	w.api.ts = 2
	post := func(eventID string, n int) answer {
		return answer{
			"type": "message", "subtype": "bot_message", "bot_id": "BUBOT", "text": "posted", "ts": postTS(n),
			"metadata": answer{"event_type": metadataType, "event_payload": answer{"event_id": eventID, "piece": 0}},
		}
	}
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.history" {
			return answer{"messages": []answer{post("$m2", 2), post("$m1", 1)}}
		}
		return nil
	})

	require.NoError(t, w.slack.openInbox(t.Context())) // the next process
	w.run(matrixevent.Source, w.slack.HandleMatrix)
	require.Eventually(t, func() bool { return w.slack.inbox.Waiting(matrixevent.Source) == 0 }, 30*time.Second, time.Millisecond)
	require.Equal(t, []string{"three"}, w.api.posted(t))
	require.Len(t, w.api.of("conversations.history"), 3, "one more than there were posts")
}

package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
)

func TestOnlyTheAuthorEdits(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "I agree")))
	require.NoError(t, w.receive(w.edit("$x1", "@mallory:test", "$m1", "I resign")))
	require.Empty(t, w.api.of("chat.update"), "a homeserver passes on edits of other people's messages; clients ignore them")
	require.NoError(t, w.receive(w.edit("$x2", "@ann:test", "$m1", "I agree with you")))
	require.Len(t, w.api.of("chat.update"), 1)
}

func TestNothingReachesIntoAnotherRoom(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "in general")))
	require.NoError(t, w.receive(w.react("$r1", "@ann:test", "$m1", "🎉")))
	elsewhere := w.roomOf("C2").MXID
	for _, evt := range []*event.Event{
		w.edit("$x1", "@ann:test", "$m1", "changed from outside"),
		w.redact("$x2", "@ann:test", "$m1"),
		w.react("$x3", "@ann:test", "$m1", "👍"),
		w.redact("$x4", "@ann:test", "$r1"),
		w.message("$x5", "@ann:test", map[string]any{
			"msgtype": "m.text", "body": "an answer",
			"m.relates_to": map[string]any{"rel_type": "m.thread", "event_id": "$m1"},
		}),
	} {
		evt.RoomID = elsewhere
		require.NoError(t, w.receive(evt))
	}
	require.Empty(t, w.api.of("chat.update"))
	require.Empty(t, w.api.of("chat.delete"))
	require.Len(t, w.api.of("reactions.add"), 1)
	require.Empty(t, w.api.of("reactions.remove"))
	answer := w.api.of("chat.postMessage")[1]
	require.Equal(t, "C2", answer.Get("channel"))
	require.Empty(t, answer.Get("thread_ts"))
	require.Len(t, w.rows(postTS(1)), 1)
}

func TestAnEventThatComesAgainAfterARestartIsPostedOnce(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "once")))
	w.restart()
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "once")), "it is done with, not tried again and again")
	require.Equal(t, []string{"once"}, w.api.posted(t))
}

package connector

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// receiveContent handles an event whose content is as it is written.
func (w *world) receiveContent(eventID id.EventID, kind event.Type, content string) error {
	w.Helper()
	raw, err := json.Marshal(map[string]any{
		"event_id": eventID, "sender": ann, "room_id": w.room().MXID, "type": kind.Type, "origin_server_ts": 1700000600000, "content": json.RawMessage(content),
	})
	require.NoError(w, err)
	return w.handle(inbox.Row{
		Source: matrixevent.Source, Key: eventID.String(), Lane: w.room().MXID.String(), Kind: matrixevent.KindEvent, Self: eventID.String(), Payload: raw,
	}, w.slack.HandleMatrix)
}

// TestOneOddField: what is said is posted, whatever else is in the event.
func TestOneOddField(t *testing.T) {
	for name, tc := range map[string]struct {
		kind    event.Type
		content string
		want    string
	}{
		"a poll's number": {
			event.EventUnstablePollStart,
			`{"org.matrix.msc3381.poll.start":{"max_selections":"1","question":{"org.matrix.msc1767.text":"Lunch?"},"answers":[5,{"id":"a","org.matrix.msc1767.text":"Soup"}]}}`,
			"📊 Lunch?\n1. Soup",
		},
		"mentions": {event.EventMessage, `{"msgtype":"m.text","body":"hi","m.mentions":[]}`, "hi"},
		"info":     {event.EventMessage, `{"info":{"w":""},"msgtype":"m.text","body":"hi"}`, "hi"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.receiveContent("$m", tc.kind, tc.content))
			require.Equal(t, []string{tc.want}, w.api.posted(t))
		})
	}
	t.Run("a file", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		at := string(w.files.put("cat", "the content of cat.png"))
		require.NoError(t, w.receiveContent("$m", event.EventMessage, `{"msgtype":"m.image","body":"cat.png","info":{"w":"","mimetype":"image/png"},"url":"`+at+`"}`))
		require.NoError(t, w.receiveContent("$g", event.EventMessage, `{"msgtype":"dm.filament.gallery","body":"","itemtypes":[{"itemtype":"m.image","body":"cat.png","info":{"w":""},"url":"`+at+`"}]}`))
		require.Equal(t, map[string][]string{postTS(1): {"cat.png"}, postTS(2): {"cat.png"}}, w.api.files.names())
		require.Empty(t, w.notices())
	})
	t.Run("an edit of a poll", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receiveContent("$m", event.EventUnstablePollStart, `{"org.matrix.msc3381.poll.start":{"question":{"org.matrix.msc1767.text":"Lunch?"}}}`))
		require.NoError(t, w.receiveContent("$e", event.EventUnstablePollStart, `{
			"m.relates_to":{"rel_type":"m.replace","event_id":"$m"},"org.matrix.msc3381.poll.start":{"max_selections":"1","question":{"org.matrix.msc1767.text":"Dinner?"}},
			"m.new_content":{"org.matrix.msc3381.poll.start":{"max_selections":"1","question":{"org.matrix.msc1767.text":"Dinner?"}}}}`))
		require.Equal(t, "📊 Dinner?", w.api.of("chat.update")[0].Get("text"))
	})
}

// TestWhatIsSaidCannotBeRead: its sender is told, in the room and within their limit.
func TestWhatIsSaidCannotBeRead(t *testing.T) {
	const unreadable = `{"msgtype":"m.text","body":{"a private word":5}}`
	w := newWorld(t)
	require.NoError(t, w.receiveContent("$m", event.EventMessage, unreadable))
	require.NoError(t, w.receiveContent("$p", event.EventUnstablePollStart, `{"org.matrix.msc3381.poll.start":[]}`))
	const told = "⚠️ Your message was not bridged: This is not in Slack: what the message says is not of the form that Matrix gives it"
	require.Equal(t, []string{told, told}, w.home.said())
	require.Empty(t, w.api.posted(t))
	rows, err := w.slack.inbox.List(t.Context())
	require.NoError(t, err)
	require.False(t, slices.ContainsFunc(rows, func(row inbox.Parked) bool { return !row.Since.IsZero() }), "none is parked")

	now := time.UnixMilli(1700000600000) // when they were said
	w.slack.limits = limitsAt(1, &now)
	require.NoError(t, w.receiveContent("$a", event.EventMessage, unreadable))
	for range 3 {
		require.ErrorIs(t, w.receiveContent("$b", event.EventMessage, unreadable), errAboveLimit)
	}
	require.Len(t, w.home.said(), 4, "one more, and that there are too many")
	now = now.Add(time.Minute)
	require.NoError(t, w.receiveContent("$b", event.EventMessage, unreadable))
	require.Len(t, w.home.said(), 5)
}

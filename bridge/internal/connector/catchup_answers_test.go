package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestOneReadingAnswersForOthers has two readings wait in a lane, and between them events
// of what is not so any more when the first begins: a message and a reaction that are gone
// by now, without an event that says so, and a message as it was before its edit.
func TestOneReadingAnswersForOthers(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	stands, edited, gone := slackTS(now.Add(-3*time.Minute)), slackTS(now.Add(-2*time.Minute)), slackTS(now.Add(-time.Minute))
	readings := 0
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" {
			return nil
		}
		if c.form.Get("limit") == "1" {
			return answer{"messages": []answer{}}
		}
		readings++
		return answer{"messages": []answer{
			{"type": "message", "user": "U1", "text": "as edited", "ts": edited, "edited": answer{"user": "U1", "ts": slackTS(now)}},
			{"type": "message", "user": "U1", "text": "stands", "ts": stands},
		}}
	})
	require.NoError(t, w.hear("first", slackevent.Message{User: "U1", Text: "stands", TS: stands}))

	lane, source := w.client.lane(general), sourceOf(w.client.login.ID)
	reading := func(since time.Duration) inbox.Row {
		row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-since)})
		require.NoError(t, err)
		return row
	}
	heard := func(key string, event slackevent.Event, kind string) inbox.Row {
		return inbox.Row{Source: source, Key: key, Lane: lane, Kind: kindEvent, Decoded: storedEvent{kind: kind, event: event}, Payload: []byte("{}")}
	}
	said := func(text, ts string) *slackevent.Message {
		return &slackevent.Message{Channel: general, ChannelType: "channel", User: "U1", Text: text, TS: ts}
	}
	_, err := w.slack.inbox.Put(t.Context(),
		reading(time.Hour),
		heard("edited", said("at first", edited), "message"),
		heard("gone", said("gone by now", gone), "message"),
		heard("reaction", &slackevent.Reaction{
			Type: "reaction_added", User: "U1", Reaction: "tada",
			Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: stands},
		}, "reaction_added"),
		reading(30*time.Minute),
	)
	require.NoError(t, err)
	w.session()
	w.settled()
	require.Equal(t, []string{"stands", "as edited"}, w.home.bodies())
	require.Empty(t, w.home.of(event.EventReaction))
	require.Equal(t, 1, readings)

	require.NoError(t, w.hear("later", *said("later", slackTS(now))))
	require.Equal(t, []string{"stands", "as edited", "later"}, w.home.bodies())
}

// TestAReadingDoesNotAnswerForALongerOne has the second of two readings go further back.
func TestAReadingDoesNotAnswerForALongerOne(t *testing.T) {
	w := newWorld(t)
	w.room()
	readings := 0
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.history" && c.form.Get("limit") != "1" {
			readings++
		}
		return nil
	})
	for _, ago := range []time.Duration{time.Hour, 2 * time.Hour} {
		row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: time.Now().Add(-ago)})
		require.NoError(t, err)
		_, err = w.slack.inbox.Put(t.Context(), row)
		require.NoError(t, err)
	}
	w.session()
	w.settled()
	require.Equal(t, 2, readings)
}

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
// that are out of date when the first begins: a message and a reaction that are gone by
// now, without an event for that, and a message as it was before its edit.
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

	require.NoError(t, w.hear("later", *said("later", slackTS(time.Now()))))
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

// TestReadings has a reading of row 1 while rows up to 5 wait behind it.
func TestReadings(t *testing.T) {
	read := func(r *reads, whole bool) {
		r.begin("C1", &reading{row: 1, until: 5, at: time.Unix(100, 500_000_000)})
		r.compared("C1", 1, "90.000002")
		r.compared("C1", 1, "90.000001")
		r.compared("C1", 7, "90.000007") // another row's
		r.end("C1", 1, whole)
	}
	for name, test := range map[string]struct {
		do       func(r *reads)
		lane     string
		ts       string
		compared bool
	}{
		"a message that was compared": {func(r *reads) { read(r, true) }, "C1", "90.000001", true},
		"one that was not":            {func(r *reads) { read(r, true) }, "C1", "90.000007", false},
		"another lane":                {func(r *reads) { read(r, true) }, "C2", "90.000001", false},
		"a reading with gaps":         {func(r *reads) { read(r, false) }, "C1", "90.000001", false},
		"begun by another process":    {func(r *reads) { r.compared("C1", 1, "90.000001"); r.end("C1", 1, true) }, "C1", "90.000001", false},
		"not ended": {func(r *reads) {
			r.begin("C1", &reading{row: 1, until: 5})
			r.compared("C1", 1, "90.000001")
		}, "C1", "90.000001", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReads()
			test.do(r)
			require.Equal(t, test.compared, r.newest(test.lane, 6).compared(test.ts))
		})
	}
	t.Run("what Slack told before and after it began", func(t *testing.T) {
		r := newReads()
		read(r, true)
		require.True(t, r.newest("C1", 6).isAfter("100.400000"))
		require.False(t, r.newest("C1", 6).isAfter("100.600000"))
	})
	t.Run("forgotten when Slack delivers nothing of that time any more", func(t *testing.T) {
		r := newReads()
		read(r, true)
		r.whole["C1"].ended = time.Now().Add(-readingsKept - time.Second)
		require.NotNil(t, r.newest("C1", 5), "a row that had waited for it")
		require.Nil(t, r.newest("C1", 6))
		require.Nil(t, r.newest("C1", 5))
	})
}

// TestFirstTry has a row wait for its turn before it is tried: the time counts from its
// first try, since nothing has waited for it before.
func TestFirstTry(t *testing.T) {
	r := newReads()
	before := time.Now()
	begun := r.firstTry("lane", 1)
	require.False(t, begun.Before(before))
	require.Equal(t, begun, r.firstTry("lane", 1))
	require.True(t, r.firstTry("lane", 2).After(begun))
}

// TestWhatComesLateIsNotTakenForNew has Slack deliver, after a whole reading, a message and
// a reaction again that were gone when it was made, and whose ends it never told.
func TestWhatComesLateIsNotTakenForNew(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	stands, gone, early := slackTS(now.Add(-3*time.Minute)), slackTS(now.Add(-2*time.Minute)), slackTS(now.Add(-20*time.Minute))
	asked := []string{}
	w.api.onCall(func(c call) answer {
		switch {
		case c.method != "conversations.history":
			return nil
		case c.form.Get("limit") == "1":
			asked = append(asked, c.form.Get("latest"))
			return answer{"messages": []answer{}}
		}
		return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "stands", "ts": stands}}}
	})
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-5 * time.Minute)})
	require.NoError(t, err)
	require.NoError(t, w.handle(row, w.slack.HandleSlack))

	require.NoError(t, w.hear("gone", slackevent.Message{User: "U1", Text: "gone", TS: gone}))
	react := func(key, at string) {
		require.NoError(t, w.hearEvent(key, "reaction_added", &slackevent.Reaction{
			Type: "reaction_added", User: "U1", Reaction: "tada", EventTS: at,
			Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: stands},
		}))
	}
	react("late", gone)
	require.Empty(t, w.home.of(event.EventReaction))
	require.Equal(t, []string{"stands"}, w.home.bodies())
	require.Equal(t, []string{gone}, asked)

	require.NoError(t, w.hear("early", slackevent.Message{User: "U1", Text: "early", TS: early}), "outside of what was read")
	require.NoError(t, w.hear("new", slackevent.Message{User: "U1", Text: "new", TS: slackTS(time.Now().Add(time.Second))}))
	react("again", slackTS(time.Now().Add(time.Second)))
	require.Equal(t, []string{"stands", "early", "new"}, w.home.bodies())
	require.Len(t, w.home.of(event.EventReaction), 1)
	require.Equal(t, []string{gone}, asked)
}

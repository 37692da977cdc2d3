package connector

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// manyDeletedToday is a channel in which thirty of forty messages were deleted, and one was said.
func manyDeletedToday(t *testing.T) *told {
	w := newTold(t)
	for n := range 40 {
		ts := slackTS(time.Now().Add(time.Duration(n-50) * time.Minute))
		require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "said", TS: ts}))
		if w.ts = append(w.ts, ts); n < 30 {
			w.gone = append(w.gone, ts)
		}
	}
	w.ts = append(w.ts, slackTS(time.Now()))
	return w
}

// TestManyDeletionsAreAskedAbout: a person is asked once, and what was said meanwhile does not
// wait for the answer.
func TestManyDeletionsAreAskedAbout(t *testing.T) {
	for name, answer := range map[string]struct {
		gives    func(w *told, row int64)
		redacted int
	}{
		"retry": {func(w *told, row int64) {
			_, err := w.slack.inbox.Retry(w.Context(), row)
			require.NoError(w, err)
		}, 30},
		"drop": {func(w *told, row int64) { require.NoError(w, w.slack.inbox.Drop(w.Context(), row)) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := manyDeletedToday(t)
			said := len(w.home.bodies())
			require.Zero(t, w.catchUp(w.truly, w.trulyAnswers))
			require.Contains(t, w.home.bodies()[said:], "said")
			require.Zero(t, w.catchUp(w.truly, w.trulyAnswers), "the next reading")
			asked := w.parked()
			require.Len(t, asked, 1)
			require.Contains(t, asked[0].Reason, "30 messages seem to have been deleted")
			require.Eventually(t, func() bool { return len(w.home.bodies()[said:]) == 2 }, time.Minute, time.Millisecond, "the message and one notice")
			answer.gives(w, asked[0].ID)
			w.settled()
			require.Len(t, w.home.of(event.EventRedaction), answer.redacted)
			require.Equal(t, answer.redacted, w.catchUp(w.truly, w.trulyAnswers), "a reading after the answer")
			require.Empty(t, w.parked())
			require.Len(t, w.home.bodies()[said:], 2)
		})
	}
}

// TestWhatIsShownAgainIsNotRedacted: a person's word is about what Slack did not show.
func TestWhatIsShownAgainIsNotRedacted(t *testing.T) {
	w := manyDeletedToday(t)
	require.Zero(t, w.catchUp(w.truly, w.trulyAnswers))
	back := w.gone[7]
	w.gone = slices.Delete(slices.Clone(w.gone), 7, 8)
	w.retryTheQuestion()
	require.Len(t, w.home.of(event.EventRedaction), 29)
	require.NotEmpty(t, w.rows(back))
	w.gone = append(w.gone, back)
	require.Equal(t, 30, w.catchUp(w.truly, w.trulyAnswers), "it is gone later, alone")
}

// TestOneThatCannotBeRedacted does not keep the others.
func TestOneThatCannotBeRedacted(t *testing.T) {
	w := manyDeletedToday(t)
	require.Zero(t, w.catchUp(w.truly, w.trulyAnswers))
	kept := w.rows(w.gone[3])[0].MXID
	w.home.mu.Lock()
	w.home.refuse = func(s sent) error {
		if s.kind == event.EventRedaction && s.content.AsRedaction().Redacts == kept {
			return refused(403, "M_FORBIDDEN", "not yours")
		}
		return nil
	}
	w.home.mu.Unlock()
	w.retryTheQuestion()
	require.Len(t, w.home.of(event.EventRedaction), 29)
	require.Len(t, w.parked(), 1)
}

// TestMarkedDeletionsAreCounted: those of which Slack shows a mark are among the many.
func TestMarkedDeletionsAreCounted(t *testing.T) {
	w := manyDeletedToday(t)
	marked := w.gone[15:]
	w.gone = slices.Clone(w.gone[:15])
	history := func(c call) answer {
		shown := w.shows(c)
		for _, message := range shown {
			if slices.Contains(marked, message["ts"].(string)) {
				message["subtype"], message["user"], message["hidden"] = slackevent.SubtypeTombstone, "USLACKBOT", true
			}
		}
		return answer{"messages": shown}
	}
	for range 2 {
		require.Zero(t, w.catchUp(history, w.trulyAnswers))
		require.Len(t, w.parked(), 1)
		require.Contains(t, w.parked()[0].Reason, "30 messages seem to have been deleted")
	}
	w.retryTheQuestion()
	require.Len(t, w.home.of(event.EventRedaction), 30)
}

// TestAThreadIsAmongManyDeletions: a thread that is gone counts with what is gone in its channel.
func TestAThreadIsAmongManyDeletions(t *testing.T) {
	w := manyDeletedToday(t)
	w.gone = append(w.gone, w.ts[1])
	answers := func(call) answer { return answer{"ok": false, "error": "thread_not_found"} }
	history := func(c call) answer { return answer{"messages": w.shows(c)} }
	require.Zero(t, w.catchUp(history, answers))
	require.Len(t, w.parked(), 2)
	for _, asked := range w.parked() {
		_, err := w.slack.inbox.Retry(w.Context(), asked.ID)
		require.NoError(t, err)
	}
	w.settled()
	require.Len(t, w.home.of(event.EventRedaction), 33)
}

// retryTheQuestion has the row that asks tried again.
func (w *told) retryTheQuestion() {
	w.Helper()
	asked := w.parked()
	require.Len(w, asked, 1)
	_, err := w.slack.inbox.Retry(w.Context(), asked[0].ID)
	require.NoError(w, err)
	w.settled()
}

// TestAnEventDeletesWhatAPersonIsAskedAbout: Slack says for sure that a message is deleted.
func TestAnEventDeletesWhatAPersonIsAskedAbout(t *testing.T) {
	w := manyDeletedToday(t)
	require.Zero(t, w.catchUp(w.truly, w.trulyAnswers))
	require.NoError(t, w.hear("Ev", gone(w.gone[0])))
	require.Len(t, w.home.of(event.EventRedaction), 1)
}

// parked are the rows that wait for a person.
func (w *world) parked() (rows []inbox.Parked) {
	w.Helper()
	all, err := w.slack.inbox.List(w.Context())
	require.NoError(w, err)
	for _, row := range all {
		if !row.Since.IsZero() {
			rows = append(rows, row)
		}
	}
	return rows
}

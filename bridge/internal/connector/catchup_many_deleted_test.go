package connector

import (
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

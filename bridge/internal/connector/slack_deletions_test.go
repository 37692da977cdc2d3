package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// TestOldDeletionsAreRemembered has a catch-up find that many messages of last week are
// deleted: they are remembered as long as those of today, from when it was noted.
func TestOldDeletionsAreRemembered(t *testing.T) {
	d := newWorld(t).slack.deletions
	week := time.Now().Add(-7 * 24 * time.Hour)
	for n := range sweepDeletions + 1 {
		require.NoError(t, d.note(t.Context(), fmt.Sprintf("message %d", n), week))
	}
	require.True(t, d.has("message 0", time.Time{}))

	d.gone["message 0"] = goneItem{week, time.Now().Add(-2 * inbox.KeepKeys)}
	d.sweepAt = 0
	d.sweep(time.Now())
	require.False(t, d.has("message 0", time.Time{}))
	require.True(t, d.has("message 1", time.Time{}))
}

// TestTheLatestDeletionCounts delivers two events about one reaction, the later one first,
// with a restart in between.
func TestTheLatestDeletionCounts(t *testing.T) {
	w := newWorld(t)
	at := time.Unix(1_700_000_000, 0)
	require.NoError(t, w.slack.deletions.note(t.Context(), "reaction", at))
	forgetful := newDeletions()
	forgetful.db = w.slack.db
	require.NoError(t, forgetful.note(t.Context(), "reaction", at.Add(-time.Minute)))
	restarted := newDeletions()
	require.NoError(t, restarted.load(t.Context(), w.slack.db))
	require.True(t, restarted.has("reaction", at))
	require.False(t, restarted.has("reaction", at.Add(time.Second)))
}

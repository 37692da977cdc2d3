package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackdb"
)

// TestWhatIsStagedGoesWithItsRow has an operator drop a reading: what it has staged is
// deleted, and what others have staged, also for a row that gave way, stays.
func TestWhatIsStagedGoesWithItsRow(t *testing.T) {
	w := newWorld(t)
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: time.Now()})
	require.NoError(t, err)
	aside := row
	aside.Key, aside.Lane, aside.Progress = "beside", row.Lane+"/catchup", []byte(`{"base": 100}`)
	_, err = w.slack.inbox.Put(t.Context(), row, aside)
	require.NoError(t, err)
	rows, err := w.slack.inbox.List(t.Context())
	require.NoError(t, err)
	message := []slackdb.Staged{{Place: "1700000001.000100", Kind: stagedMessage, Payload: []byte("{}")}}
	for _, id := range []int64{rows[0].ID, 100, 101} {
		require.NoError(t, w.slack.db.Stage(t.Context(), id, message))
	}
	staged := func() []int64 {
		require.NoError(t, w.slack.pruneStaged(t.Context()))
		ids, err := w.slack.db.StagedRows(t.Context())
		require.NoError(t, err)
		return ids
	}
	require.ElementsMatch(t, []int64{rows[0].ID, 100}, staged())
	require.NoError(t, w.slack.inbox.Drop(t.Context(), rows[0].ID))
	require.Equal(t, []int64{100}, staged())
}

package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMarkIsOnSlacksClock has this machine's clock two hours ahead: messages from before it
// is corrected are not treated as old.
func TestMarkIsOnSlacksClock(t *testing.T) {
	w := newWorld(t)
	w.room()
	const ahead = 2 * time.Hour
	w.api.mu.Lock()
	w.api.behind = ahead
	w.api.mu.Unlock()
	_, err := w.client.api.User(t.Context(), "U1")
	require.NoError(t, err)
	mark := func() time.Time {
		mark, err := w.slack.db.Mark(t.Context(), w.client.login.ID)
		require.NoError(t, err)
		return mark
	}
	s := &session{client: w.client}

	require.NoError(t, s.missed(t.Context(), time.Time{}, time.Now()))
	require.WithinDuration(t, time.Now().Add(-ahead), mark(), 10*time.Second)
	require.NoError(t, s.missed(t.Context(), time.Now().Add(-time.Minute), time.Now()))
	require.WithinDuration(t, time.Now().Add(-ahead), mark(), 10*time.Second)

	rows, err := w.slack.inbox.List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 2, "and a survey")
	var channel string
	var since int64
	_, err = fmt.Sscanf(rows[0].Key, "catchup %s %d", &channel, &since)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(-ahead-time.Minute), time.UnixMilli(since), 10*time.Second)
}

package inbox_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// TestActivity: when something came and was done is known for each source, and how long a
// row took from one to the other.
func TestActivity(t *testing.T) {
	at := newSQLite(t)
	synctest.Test(t, func(t *testing.T) {
		took := map[string]time.Duration{}
		b, err := inbox.Open(t.Context(), inbox.Options{DB: at.open(t), Done: func(source string, d time.Duration) { took[source] = d }})
		require.NoError(t, err)
		put := time.Now()
		_, err = b.Put(t.Context(), row("lane", "one"))
		require.NoError(t, err)
		pass(time.Minute)
		require.Empty(t, took)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- b.Run(ctx, "matrix", func(context.Context, *inbox.Attempt) error { return nil }, inbox.Policy{})
		}()
		pass(time.Second)
		stop()
		require.NoError(t, <-ended)
		require.InDelta(t, time.Minute, took["matrix"], float64(5*time.Second))
		seen := b.Activity()["matrix"]
		require.InDelta(t, 0, seen.Received.Sub(put), float64(time.Second))
		require.InDelta(t, time.Minute, seen.Done.Sub(put), float64(time.Second))
		require.NoError(t, b.Close(t.Context()))
	})
}

package matrixin_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/matrixin"
)

// TestFullOfEvents has Slack away for so long that the homeserver, which keeps what
// it gets no 200 for on disk, is the better place for more.
func TestFullOfEvents(t *testing.T) {
	const most = 5
	f := start(t, func(cfg *matrixin.Config) { cfg.MaxWaiting = most })
	gate := make(chan struct{})
	seen := f.watch(func(context.Context, *event.Event) { <-gate })
	for n := range most {
		f.put(message("r", fmt.Sprint("m", n)))
	}
	late := transaction(message("r", "late"))
	for range 3 {
		status, answer := f.putBody("late", late)
		require.Equal(t, http.StatusServiceUnavailable, status, answer)
	}
	require.Equal(t, 1, strings.Count(f.logs.String(), "transactions are refused"), "said once")

	close(gate)
	seen.await(t, "r", most)
	requireStats(t, f, func(stats matrixin.Stats) bool { return stats.Waiting == 0 })
	status, answer := f.putBody("late", late)
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, "late", seen.await(t, "r", most+1)[most])
}

package matrixin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/matrixin"
)

// TestFullOfEvents has Slack away for so long that the homeserver, which keeps on disk
// what it gets no 200 for, is the better place for more.
func TestFullOfEvents(t *testing.T) {
	const most = 5
	f := start(t, func(cfg *matrixin.Config) { cfg.MaxWaiting = most })
	for n := range most {
		f.put(message("r", fmt.Sprint("m", n)))
	}
	late := transaction(message("r", "late"), state(ann, "m.room.encryption", "", megolm))
	for range 3 {
		f.refused("late", late)
	}
	require.False(t, f.encrypted("!room"), "nothing of it is remembered")
	require.Len(t, f.of("!r"), most)
	require.Equal(t, 1, strings.Count(f.logs.String(), "transactions are refused"), "said once")

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- f.box.Run(ctx, matrixevent.Source, func(context.Context, *inbox.Attempt) error { return nil },
			inbox.Policy{Transient: func(error) (time.Duration, bool) { return 0, false }})
	}()
	require.Eventually(t, func() bool { return f.Stats().Waiting == 0 }, soon, time.Millisecond)
	cancel()
	require.NoError(t, await(t, ended))
	f.ok("late", late)
	require.Equal(t, []string{"$r-late"}, f.of("!r"))
	require.True(t, f.encrypted("!room"))
	require.Equal(t, 1, strings.Count(f.logs.String(), "Transactions are received again"))
}

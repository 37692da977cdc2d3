package delivery

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

// home delivers every probe at once, and has one event in one room.
type home struct {
	mu    sync.Mutex
	watch *Watch
	since []time.Time // from when the room was read
	// probes counts them.
	probes int
}

func (h *home) Probe(_ context.Context, nonce string) error {
	h.mu.Lock()
	h.probes++
	h.mu.Unlock()
	h.watch.Transaction(nonce)
	return nil
}

func (h *home) Ping(context.Context) error { return nil }

func (h *home) Rooms(context.Context) ([]id.RoomID, error) { return []id.RoomID{"!room"}, nil }

func (h *home) Since(_ context.Context, _ id.RoomID, since time.Time) ([]json.RawMessage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.since = append(h.since, since)
	return []json.RawMessage{json.RawMessage(`{}`)}, nil
}

// start runs a watch that kept a time over a restart, until its first proof is kept.
func start(t *testing.T, kept time.Time) (*home, State) {
	ctx, cancel := context.WithCancel(t.Context())
	h, proven, ended := &home{}, make(chan struct{}), make(chan struct{})
	var once sync.Once
	h.watch = New(Config{
		Homeserver: h,
		Put:        func(_ context.Context, events []json.RawMessage) (int, error) { return len(events), nil },
		Proven: func(context.Context, time.Time) error {
			once.Do(func() { close(proven) })
			return nil
		},
		Kept: func(context.Context) (time.Time, error) { return kept, nil },
	})
	go func() {
		defer close(ended)
		h.watch.Run(ctx)
	}()
	<-proven
	state := h.watch.State()
	cancel()
	<-ended
	return h, state
}

// TestRoomsAreReadAtTheStart has a homeserver that delivers, and that was killed with
// something to send while the bridge was away.
func TestRoomsAreReadAtTheStart(t *testing.T) {
	kept := time.Now().Add(-time.Hour)
	h, state := start(t, kept)
	require.Equal(t, []time.Time{kept.Add(-margin)}, h.since)
	require.Equal(t, 1, state.Recovered)
	require.True(t, state.Delivers)
}

// TestNothingIsReadAtTheFirstStart has a bridge to which nothing was ever delivered.
func TestNothingIsReadAtTheFirstStart(t *testing.T) {
	h, state := start(t, time.Time{})
	require.Empty(t, h.since)
	require.True(t, state.Delivers)
}

// TestScaleHasAnEnd has a scale that takes Slack's limits away: probes are not all that
// the bridge does then.
func TestScaleHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := &home{}
		h.watch = New(Config{
			Homeserver: h, Scale: 0.0001,
			Put:    func(context.Context, []json.RawMessage) (int, error) { return 0, nil },
			Proven: func(context.Context, time.Time) error { return nil },
			Kept:   func(context.Context) (time.Time, error) { return time.Time{}, nil },
		})
		var running sync.WaitGroup
		running.Go(func() { h.watch.Run(ctx) })
		time.Sleep(3 * time.Second)
		cancel()
		running.Wait()
		require.Greater(t, h.probes, 1)
		require.LessOrEqual(t, h.probes, 6)
	})
}

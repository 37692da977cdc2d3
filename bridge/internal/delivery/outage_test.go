package delivery

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRoomsAreReadFromBeforeAnOutage has the homeserver away for longer than the margin, so
// that the probes of the outage come back after it: they prove nothing of the time before.
func TestRoomsAreReadFromBeforeAnOutage(t *testing.T) {
	const outage = 15 * time.Minute
	for name, returns := range map[string]func(h *home){
		"a probe shows that it is back": func(*home) {},
		// It was stored before the homeserver died, and its answer was lost.
		"an older probe comes first": func(h *home) { h.watch.Transaction(h.nonces[len(h.nonces)-1]) },
		"another request shows it":   func(h *home) { h.watch.Reached(true) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &home{}
				stop := h.begin(t)
				time.Sleep(5 * time.Second)
				synctest.Wait()
				proven := h.watch.State().Proven
				require.Len(t, h.since, 1)
				h.die(true)
				h.watch.Active()
				time.Sleep(outage)
				synctest.Wait()
				require.Greater(t, len(h.nonces), 2)
				h.die(false)
				returns(h)
				time.Sleep(time.Minute)
				synctest.Wait()
				require.NotEmpty(t, h.since[1:])
				for _, since := range h.since[1:] {
					require.Equal(t, proven.Add(-margin), since)
				}
				require.True(t, h.watch.State().Delivers)
				stop()
			})
		})
	}
}

// TestRoomsAreReadAgainAfterAnOutage has the homeserver die when the rooms were read after a
// restart, and before the probe of that is back.
func TestRoomsAreReadAgainAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &home{lost: 5 * time.Second}
		kept := time.Now().Add(-time.Hour)
		stop := h.begin(t)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []time.Time{kept.Add(-margin)}, h.since)
		h.die(true)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		h.mu.Lock()
		h.lost = 0
		h.mu.Unlock()
		h.die(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.NotEmpty(t, h.since[1:])
		for _, since := range h.since {
			require.Equal(t, kept.Add(-margin), since)
		}
		require.True(t, h.watch.State().Delivers)
		stop()
	})
}

// die has no request reach the homeserver, or all again.
func (h *home) die(dead bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dead = dead
}

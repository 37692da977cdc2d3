package connector

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAMessageWhoseKeyCameLateIsTriedAgain has a message dispatched when its room's
// worker is done with it, as the framework does after waiting for a key.
func TestAMessageWhoseKeyCameLateIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	evt := w.write("$m1", "@ann:test", "at last")
	var busy atomic.Bool
	busy.Store(true)
	w.api.onCall(func(c call) answer {
		if c.method == "chat.postMessage" && busy.Load() {
			return answer{"ok": false, "error": "ratelimited"}
		}
		return nil
	})
	w.bridge.QueueMatrixEvent(w.log.WithContext(t.Context()), evt)
	require.Empty(t, w.rows(postTS(1)))
	busy.Store(false)
	require.Eventually(t, func() bool { return len(w.rows(postTS(1))) == 1 }, 10*time.Second, time.Millisecond)
	require.Empty(t, w.home.said())
	require.NoError(t, w.slack.Verdict(evt), "nobody asks for it any more")
}

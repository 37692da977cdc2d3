package watchdog_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"ops-jrz1/bridge/internal/watchdog"
)

// run runs a watchdog over loops on a clock that moves when nothing else does.
func run(t *testing.T, loopsOf func() []watchdog.Loop, test func(w *watchdog.Watchdog, alive *atomic.Int64, log *observer.ObservedLogs)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		loops := loopsOf()
		core, log := observer.New(zapcore.InfoLevel)
		var alive atomic.Int64
		w := watchdog.New(loops, func() { alive.Add(1) }, zap.New(core))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Run(ctx) }()
		test(w, &alive, log)
		stop()
		<-ended
		time.Sleep(time.Minute) // the last turns
	})
}

// TestAnOutageOfAnHour: while loops take their turns the process lives, however long nothing
// from outside answers.
func TestAnOutageOfAnHour(t *testing.T) {
	loops := func() []watchdog.Loop {
		return []watchdog.Loop{{Name: "the inbox", Turn: func() {}}, {Name: "a slow machine", Turn: func() { time.Sleep(20 * time.Second) }}}
	}
	t.Run("53 an outage of an hour causes no restart", func(t *testing.T) {
		run(t, loops, func(w *watchdog.Watchdog, alive *atomic.Int64, log *observer.ObservedLogs) {
			for range 60 {
				before := alive.Load()
				time.Sleep(time.Minute)
				require.GreaterOrEqual(t, alive.Load()-before, int64(11), "the service manager hears of it all the time")
			}
			require.NoError(t, w.Stuck())
			require.Empty(t, log.All())
		})
	})
}

// TestALoopThatStandsStill is said once and is not told to live; when it goes on, it is.
func TestALoopThatStandsStill(t *testing.T) {
	var held chan struct{}
	loops := func() []watchdog.Loop {
		held = make(chan struct{})
		return []watchdog.Loop{{Name: "the inbox", Turn: func() { <-held }}, {Name: "the listener", Turn: func() {}}}
	}
	run(t, loops, func(w *watchdog.Watchdog, alive *atomic.Int64, log *observer.ObservedLogs) {
		time.Sleep(time.Minute)
		require.EqualError(t, w.Stuck(), "no turn for more than 30s: the inbox")
		before := alive.Load()
		time.Sleep(10 * time.Minute)
		require.Equal(t, before, alive.Load())
		require.Len(t, log.All(), 1, "it is said once")
		require.Contains(t, log.All()[0].ContextMap()["error"], "the inbox")

		close(held)
		time.Sleep(time.Minute)
		require.NoError(t, w.Stuck())
		require.Greater(t, alive.Load(), before)
		require.Equal(t, "All parts of the bridge go on again", log.All()[1].Message)
	})
}

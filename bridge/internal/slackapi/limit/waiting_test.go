package limit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi/limit"
)

// TestWaiting: what is held back can be asked for, and is gone when it has passed.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(1, func(method, channel string) []limit.Gate {
			return []limit.Gate{{Name: method + " " + channel, Rate: limit.Rate{Interval: time.Minute, Burst: 1}}}
		})
		require.Empty(t, l.Waiting())
		start := time.Now()
		for range 3 {
			go func() { _, _ = l.Wait(context.Background(), "post", "C1", limit.Options{}) }()
		}
		synctest.Wait()
		l.Pause("read", "C2", 30*time.Second)
		require.Equal(t, []limit.Waiting{
			{Gate: "post C1", Calls: 2, Until: start.Add(time.Minute)},
			{Gate: "read C2", Until: start.Add(30 * time.Second)},
		}, l.Waiting())
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		require.Empty(t, l.Waiting())
	})
}

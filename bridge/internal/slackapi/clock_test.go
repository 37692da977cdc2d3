package slackapi

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestClock has answers whose Date headers leave out parts of a second.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		require.True(t, c.now().IsZero())
		start := time.Unix(1700000000, 900_000_000) // on Slack's clock
		begun := time.Now()
		answer := func() { c.hear(start.Add(time.Since(begun)).Truncate(time.Second)) }

		answer()
		require.Equal(t, time.Unix(1700000000, 0), c.now(), "as precise as the header")
		time.Sleep(150 * time.Millisecond)
		answer()
		require.Equal(t, time.Unix(1700000001, 0), c.now(), "a second has begun since")
		time.Sleep(500 * time.Millisecond)
		answer()
		require.Equal(t, time.Unix(1700000001, 500_000_000), c.now(), "a coarser answer takes nothing away")
		start = start.Add(-time.Hour)
		answer()
		require.Equal(t, start.Add(650*time.Millisecond).Truncate(time.Second), c.now(), "Slack's clock was set")
	})
}

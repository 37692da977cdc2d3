package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFillLine has several conversations ask for their turn.
func TestFillLine(t *testing.T) {
	now := time.Now()
	line := newFillLine()
	line.now = func() time.Time { return now }
	ends := map[string]func(){}
	take := func(channel string, asks turn) bool {
		end, wait := line.take(channel, asks)
		if end == nil {
			require.Positive(t, wait)
			return false
		}
		ends[channel] = end
		return true
	}
	require.True(t, take("first", turn{order: 1}))
	require.True(t, take("second", turn{order: 2}))
	require.False(t, take("fourth", turn{order: 4}), "two at once")
	require.False(t, take("third", turn{order: 3}))

	ends["first"]()
	require.False(t, take("third", turn{order: 3}), "a room that is begun goes on")
	require.True(t, take("first", turn{order: 1, begun: true}))
	line.leave("first")
	ends["first"]()
	require.False(t, take("fourth", turn{order: 4}), "it is the turn of the third")
	require.True(t, take("third", turn{order: 3}))

	require.True(t, take("live", turn{order: 9, awaited: true}), "live events wait for it")
	require.True(t, take("live, too", turn{order: 8, awaited: true}))
	require.False(t, take("and this", turn{order: 7, awaited: true}), "the other workers are for live events")
	now = now.Add(time.Second)
	require.False(t, take("and this", turn{order: 7, awaited: true}))
	require.Equal(t, time.Second, line.awaitedFor("and this"))
	require.Zero(t, line.awaitedFor("fourth"), "nothing live waits for it")
	ends["live"]()
	require.False(t, take("fourth", turn{order: 4}))

	line.leave("second")
	now = now.Add(turnLost + time.Second)
	require.True(t, take("last", turn{order: 10}), "who does not ask any more is not waited for")
}

package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// idleFor is how long the bridge has nothing to do. Slack's times are twenty times shorter in
// a testbed, so that is five minutes of what follows them.
const idleFor = 15 * time.Second

// TestIdle has a bridge that has nothing to do say nothing at info.
func TestIdle(t *testing.T) {
	onEach(t, func(t *testing.T, options testbed.Options) {
		bed, room := inGeneral(t, options)
		bed.Slack.Person("alice").MustPost("general", "the last for today")
		bed.Owner.AwaitText(room, "the last for today")
		bed.Owner.MustSend(room, "good night")
		bed.Slack.AwaitPost("general", "good night")
		saidWithin := func(within time.Duration) []string {
			before := len(bed.Bridge.Said(""))
			select {
			case <-time.After(within):
			case <-t.Context().Done():
			}
			return bed.Bridge.Said("")[before:]
		}
		bed.Await("the bridge to have nothing left to do", func() bool { return len(saidWithin(idleFor/3)) == 0 })
		require.Empty(t, saidWithin(idleFor))
	})
}

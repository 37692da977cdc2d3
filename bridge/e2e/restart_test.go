package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestRestart ends the bridge with SIGTERM and starts it again while both sides
// talk: nothing is lost and nothing doubled. Messages from Matrix stay in order.
// Events for which Slack had no socket are sent again only after a minute, and later
// ones overtake them.
func TestRestart(t *testing.T) {
	onEach(t, func(t *testing.T, options testbed.Options) {
		bed, general := inGeneral(t, options)
		talk := newTalk(bed, general, 60)
		talk.between = func(sent int) {
			if sent == 20 || sent == 40 {
				bed.Bridge.MustRestart()
			}
		}
		bed.Together(talk.inSlack, talk.inMatrix)
		seen, posted := talk.outcome(t)
		require.ElementsMatch(t, talk.slack, seen, "what Matrix shows of Slack")
		require.Equal(t, talk.matrix, posted, "what Slack shows of Matrix")
	})
}

// TestRestartThenSilence sends one last message while the bridge is down: it arrives
// without another message. Homeservers need not try again by themselves.
func TestRestartThenSilence(t *testing.T) {
	for name, end := range map[string]func(*testbed.Bridge){
		"stopped": func(b *testbed.Bridge) { b.MustStop() },
		"killed":  func(b *testbed.Bridge) { b.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, options testbed.Options) {
				bed, general := inGeneral(t, options)
				bed.Owner.MustSend(general, "before")
				bed.Slack.AwaitPost("general", "before")
				end(bed.Bridge)
				bed.Owner.MustSend(general, "one")
				bed.Owner.MustSend(general, "two")
				bed.Bridge.MustStart()
				bed.Slack.AwaitPost("general", "two")
				require.Len(t, bed.Slack.PostsOf("general", "owner"), 3)
			})
		})
	}
}

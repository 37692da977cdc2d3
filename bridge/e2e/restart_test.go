package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestRestart ends the bridge with SIGTERM and starts it again while both sides
// talk: nothing is lost and nothing doubled. What comes from Matrix stays in
// order; what Slack had no socket for it sends again only after a minute, and
// what is said meanwhile overtakes it.
func TestRestart(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed, general := inGeneral(t, testbed.Options{Database: database})
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

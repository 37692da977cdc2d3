package e2e_test

import (
	"testing"

	"ops-jrz1/bridge/internal/testbed"
)

// TestRestart ends the bridge with SIGTERM and starts it again while both sides
// talk: nothing is lost, nothing doubled, nothing out of order.
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
		talk.check(t)
	})
}

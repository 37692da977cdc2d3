package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestCatchUp has the bridge away for longer than Slack repeats events, while people
// in Slack write, edit, delete, react and answer: when it is back, Matrix shows what
// Slack shows, in order, without anybody writing again.
func TestCatchUp(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed, general := inGeneral(t, testbed.Options{Database: database})
		alice, bob := bed.Slack.Person("alice"), bed.Slack.Person("bob")
		edited, deleted := alice.MustPost("general", "to be edited"), alice.MustPost("general", "to be deleted")
		reacted, root := alice.MustPost("general", "to be liked"), alice.MustPost("general", "a thread")
		taken := alice.MustPost("general", "not liked any more")
		bob.MustReact("general", taken, "eyes")
		bed.Owner.MustSend(general, "from Matrix")
		mine := bed.Slack.AwaitPost("general", "from Matrix")
		doomed := bed.Owner.AwaitText(general, "to be deleted")
		eyes := bed.Owner.AwaitReaction(general, bed.Owner.AwaitText(general, "not liked any more").ID, "👀")

		bed.Bridge.MustStop()
		alice.MustEdit("general", edited, "edited while you were away")
		alice.MustDelete("general", deleted)
		bob.MustReact("general", reacted, "tada")
		bob.MustUnreact("general", taken, "eyes")
		bob.MustThread("general", root, "an answer")
		bob.MustThread("general", mine.TS, "an answer to Matrix")
		for _, text := range []string{"missed 1", "missed 2", "missed 3"} {
			alice.MustPost("general", text)
		}
		late := bob.MustPost("general", "missed and edited")
		bob.MustEdit("general", late, "missed, and edited")
		gone := bob.MustPost("general", "missed and deleted")
		bob.MustDelete("general", gone)
		bed.Slack.MustPass(20 * time.Minute) // Slack gives up

		bed.Bridge.MustStart()
		bed.Owner.AwaitText(general, "missed, and edited")
		bed.Owner.AwaitEdit(general, bed.Owner.AwaitText(general, "to be edited").ID, "edited while you were away")
		bed.Owner.AwaitReaction(general, bed.Owner.AwaitText(general, "to be liked").ID, "🎉")
		bed.Owner.AwaitRedacted(general, doomed.ID)
		thread := bed.Owner.AwaitText(general, "a thread")
		require.Equal(t, thread.ID, bed.Owner.AwaitText(general, "an answer").Thread)
		bed.Owner.AwaitText(general, "an answer to Matrix")
		bed.Owner.AwaitRedacted(general, eyes.ID)

		alice.MustPost("general", "and on")
		bed.Owner.AwaitText(general, "and on")
		var missed []string
		for _, message := range bed.Owner.Messages(general) {
			switch message.Body {
			case "missed 1", "missed 2", "missed 3", "missed, and edited", "missed and deleted", "and on":
				missed = append(missed, message.Body)
			}
		}
		require.Equal(t, []string{"missed 1", "missed 2", "missed 3", "missed, and edited", "and on"}, missed)
	})
}

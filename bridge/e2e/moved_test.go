package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestMovedChannel gives a channel another id while the bridge runs, and again while it
// does not: the room stays, and what is about messages from before is about them.
func TestMovedChannel(t *testing.T) {
	onEach(t, func(t *testing.T, options testbed.Options) {
		bed, alice, room := inPlans(t, options)
		t.Run("30 another id", func(t *testing.T) {
			edited, deleted := alice.MustPost("plans", "to be edited"), alice.MustPost("plans", "to be deleted")
			root := bed.Owner.AwaitText(room, "to be edited").ID
			gone := bed.Owner.AwaitText(room, "to be deleted").ID
			mine := bed.Owner.MustSend(room, "mine")
			post := bed.Slack.AwaitPost("plans", "mine")

			alice.MustChangeID("plans")
			alice.MustEdit("plans", edited, "was edited")
			alice.MustDelete("plans", deleted)
			alice.MustReact("plans", edited, "tada")
			alice.MustThread("plans", edited, "an answer")
			bed.Owner.AwaitText(room, "an answer")
			bed.Owner.AwaitEdit(room, root, "was edited")
			bed.Owner.AwaitReaction(room, root, "🎉")
			bed.Owner.AwaitRedacted(room, gone)
			bed.Owner.MustEdit(room, mine, "mine, edited")
			bed.Slack.AwaitEdit("plans", post.TS, "mine, edited")
			require.Equal(t, room, bed.Owner.MustJoin("#slack_plans:"+testbed.ServerName))
		})
		t.Run("30 another id, while the bridge is away", func(t *testing.T) {
			old := alice.MustPost("plans", "before the stop")
			root := bed.Owner.AwaitText(room, "before the stop").ID
			bed.Bridge.MustStop()
			alice.MustChangeID("plans")
			alice.MustReact("plans", old, "tada")
			mine := bed.Owner.MustSend(room, "written meanwhile")
			bed.Bridge.MustStart()
			post := bed.Slack.AwaitPost("plans", "written meanwhile")
			bed.Owner.AwaitReaction(room, root, "🎉")
			bed.Slack.MustPass(2 * time.Minute) // Slack tries again to tell of it
			alice.MustThread("plans", old, "an answer to that")
			bed.Owner.AwaitText(room, "an answer to that")
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			bed.Owner.MustEdit(room, mine, "written and edited")
			bed.Slack.AwaitEdit("plans", post.TS, "written and edited")
			require.Len(t, bed.Slack.PostsOf("plans", "owner"), 2)
		})
	})
}

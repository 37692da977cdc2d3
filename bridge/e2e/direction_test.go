package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/testbed"
)

// TestDirections has people of both sides write in a channel whose messages come from Slack
// alone, and in one whose messages go to Slack alone, also after a restart.
func TestDirections(t *testing.T) {
	t.Run("52 from Slack alone, and to Slack alone", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			options.Settings = map[string]any{"network.channels.directions": []any{
				map[string]any{"channel": "plans", "direction": "from_slack"},
				map[string]any{"channel": "wish*", "direction": "to_slack"},
			}}
			bed, alice, plans := inPlans(t, options)
			alice.MustCreateChannel("wishes", testbed.Bot)
			wishes := bed.Owner.AwaitRoom("#wishes")

			for _, text := range []string{"before a restart", "after it"} {
				alice.MustPost("plans", text)
				bed.Owner.AwaitText(plans, text)
				bed.Await("the room is read-only", func() bool { return !mayWrite(t, bed.Owner, plans) })
				alice.MustPost("wishes", "said in Slack "+text)
				bed.Slack.AwaitDelivered()
				bed.Owner.MustSend(wishes, text)
				bed.Slack.AwaitPost("wishes", text)
				bed.Bridge.MustRestart()
				bed.Slack.AwaitSocket()
			}
			require.Zero(t, notices(bed, wishes, "not in Slack"))
			for _, message := range bed.Owner.Messages(wishes) {
				require.NotContains(t, message.Body, "said in Slack")
			}

			awaitMayDescribe(t, bed, plans)
			bed.Owner.MustSetState(plans, event.StateRoomName, &event.RoomNameEventContent{Name: "Mine"})
			bed.Owner.AwaitMessage(plans, "why", says("This is not in Slack: messages of this channel come from Slack alone"))
			bed.Owner.AwaitName(plans, "#plans")
			bob := bed.Slack.Person("bob")
			bed.Owner.MustInvite(plans, bob.GhostID())
			bed.Owner.AwaitMessage(plans, "why not", says("Bob Baker was not invited to the channel in Slack"))
			require.NotContains(t, membersOf(t, bed.Owner, plans), bob.GhostID())
			require.False(t, isIn(t, bed, "plans", bob))

			for _, post := range bed.Slack.Posts("plans") {
				require.Empty(t, post.Username, "nothing of Matrix is there")
			}
		})
	})
}

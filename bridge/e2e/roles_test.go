package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// levelsIn are the power levels of a room.
func levelsIn(t *testing.T, person *testbed.Person, room id.RoomID) *event.PowerLevelsEventContent {
	t.Helper()
	levels := &event.PowerLevelsEventContent{}
	require.NoError(t, person.Client.StateEvent(t.Context(), room, event.StatePowerLevels, "", levels))
	return levels
}

// TestRoles has people in Slack get other roles, and a channel other posting permissions: the
// power levels of its room follow, also after the bridge was away.
func TestRoles(t *testing.T) {
	onManners(t, func(t *testing.T, options testbed.Options) {
		bed, alice, room := inPlans(t, options)
		bob, ann := bed.Slack.Person("bob"), bed.MustRegister("ann")
		levelOf := func(user id.UserID) int { return levelsIn(t, bed.Owner, room).GetUserLevel(user) }
		t.Run("31 roles", func(t *testing.T) {
			require.Equal(t, 45, levelOf(alice.GhostID()), "an owner of the workspace")
			alice.MustInvite("plans", "bob")
			bed.Owner.AwaitMember(room, bob.GhostID())
			require.Zero(t, levelOf(bob.GhostID()))
			bob.MustBeAdmin(true)
			bed.Await("Bob to have power", func() bool { return levelOf(bob.GhostID()) == 40 })
			bob.MustBeAdmin(false)
			bed.Await("Bob to have none", func() bool { return levelOf(bob.GhostID()) == 0 })
		})
		t.Run("30 who may post", func(t *testing.T) {
			bed.Owner.MustInvite(room, ann.UserID)
			ann.MustJoin(room.String())
			restricted := func(to int) {
				t.Helper()
				bed.Await("the level that is needed to write", func() bool { return levelsIn(t, bed.Owner, room).EventsDefault == to })
			}
			alice.MustRestrictPosting("plans", true)
			restricted(40)
			_, err := ann.Client.SendText(t.Context(), room, "and I?")
			require.ErrorContains(t, err, "M_FORBIDDEN")
			alice.MustPost("plans", "only we speak here")
			bed.Owner.AwaitText(room, "only we speak here")
			bed.Owner.MustSend(room, "and we")
			bed.Slack.AwaitPost("plans", "and we")

			bed.Bridge.MustStop()
			alice.MustRestrictPosting("plans", false)
			bed.Bridge.MustStart()
			restricted(0)
			ann.MustSend(room, "now I")
			bed.Slack.AwaitPost("plans", "now I")
		})
	})
}

package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// joinRule is the join rule of a room.
func joinRule(t *testing.T, person *testbed.Person, room id.RoomID) event.JoinRule {
	t.Helper()
	var rule event.JoinRulesEventContent
	require.NoError(t, person.Client.StateEvent(t.Context(), room, event.StateJoinRules, "", &rule))
	return rule.JoinRule
}

// isHidden says whether a room can neither be joined without an invitation nor be found.
func isHidden(t *testing.T, bed *testbed.Bed, room id.RoomID, alias id.RoomAlias) bool {
	t.Helper()
	return joinRule(t, bed.Owner, room) == event.JoinRuleInvite && !isListed(t, bed.Owner, room) && !leadsTo(t, bed, alias, room)
}

// TestConverted makes a channel private and public again, while the bridge runs and while it does
// not. Its alias is free for another channel meanwhile.
func TestConverted(t *testing.T) {
	t.Run("30 private and public again", func(t *testing.T) {
		onManners(t, func(t *testing.T, options testbed.Options) {
			bed, alice, room := inListedPlans(t, options)
			require.Equal(t, event.JoinRuleRestricted, joinRule(t, bed.Owner, room))

			alice.MustConvert("plans", true)
			bed.Await("the room of a private channel", func() bool { return isHidden(t, bed, room, aliasOf("plans")) })
			var visibility event.HistoryVisibilityEventContent
			require.NoError(t, bed.Owner.Client.StateEvent(t.Context(), room, event.StateHistoryVisibility, "", &visibility))
			require.Equal(t, event.HistoryVisibilityShared, visibility.HistoryVisibility)
			alice.MustRename("plans", "plans-old")
			alice.MustCreateChannel("plans", testbed.Bot)
			other := bed.Owner.MustJoin(bed.Owner.AwaitInvite("#plans").String())
			bed.Await("the alias of the next channel of that name", func() bool { return leadsTo(t, bed, aliasOf("plans"), other) })

			alice.MustConvert("plans-old", false)
			bed.Await("the alias of the channel that is public again", func() bool { return leadsTo(t, bed, aliasOf("plans-old"), room) })
			require.Equal(t, event.JoinRuleRestricted, joinRule(t, bed.Owner, room))
			alice.MustPost("plans-old", "still here")
			bed.Owner.AwaitText(room, "still here")

			mustList(t, bed.Owner, room)
			bed.Bridge.MustStop()
			alice.MustConvert("plans-old", true)
			bed.Slack.MustPass(20 * time.Minute) // Slack gives up
			bed.Bridge.MustStart()
			bed.Await("the room of a channel that became private meanwhile", func() bool { return isHidden(t, bed, room, aliasOf("plans-old")) })
			_, err := bed.Owner.Client.ResolveAlias(t.Context(), aliasOf("plans-old"))
			require.ErrorIs(t, err, mautrix.MNotFound)
			bed.Owner.MustSend(room, "and so am I")
			bed.Slack.AwaitPost("plans-old", "and so am I")
		})
	})
}

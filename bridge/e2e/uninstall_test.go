package e2e_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestUninstall has the bridge leave for good: the rooms that it made are empty, the one that
// people made is theirs, and the app is out of its channels.
func TestUninstall(t *testing.T) {
	onEach(t, func(t *testing.T, options testbed.Options) {
		bed, plans := inPlansLinked(t, options)
		alice := bed.Slack.Person("alice")
		alice.MustCreateChannel("news", testbed.Bot)
		news := bed.Owner.AwaitRoom("#news")
		alice.MustPost("news", "hello")
		bed.Owner.AwaitText(news, "hello")
		alias := id.RoomAlias("#slack_news:" + testbed.ServerName)
		bed.Await("the alias of #news", func() bool {
			_, err := bed.Owner.Client.ResolveAlias(t.Context(), alias)
			return err == nil
		})
		bed.Bridge.MustStop()

		printed, code := bed.Bridge.Ask("uninstall", "--dry-run")
		require.Zero(t, code, printed)
		require.Contains(t, printed, "#news ("+news.String()+")")
		require.Regexp(t, `(?s)rooms of people, would be left:\n.*`+regexp.QuoteMeta("  - #plans ("+plans.String()+")")+`.*aliases, would be removed`, printed)
		require.Contains(t, printed, alias.String())
		require.Contains(t, printed, "nothing was changed: this was a dry run\n")
		require.Contains(t, membersOf(t, bed.Owner, news), alice.GhostID())

		printed, code = bed.Bridge.Ask("uninstall", "--yes")
		require.Zero(t, code, printed)
		require.Contains(t, printed, "Delete App at the end of https://api.slack.com/apps/A0BRIDGE01/general")
		require.Regexp(t, `done\n$`, printed)
		_, err := bed.Owner.Client.ResolveAlias(t.Context(), alias)
		require.ErrorIs(t, err, mautrix.MNotFound)
		joined, err := bed.Owner.Client.JoinedRooms(t.Context())
		require.NoError(t, err)
		require.NotContains(t, joined.JoinedRooms, news, "the room was emptied")
		there := membersOf(t, bed.Owner, plans)
		require.Len(t, there, 2, "the room that people made is theirs alone: %v", there)
		channel, err := bed.Slack.Control.Channel(t.Context(), "news")
		require.NoError(t, err)
		require.Equal(t, []string{"U0ALICE001"}, channel.Members, "the app is out of its channels")

		printed, code = bed.Bridge.Ask("uninstall", "--yes")
		require.Zero(t, code, printed)
		require.NotContains(t, printed, news.String(), "nothing is left to leave")
	})
}

// inPlansLinked is a running bridge with #plans linked with a room that people made.
func inPlansLinked(t *testing.T, options testbed.Options) (*testbed.Bed, id.RoomID) {
	t.Helper()
	bed := testbed.Start(t, options)
	bed.Slack.AwaitSocket()
	alice := bed.Slack.Person("alice")
	alice.MustCreateChannel("plans")
	room, ann := ourPlans(t, bed, nil)
	bed.Owner.AwaitMember(room, testbed.BotID)
	bed.Owner.MustSend(room, "!slack plumb #plans")
	bed.Owner.AwaitMessage(room, "the answer", says("#plans is linked with"))
	alice.MustPost("plans", "lunch")
	ann.AwaitText(room, "lunch")
	return bed, room
}

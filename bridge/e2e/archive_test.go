package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// inPlans starts a bridge whose bot is in alice's channel #plans.
func inPlans(t *testing.T, options testbed.Options) (*testbed.Bed, *testbed.SlackPerson, id.RoomID) {
	options.Stopped = true
	bed := testbed.Start(t, options)
	alice := bed.Slack.Person("alice")
	alice.MustCreateChannel("plans", testbed.Bot)
	bed.Bridge.MustStart()
	room := bed.Owner.AwaitRoom("#plans")
	bed.Slack.AwaitSocket()
	return bed, alice, room
}

// mayWrite says whether a person may write in a room.
func mayWrite(t *testing.T, person *testbed.Person, room id.RoomID) bool {
	t.Helper()
	_, err := person.Client.SendText(t.Context(), room, "hello?")
	if err != nil {
		require.ErrorIs(t, err, mautrix.MForbidden)
	}
	return err == nil
}

// notices counts the messages of the bridge's bot in a room that contain all of the words.
func notices(bed *testbed.Bed, room id.RoomID, words ...string) (count int) {
	for _, message := range bed.Owner.Messages(room) {
		if message.Type == event.MsgNotice && says(words...)(message) {
			count++
		}
	}
	return count
}

// TestArchived archives and unarchives a channel while the bridge runs, and while it does
// not.
func TestArchived(t *testing.T) {
	t.Run("30 archived and unarchived", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			bed, alice, room := inPlans(t, options)
			alice.MustPost("plans", "before")
			bed.Owner.AwaitText(room, "before")

			alice.MustArchive("plans")
			bed.Owner.AwaitMessage(room, "the notice that it is archived", says("was archived in Slack by Alice", "read-only"))
			require.False(t, mayWrite(t, bed.Owner, room))
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			alice.MustUnarchive("plans")
			bed.Owner.AwaitMessage(room, "the notice that it is open again", says("open in Slack again"))
			alice.MustPost("plans", "here we are")
			bed.Owner.AwaitText(room, "here we are")
			bed.Owner.MustSend(room, "me too")
			bed.Slack.AwaitPost("plans", "me too")
			require.Equal(t, 1, notices(bed, room, "archived"))

			bed.Bridge.MustStop()
			alice.MustArchive("plans")
			bed.Slack.MustPass(20 * time.Minute) // Slack gives up
			bed.Bridge.MustStart()
			bed.Await("the second notice that it is archived", func() bool { return notices(bed, room, "was archived in Slack") == 2 })
			require.False(t, mayWrite(t, bed.Owner, room))
			bed.Bridge.MustStop()
			alice.MustUnarchive("plans")
			alice.MustPost("plans", "while you were away")
			bed.Slack.MustPass(20 * time.Minute)
			bed.Bridge.MustStart()
			bed.Owner.AwaitText(room, "while you were away")
			bed.Owner.MustSend(room, "and back")
			bed.Slack.AwaitPost("plans", "and back")
			require.Equal(t, 2, notices(bed, room, "open in Slack again"))
			require.Len(t, bed.Slack.PostsOf("plans", "owner"), 2)
		})
	})
}

// TestArchivedPrivate does the same with a private channel, to which the bot has to be
// invited again. Messages from before the invitation arrive after it.
func TestArchivedPrivate(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{})
	room, alice := bed.Owner.AwaitRoom("#secret"), bed.Slack.Person("alice")
	bed.Slack.AwaitSocket()
	alice.MustArchive("secret")
	bed.Owner.AwaitMessage(room, "that it is archived", says("was archived in Slack by Alice", "/invite @"))
	alice.MustUnarchive("secret")
	alice.MustPost("secret", "without the bridge")
	alice.MustInvite("secret", testbed.Bot)
	bed.Owner.AwaitMessage(room, "the notice that it is open again", says("open in Slack again"))
	bed.Owner.AwaitText(room, "without the bridge")
	bed.Owner.MustSend(room, "hello")
	bed.Slack.AwaitPost("secret", "hello")
}

// listing is the place of a room in the homeserver's directory.
func listing(person *testbed.Person, room id.RoomID) string {
	return person.Client.BuildClientURL("v3", "directory", "list", "room", room)
}

// mustList puts a room into the directory, as a person may.
func mustList(t *testing.T, person *testbed.Person, room id.RoomID) {
	t.Helper()
	_, err := person.Client.MakeRequest(t.Context(), http.MethodPut, listing(person, room), map[string]string{"visibility": "public"}, nil)
	require.NoError(t, err)
}

// isListed says whether a room is in the directory.
func isListed(t *testing.T, person *testbed.Person, room id.RoomID) bool {
	t.Helper()
	var shown struct{ Visibility string }
	_, err := person.Client.MakeRequest(t.Context(), http.MethodGet, listing(person, room), nil, &shown)
	require.NoError(t, err)
	return shown.Visibility == "public"
}

// aliasOf is the alias of a channel's room.
func aliasOf(channel string) id.RoomAlias {
	return id.NewRoomAlias("slack_"+channel, testbed.ServerName)
}

// leadsTo says whether an alias is that of a room.
func leadsTo(t *testing.T, bed *testbed.Bed, alias id.RoomAlias, room id.RoomID) bool {
	resolved, err := bed.Owner.Client.ResolveAlias(t.Context(), alias)
	return err == nil && resolved.RoomID == room
}

// inListedPlans is inPlans with a message, and the room is found by its alias and in the directory.
func inListedPlans(t *testing.T, options testbed.Options) (*testbed.Bed, *testbed.SlackPerson, id.RoomID) {
	bed, alice, room := inPlans(t, options)
	alice.MustPost("plans", "before")
	bed.Owner.AwaitText(room, "before")
	require.Equal(t, room, bed.Owner.MustJoin(aliasOf("plans").String()))
	mustList(t, bed.Owner, room)
	return bed, alice, room
}

// TestDeletedWhileAway deletes a channel while the bridge is away, and Slack gives up telling it:
// its room is closed all the same, and its alias goes to the next channel of that name.
func TestDeletedWhileAway(t *testing.T) {
	t.Run("30 deleted while the bridge is away", func(t *testing.T) {
		onManners(t, func(t *testing.T, options testbed.Options) {
			bed, alice, room := inListedPlans(t, options)
			alias := aliasOf("plans")

			bed.Bridge.MustStop()
			alice.MustDeleteChannel("plans")
			bed.Slack.MustPass(20 * time.Minute) // Slack gives up
			bed.Bridge.MustStart()
			bed.Owner.AwaitMessage(room, "the notice that it is not shown", says("it was deleted, or it is private now", "read-only"))
			require.False(t, mayWrite(t, bed.Owner, room))
			require.False(t, isListed(t, bed.Owner, room))
			_, err := bed.Owner.Client.ResolveAlias(t.Context(), alias)
			require.ErrorIs(t, err, mautrix.MNotFound)

			alice.MustCreateChannel("plans", testbed.Bot)
			alice.MustPost("plans", "a new beginning")
			again := bed.Owner.MustJoin(bed.Owner.AwaitInvite("#plans").String())
			require.NotEqual(t, room, again)
			bed.Owner.AwaitText(again, "a new beginning")
			bed.Await("the alias", func() bool { return leadsTo(t, bed, alias, again) })
		})
	})
}

// TestDeletedChannel deletes a channel: its room stays as it is, and its alias goes to the
// next channel of that name.
func TestDeletedChannel(t *testing.T) {
	t.Run("30 deleted", func(t *testing.T) {
		onManners(t, func(t *testing.T, options testbed.Options) {
			bed, alice, room := inListedPlans(t, options)
			alias := aliasOf("plans")

			alice.MustDeleteChannel("plans")
			bed.Owner.AwaitMessage(room, "the notice that it is deleted", says("was deleted in Slack", "read-only"))
			require.False(t, mayWrite(t, bed.Owner, room))
			_, err := bed.Owner.Client.ResolveAlias(t.Context(), alias)
			require.ErrorIs(t, err, mautrix.MNotFound)
			require.False(t, isListed(t, bed.Owner, room))

			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			alice.MustCreateChannel("plans", testbed.Bot)
			alice.MustPost("plans", "a new beginning")
			again := bed.Owner.MustJoin(bed.Owner.AwaitInvite("#plans").String())
			require.NotEqual(t, room, again)
			bed.Owner.AwaitText(again, "a new beginning")
			bed.Await("the alias", func() bool { return leadsTo(t, bed, alias, again) })
			require.Equal(t, 1, notices(bed, room, "deleted"))
			for _, message := range bed.Owner.Messages(room) {
				require.False(t, strings.Contains(message.Body, "a new beginning"))
			}
		})
	})
}

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

// inPlans starts a bridge whose bot is in a channel #plans of alice's.
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

// notices are what the bridge's bot said in a room that holds all of the words.
func notices(bed *testbed.Bed, room id.RoomID, words ...string) (count int) {
	for _, message := range bed.Owner.Messages(room) {
		if message.Type == event.MsgNotice && says(words...)(message) {
			count++
		}
	}
	return count
}

// TestArchived has a channel archived and unarchived while the bridge runs, and while it
// is away.
func TestArchived(t *testing.T) {
	t.Run("30 archived and unarchived", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			bed, alice, room := inPlans(t, options)
			alice.MustPost("plans", "before")
			bed.Owner.AwaitText(room, "before")

			alice.MustArchive("plans")
			bed.Owner.AwaitMessage(room, "that it is archived", says("was archived in Slack by Alice", "read-only"))
			require.False(t, mayWrite(t, bed.Owner, room))
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			alice.MustUnarchive("plans")
			bed.Owner.AwaitMessage(room, "that it is open", says("open in Slack again"))
			alice.MustPost("plans", "here we are")
			bed.Owner.AwaitText(room, "here we are")
			bed.Owner.MustSend(room, "me too")
			bed.Slack.AwaitPost("plans", "me too")
			require.Equal(t, 1, notices(bed, room, "archived"))

			bed.Bridge.MustStop()
			alice.MustArchive("plans")
			bed.Slack.MustPass(20 * time.Minute) // Slack gives up
			bed.Bridge.MustStart()
			bed.Await("that it is archived again", func() bool { return notices(bed, room, "was archived in Slack") == 2 })
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

// TestArchivedPrivate does so with a private channel, into which the bot has to be
// invited again. What was said before that arrives then.
func TestArchivedPrivate(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{})
	room, alice := bed.Owner.AwaitRoom("#secret"), bed.Slack.Person("alice")
	bed.Slack.AwaitSocket()
	alice.MustArchive("secret")
	bed.Owner.AwaitMessage(room, "that it is archived", says("was archived in Slack by Alice", "/invite @"))
	alice.MustUnarchive("secret")
	alice.MustPost("secret", "without the bridge")
	alice.MustInvite("secret", testbed.Bot)
	bed.Owner.AwaitMessage(room, "that it is open", says("open in Slack again"))
	bed.Owner.AwaitText(room, "without the bridge")
	bed.Owner.MustSend(room, "hello")
	bed.Slack.AwaitPost("secret", "hello")
}

// TestDeletedChannel has a channel deleted: its room stays as it is, and its address
// goes to another channel of that name.
func TestDeletedChannel(t *testing.T) {
	t.Run("30 deleted", func(t *testing.T) {
		onManners(t, func(t *testing.T, options testbed.Options) {
			bed, alice, room := inPlans(t, options)
			alice.MustPost("plans", "before")
			bed.Owner.AwaitText(room, "before")
			alias := id.NewRoomAlias("slack_plans", testbed.ServerName)
			require.Equal(t, room, bed.Owner.MustJoin(alias.String()))
			listed := bed.Owner.Client.BuildClientURL("v3", "directory", "list", "room", room)
			_, err := bed.Owner.Client.MakeRequest(t.Context(), http.MethodPut, listed, map[string]string{"visibility": "public"}, nil)
			require.NoError(t, err)

			alice.MustDeleteChannel("plans")
			bed.Owner.AwaitMessage(room, "that it is deleted", says("was deleted in Slack", "read-only"))
			require.False(t, mayWrite(t, bed.Owner, room))
			_, err = bed.Owner.Client.ResolveAlias(t.Context(), alias)
			require.ErrorIs(t, err, mautrix.MNotFound)
			var shown struct{ Visibility string }
			_, err = bed.Owner.Client.MakeRequest(t.Context(), http.MethodGet, listed, nil, &shown)
			require.NoError(t, err)
			require.Equal(t, "private", shown.Visibility)

			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			alice.MustCreateChannel("plans", testbed.Bot)
			alice.MustPost("plans", "a new beginning")
			again := bed.Owner.MustJoin(bed.Owner.AwaitInvite("#plans").String())
			require.NotEqual(t, room, again)
			bed.Owner.AwaitText(again, "a new beginning")
			bed.Await("the alias", func() bool {
				resolved, err := bed.Owner.Client.ResolveAlias(t.Context(), alias)
				return err == nil && resolved.RoomID == again
			})
			require.Equal(t, 1, notices(bed, room, "deleted"))
			for _, message := range bed.Owner.Messages(room) {
				require.False(t, strings.Contains(message.Body, "a new beginning"))
			}
		})
	})
}

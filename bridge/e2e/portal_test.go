package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// within is what "within seconds" means when a room has to be created.
const within = 10 * time.Second

// TestPortalPrivate adds the bot to a private channel: its room appears within
// seconds for those whom network.invite names, and is closed to everyone else,
// members of the space included.
func TestPortalPrivate(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Settings: map[string]any{"network.invite": []id.UserID{"@ann:" + testbed.ServerName}}})
	alice, space := bed.Slack.Person("alice"), bed.Owner.AwaitRoom(testbed.TeamName)
	ann, ben := bed.MustRegister("ann"), bed.MustRegister("ben")
	bed.Owner.MustInvite(space, ben.UserID)
	ben.MustJoin(ben.AwaitInvite(testbed.TeamName).String())

	begin := time.Now()
	alice.MustCreatePrivateChannel("cellar", testbed.Bot)
	cellar := bed.Owner.AwaitInvite("#cellar")
	require.Equal(t, cellar, ann.AwaitInvite("#cellar"))
	require.Less(t, time.Since(begin), within)
	_, err := ben.Client.JoinRoom(t.Context(), cellar.String(), nil)
	require.ErrorContains(t, err, "M_FORBIDDEN")

	ann.MustJoin(cellar.String())
	alice.MustPost("cellar", "are we alone?")
	ann.AwaitText(cellar, "are we alone?")
	ann.MustSend(cellar, "yes")
	require.Equal(t, "ann", bed.Slack.AwaitPost("cellar", "yes").Username)
}

// TestPortalAlias joins the alias of a public channel that the bot is not in: that
// creates the room and brings the bot into the channel. Resolving the alias alone leaves
// no trace in Slack.
func TestPortalAlias(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{})
	bed.Slack.AwaitSocket()
	space := bed.Owner.AwaitRoom(testbed.TeamName)
	ann := bed.MustRegister("ann")
	bed.Owner.MustInvite(space, ann.UserID)
	ann.MustJoin(ann.AwaitInvite(testbed.TeamName).String())

	stranger, before := bed.MustRegister("stranger"), bed.Slack.Posts("elsewhere")
	_, err := stranger.Client.ResolveAlias(t.Context(), id.NewRoomAlias("slack_elsewhere", testbed.ServerName))
	require.NoError(t, err)
	require.Equal(t, before, bed.Slack.Posts("elsewhere"), "the bot has not joined")

	elsewhere := ann.MustJoin("#slack_elsewhere:" + testbed.ServerName)
	ann.AwaitName(elsewhere, "#elsewhere")
	bed.Slack.AwaitPostWith("elsewhere", "the message that the bot has joined", func(p testbed.Post) bool { return strings.Contains(p.Text, "has joined") })
	bed.Slack.Person("bob").MustPost("elsewhere", "you found us")
	ann.AwaitText(elsewhere, "you found us")
	ann.MustSend(elsewhere, "at last")
	bed.Slack.AwaitPost("elsewhere", "at last")

	for _, alias := range []string{"#slack_nowhere:", "#slack_secret:"} {
		_, err := ann.Client.JoinRoom(t.Context(), alias+testbed.ServerName, nil)
		require.ErrorContains(t, err, "M_NOT_FOUND", alias)
	}
}

// TestPortalRoomGone has the homeserver's administrator delete a portal's room: the next
// message creates another, which gets the alias, and the login's owner is told once.
func TestPortalRoomGone(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed, general := inGeneral(t, testbed.Options{Database: database})
		chat := bed.Owner.AwaitChat()
		alice := bed.Slack.Person("alice")
		ts := alice.MustPost("general", "before")
		bed.Owner.AwaitText(general, "before")
		for _, purge := range []bool{true, false} {
			bed.MustDeleteRoom(general, purge)
			text := fmt.Sprintf("after a deletion (%v)", purge)
			alice.MustThread("general", ts, text)
			alice.MustPost("general", text+", once more")
			again := bed.Owner.MustJoin(bed.Owner.AwaitInvite("#general").String())
			require.NotEqual(t, general, again)
			bed.Owner.AwaitText(again, text)
			bed.Owner.AwaitText(again, text+", once more")
			require.Equal(t, again, bed.Owner.MustJoin("#slack_general:"+testbed.ServerName))
			bed.Owner.MustSend(again, text+", from Matrix")
			bed.Slack.AwaitPost("general", text+", from Matrix")
			general = again
		}
		told := 0
		for _, message := range bed.Owner.Messages(chat) {
			if strings.Contains(message.Body, "The room of #general is gone from the homeserver") {
				told++
			}
		}
		require.Equal(t, 2, told)
	})
}

// TestPortalFollows renames a channel and changes its topic: the room follows.
func TestPortalFollows(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice := bed.Slack.Person("alice")
	t.Run("28 its topic", func(*testing.T) {
		alice.MustSetTopic("general", "what everyone should know")
		bed.Owner.AwaitTopic(general, "what everyone should know")
	})
	t.Run("28 its purpose", func(*testing.T) {
		alice.MustSetPurpose("general", "what concerns all")
		alice.MustSetTopic("general", "")
		bed.Owner.AwaitTopic(general, "what concerns all")
		alice.MustSetPurpose("general", "what concerns us")
		bed.Owner.AwaitTopic(general, "what concerns us")
	})
	t.Run("27 its name", func(t *testing.T) {
		alice.MustRename("general", "all-hands")
		bed.Owner.AwaitName(general, "#all-hands")
		require.Equal(t, general, bed.Owner.MustJoin("#slack_all-hands:"+testbed.ServerName))
	})
	bed.Bridge.MustRestart()
	bed.Slack.AwaitSocket()
	alice.MustSetTopic("all-hands", "and what is new")
	bed.Owner.AwaitTopic(general, "and what is new")
	alice.MustPost("all-hands", "the same room")
	bed.Owner.AwaitText(general, "the same room")
}

// TestPortalGroup is a direct conversation of several people with the bot.
func TestPortalGroup(t *testing.T) {
	t.Run("34 a group with the bot", func(t *testing.T) {
		bed := testbed.Start(t, testbed.Options{})
		bed.Slack.AwaitSocket()
		alice, bob := bed.Slack.Person("alice"), bed.Slack.Person("bob")
		group := alice.MustOpenGroup("bob", testbed.Bot)
		alice.MustPost(group, "the three of us")
		room := bed.Owner.AwaitRoom("Alice, Bob Baker")
		require.Equal(t, alice.GhostID(), bed.Owner.AwaitText(room, "the three of us").Sender)
		bob.MustPost(group, "me too")
		require.Equal(t, bob.GhostID(), bed.Owner.AwaitText(room, "me too").Sender)
		bed.Owner.MustSend(room, "four")
		require.Equal(t, "owner", bed.Slack.AwaitPost(group, "four").Username)

		ann := bed.MustRegister("ann")
		_, err := ann.Client.JoinRoom(t.Context(), room.String(), nil)
		require.ErrorContains(t, err, "M_FORBIDDEN")
	})
}

// TestPortalBotRemoved takes the bot out of a channel and adds it again: the room
// says so, messages to it are refused meanwhile with the reason, and it is the same
// room afterwards. Its messages stay, and those written in the channel meanwhile
// arrive.
func TestPortalBotRemoved(t *testing.T) {
	for _, channel := range []string{"plans", "secret"} {
		t.Run(channel, func(t *testing.T) {
			bed := testbed.Start(t, testbed.Options{Stopped: true})
			alice := bed.Slack.Person("alice")
			if channel == "plans" {
				alice.MustCreateChannel(channel, testbed.Bot)
			}
			bed.Bridge.MustStart()
			room := bed.Owner.AwaitRoom("#" + channel)
			bed.Slack.AwaitSocket()
			alice.MustPost(channel, "before")
			before := bed.Owner.AwaitText(room, "before")
			alice.MustKick(channel, testbed.Bot)
			bed.Owner.AwaitMessage(room, "the notice about the removal", says("removed from this Slack channel", "/invite @"))
			lost := bed.Owner.MustSend(room, "hello?")
			bed.Owner.AwaitAnswer(room, lost, "the reason", says("not in Slack", "/invite @"))
			alice.MustPost(channel, "are they gone?")
			bed.Bridge.MustRestart()
			bed.Bridge.AwaitLog("Slack does not show a part of what may have been missed")

			alice.MustInvite(channel, testbed.Bot)
			alice.MustPost(channel, "there you are")
			bed.Owner.AwaitText(room, "there you are")
			bed.Owner.AwaitText(room, "are they gone?")
			bed.Owner.MustSend(room, "back again")
			bed.Slack.AwaitPost(channel, "back again")
			require.False(t, bed.Owner.IsRedacted(room, before.ID))
			require.Len(t, bed.Slack.PostsOf(channel, "owner"), 1, "a refused message stays refused")
		})
	}
}

// TestPortalStranger has a person in the room whom bridge.permissions do not name:
// nothing they do reaches Slack, and they are told why, once.
func TestPortalStranger(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Settings: map[string]any{
		"bridge.permissions": map[string]any{testbed.OwnerID.String(): "admin", "@ann:" + testbed.ServerName: "relay"},
	}})
	ts := bed.Slack.Person("alice").MustPost("general", "who is there?")
	question := bed.Owner.AwaitText(general, "who is there?").ID
	stranger, ann := bed.MustRegister("stranger"), bed.MustRegister("ann")
	for _, person := range []*testbed.Person{stranger, ann} {
		bed.Owner.MustInvite(general, person.UserID)
		person.MustJoin(general.String())
	}

	first := stranger.MustSend(general, "me")
	stranger.AwaitAnswer(general, first, "the reason", says("stranger", "not in Slack", "bridge.permissions"))
	stranger.MustReact(general, question, "👋")
	stranger.MustEdit(general, first, "it is me")
	stranger.MustRedact(general, first)
	stranger.MustSend(general, "really")
	ann.MustSend(general, "I am")
	bed.Slack.AwaitPost("general", "I am")
	require.Len(t, bed.Slack.Posts("general"), 2, "the question and one answer")
	bed.Slack.AwaitNoReaction("general", ts, "wave")
	told := 0
	for _, m := range ann.Messages(general) {
		if says("bridge.permissions")(m) {
			told++
		}
	}
	require.Equal(t, 1, told)
}

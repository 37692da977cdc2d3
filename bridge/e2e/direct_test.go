package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestDirect has two people without a login begin the same direct conversation: one holds
// it, and the other is told who, and comes in by the holder's invitation alone.
func TestDirect(t *testing.T) {
	onManners(t, func(t *testing.T, options testbed.Options) {
		bed := testbed.Start(t, options)
		bed.Slack.AwaitSocket()
		bob, ann, ben := bed.Slack.Person("bob"), bed.MustRegister("ann"), bed.MustRegister("ben")
		askAnn, askBen := asking(bed, ann), asking(bed, ben)

		var room id.RoomID
		t.Run("35 a direct conversation by name", func(t *testing.T) {
			askAnn("start-chat @bob", "Your conversation with Bob Baker")
			room = ann.AwaitRoom("Bob Baker")
			ann.AwaitMember(room, bob.GhostID())
			ann.MustSend(room, "hello from Ann")
			require.Equal(t, "ann", bed.Slack.AwaitPost(testbed.DirectWith("bob"), "hello from Ann").Username)
			bob.MustPost(testbed.DirectWith("bob"), "hello Ann")
			require.Equal(t, bob.GhostID(), ann.AwaitText(room, "hello Ann").Sender)
		})
		t.Run("34 a second person is told who holds it", func(t *testing.T) {
			askBen("start-chat "+bob.ID(), "held by @ann")
			_, err := ben.Client.JoinRoom(t.Context(), room.String(), nil)
			require.ErrorIs(t, err, mautrix.MForbidden)
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			askBen("start-chat "+bob.ID(), "held by @ann")
			bob.MustPost(testbed.DirectWith("bob"), "still the two of us")
			ann.AwaitText(room, "still the two of us")
			for _, other := range []*testbed.Person{ben, bed.Owner} {
				require.NotContains(t, membersOf(t, ann, room), other.UserID, "no one is added silently")
			}

			ann.MustInvite(room, ben.UserID)
			require.Equal(t, room, ben.AwaitRoom("Bob Baker"))
			_, err = ben.Client.InviteUser(t.Context(), room, &mautrix.ReqInviteUser{UserID: bed.Owner.UserID})
			require.ErrorIs(t, err, mautrix.MForbidden, "only the holder invites")
			ben.MustSend(room, "hello from Ben")
			require.Equal(t, "ben", bed.Slack.AwaitPost(testbed.DirectWith("bob"), "hello from Ben").Username)
		})
		t.Run("35 a group by several names, and a channel", func(t *testing.T) {
			askBen("start-chat @alice @bob", "Your conversation with")
			group := ben.AwaitRoom("Alice, Bob Baker")
			ben.AwaitMember(group, bob.GhostID())
			askBen("create-channel new-plans", "The channel #new-plans")
			plans := ben.AwaitRoom("#new-plans")
			ben.MustSend(plans, "a beginning")
			bed.Slack.AwaitPost("new-plans", "a beginning")
			askBen("create-channel new-plans", "there is a channel of this name already")
			require.Equal(t, plans, bed.Owner.AwaitRoom("#new-plans"), "the login's owner is in every channel")
		})
		t.Run("35 a ghost that is invited to a chat", func(t *testing.T) {
			cleo := bed.Slack.Person("cleo")
			ann.AwaitMessage(mustOpenWith(t, ann, cleo.GhostID()), "where it is", says("Our conversation is in"))
			direct := ann.AwaitRoom("Cleo")
			ann.MustSend(direct, "Cleo?")
			require.Equal(t, "ann", bed.Slack.AwaitPost(testbed.DirectWith("cleo"), "Cleo?").Username)
			cleo.MustPost(testbed.DirectWith("cleo"), "Ann!")
			ann.AwaitText(direct, "Ann!")
			ben.AwaitMessage(mustOpenWith(t, ben, cleo.GhostID()), "who holds it", says("held by @ann"))
		})
	})
}

// TestDirectGreeting has a person in Slack write to the bot: in one line it says what it is,
// once.
func TestDirectGreeting(t *testing.T) {
	t.Run("34 who writes to the bot learns what it is", func(t *testing.T) {
		bed := testbed.Start(t, testbed.Options{})
		bed.Slack.AwaitSocket()
		alice, direct := bed.Slack.Person("alice"), testbed.DirectWith("alice")
		alice.MustPost(direct, "who are you?")
		greeting := bed.Slack.AwaitPostWith(direct, "the greeting", func(p testbed.Post) bool {
			return says("I am the bridge between "+testbed.TeamName+" and Matrix", bed.Owner.UserID.String())(testbed.Message{Body: p.Text})
		})
		require.NotContains(t, greeting.Text, "\n")
		room := bed.Owner.AwaitRoom("Alice")
		bed.Owner.AwaitText(room, "who are you?")
		bed.Bridge.MustRestart()
		bed.Slack.AwaitSocket()
		alice.MustPost(direct, "I see")
		bed.Owner.AwaitText(room, "I see")
		require.Len(t, bed.Slack.Posts(direct), 3)
		for _, message := range bed.Owner.Messages(room) {
			require.NotContains(t, message.Body, "I am the bridge")
		}
	})
}

// asking opens a person's chat with the bridge's bot, and returns what gives it a command
// and waits for the answer.
func asking(bed *testbed.Bed, person *testbed.Person) func(command, answer string) {
	chat := person.MustOpenChat()
	return func(command, answer string) {
		asked := person.MustSend(chat, command)
		person.AwaitAnswer(chat, asked, answer, says(answer))
	}
}

// membersOf are who is in a room or invited to it.
func membersOf(t *testing.T, person *testbed.Person, room id.RoomID) (members []id.UserID) {
	t.Helper()
	all, err := person.Client.Members(t.Context(), room)
	require.NoError(t, err)
	for _, evt := range all.Chunk {
		_ = evt.Content.ParseRaw(event.StateMember)
		if evt.Content.AsMember().Membership.IsInviteOrJoin() {
			members = append(members, id.UserID(evt.GetStateKey()))
		}
	}
	return members
}

// mustOpenWith opens a direct chat with a user, as clients do.
func mustOpenWith(t *testing.T, person *testbed.Person, user id.UserID) id.RoomID {
	t.Helper()
	made, err := person.Client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{user}})
	require.NoError(t, err)
	return made.RoomID
}

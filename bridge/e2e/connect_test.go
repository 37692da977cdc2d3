package e2e_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/testbed"
)

// otherTeam is a workspace that shares #partners with the scenarios' own. There it is called
// #with-acme, and is private.
const (
	otherTeam = "T0OTHER001"
	partners  = "C0PARTNER1"
)

// connectedSeed are two workspaces; the bridge's app is in both.
const connectedSeed = `
team: {id: ` + testbed.TeamID + `, name: ` + testbed.TeamName + `, domain: acme}
users:
  - {id: U0ALICE001, name: alice, real_name: Alice Archer, display_name: Alice, owner: true}
  - {id: U0BOB00001, name: bob}
apps:
  - {id: A0BRIDGE01, bot_user_id: U0BRIDGE01, bot_id: B0BRIDGE01}
channels:
  - {id: C0GENERAL1, name: general, general: true, members: [alice, bob, U0BRIDGE01]}
  - id: ` + partners + `
    name: partners
    members: [alice, bob, U0BRIDGE01]
    shared_with: [{team: ` + otherTeam + `, name: with-acme, private: true, members: [zoe, U0OTHERBOT]}]
workspaces:
  - team: {id: ` + otherTeam + `, name: Other, domain: other}
    users:
      - {id: U0ZOE00001, name: zoe, real_name: Zoe Zimmer, display_name: Zoe, owner: true}
      - {id: U0YAN00001, name: yan, real_name: Yan Young}
    apps:
      - {id: A0OTHERAPP, bot_user_id: U0OTHERBOT, bot_id: B0OTHERBOT}
    channels:
      - {id: C0OTHERGEN, name: lobby, general: true, members: [zoe, yan]}
`

// isThere says whether a person's ghost is in a room.
func isThere(t *testing.T, bed *testbed.Bed, room id.RoomID, person *testbed.SlackPerson) func() bool {
	return func() bool { return slices.Contains(membersOf(t, bed.Owner, room), person.GhostID()) }
}

// once checks that a text is in a room once, and who said it.
func once(t *testing.T, person *testbed.Person, room id.RoomID, text string) testbed.Message {
	t.Helper()
	said := person.AwaitMessage(room, text, says(text))
	count := 0
	for _, message := range person.Messages(room) {
		if says(text)(message) {
			count++
		}
	}
	require.Equal(t, 1, count, "%q is in the room once", text)
	return said
}

// TestSlackConnect is a channel that is shared with a workspace that is not bridged.
func TestSlackConnect(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Seed: connectedSeed})
	other := bed.Slack.Neighbour(otherTeam)
	alice, zoe, yan := bed.Slack.Person("alice"), other.Person("zoe"), other.Person("yan")
	room := bed.Owner.AwaitRoom("#partners")
	bed.Slack.AwaitSocket()
	isGone := func(person *testbed.SlackPerson) func() bool {
		return func() bool { return !isThere(t, bed, room, person)() }
	}

	t.Run("48 who writes, edits and reacts is named by their workspace", func(t *testing.T) {
		ts := zoe.MustPost(partners, "hello from afar")
		said := once(t, bed.Owner, room, "hello from afar")
		require.Equal(t, zoe.GhostID(), said.Sender)
		require.EqualValues(t, "@slack_t0other001-u0zoe00001:"+testbed.ServerName, said.Sender)
		profile, err := bed.Owner.Client.GetProfile(t.Context(), zoe.GhostID())
		require.NoError(t, err)
		require.Equal(t, "Zoe", profile.DisplayName)
		zoe.MustEdit(partners, ts, "hello from very far")
		bed.Owner.AwaitEdit(room, said.ID, "hello from very far")
		zoe.MustReact(partners, ts, "wave")
		require.Equal(t, zoe.GhostID(), bed.Owner.AwaitReaction(room, said.ID, "👋").Sender)
		require.Zero(t, levelsIn(t, bed.Owner, room).GetUserLevel(zoe.GhostID()), "she owns another workspace")
		zoe.MustDelete(partners, ts)
		bed.Owner.AwaitRedacted(room, said.ID)
	})
	t.Run("48 what is said in Matrix is in both workspaces, once", func(t *testing.T) {
		bed.Owner.MustSend(room, "welcome")
		posted := bed.Slack.AwaitPost(partners, "welcome")
		require.Equal(t, posted.TS, other.AwaitPost(partners, "welcome").TS)
		zoe.MustThread(partners, posted.TS, "thank you")
		require.Equal(t, zoe.GhostID(), once(t, bed.Owner, room, "thank you").Sender)
		once(t, bed.Owner, room, "welcome")
	})
	t.Run("48 who joins and leaves", func(t *testing.T) {
		zoe.MustInvite(partners, "yan")
		bed.Await("Yan to join", isThere(t, bed, room, yan))
		yan.MustLeaveChannel(partners)
		bed.Await("Yan to leave", isGone(yan))
	})
	t.Run("48 a file crosses", func(t *testing.T) {
		data := picture(t, 30, 20)
		zoe.MustShare(partners, "", control.FileContent{Name: "plan.png", Content: data})
		shown := bed.Owner.AwaitMessage(room, "the file", isFile(event.MsgImage, "plan.png"))
		require.Equal(t, zoe.GhostID(), shown.Sender)
		require.Equal(t, data, content(t, bed.Owner, shown.Event.Content.AsMessage().URL))
	})
	t.Run("48 they are the same after a restart", func(t *testing.T) {
		before := membersOf(t, bed.Owner, room)
		bed.Bridge.MustStop()
		zoe.MustPost(partners, "while you were away")
		bed.Slack.MustPass(20 * time.Minute) // Slack gives up
		bed.Bridge.MustStart()
		require.Equal(t, zoe.GhostID(), once(t, bed.Owner, room, "while you were away").Sender)
		zoe.MustPost(partners, "and now")
		require.Equal(t, zoe.GhostID(), once(t, bed.Owner, room, "and now").Sender)
		require.ElementsMatch(t, before, membersOf(t, bed.Owner, room))
	})
	t.Run("48 the other side leaves with its workspace", func(t *testing.T) {
		zoe.MustInvite(partners, "yan")
		bed.Await("Yan to join", isThere(t, bed, room, yan))
		alice.MustUnshareChannel(partners, otherTeam)
		bed.Await("Zoe to leave", isGone(zoe))
		bed.Await("Yan to leave", isGone(yan))
		require.True(t, isThere(t, bed, room, alice)())
		alice.MustPost(partners, "among ourselves")
		require.Equal(t, alice.GhostID(), once(t, bed.Owner, room, "among ourselves").Sender)
		for _, member := range membersOf(t, bed.Owner, room) {
			require.NotContains(t, member, "t0other001", "bots leave too")
		}
	})
	t.Run("48 a channel becomes shared", func(t *testing.T) {
		alice.MustCreateChannel("plans", testbed.Bot)
		plans := bed.Owner.AwaitRoom("#plans")
		alice.MustShareChannel("plans", otherTeam, "zoe")
		bed.Await("Zoe to join", isThere(t, bed, plans, zoe))
		channel, err := bed.Slack.Control.Channel(t.Context(), "plans")
		require.NoError(t, err)
		zoe.MustPost(channel.ID, "what are the plans?")
		require.Equal(t, zoe.GhostID(), once(t, bed.Owner, plans, "what are the plans?").Sender)
	})
}

// TestSlackConnectOfTwo is a channel that two workspaces share which the bridge is both in: it
// has a room for each.
func TestSlackConnectOfTwo(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Seed: connectedSeed, Stopped: true})
	bed.Bridge.MustSet(map[string]any{"network.logins": append(
		bed.DeclaredLogins(testbed.OwnerID), bed.FurtherLogin(otherTeam, testbed.OwnerID),
	)})
	bed.Bridge.MustStart()
	other := bed.Slack.Neighbour(otherTeam)
	alice, zoe := bed.Slack.Person("alice"), other.Person("zoe")
	here, there := bed.Owner.AwaitRoom("#partners"), bed.Owner.AwaitRoom("#with-acme")
	bed.Slack.AwaitSocket()
	bed.Await("both sockets", func() bool {
		open, err := bed.Slack.Control.Sockets(t.Context())
		return err == nil && len(open) >= 2
	})
	inBoth := func(text string, sender id.UserID) {
		t.Helper()
		for _, room := range []id.RoomID{here, there} {
			require.Equal(t, sender, once(t, bed.Owner, room, text).Sender)
		}
	}
	t.Run("48 a person is one ghost in the rooms of both workspaces", func(t *testing.T) {
		zoe.MustPost(partners, "hello from zoe")
		inBoth("hello from zoe", zoe.GhostID())
		alice.MustPost(partners, "hello from alice")
		inBoth("hello from alice", alice.GhostID())
		for _, room := range []id.RoomID{here, there} {
			for _, member := range membersOf(t, bed.Owner, room) {
				require.NotContains(t, []id.UserID{"@slack_" + "t0bed00001-u0zoe00001:" + testbed.ServerName, "@slack_t0other001-u0alice001:" + testbed.ServerName}, member)
			}
		}
		require.Equal(t, 45, levelsIn(t, bed.Owner, here).GetUserLevel(alice.GhostID()))
		require.Zero(t, levelsIn(t, bed.Owner, there).GetUserLevel(alice.GhostID()))
		require.Equal(t, 45, levelsIn(t, bed.Owner, there).GetUserLevel(zoe.GhostID()))
	})
	t.Run("48 nothing is doubled, whichever room it is said in", func(t *testing.T) {
		bed.Owner.MustSend(here, "said here")
		bed.Owner.MustSend(there, "said there")
		once(t, bed.Owner, there, "said here")
		once(t, bed.Owner, here, "said there")
		alice.MustPost(partners, "the last word")
		inBoth("the last word", alice.GhostID())
		for _, text := range []string{"said here", "said there"} {
			once(t, bed.Owner, here, text)
			once(t, bed.Owner, there, text)
			posts, err := bed.Slack.Control.Messages(t.Context(), partners)
			require.NoError(t, err)
			require.Len(t, slices.DeleteFunc(posts, func(p testbed.Post) bool { return p.Text != text }), 1)
		}
	})
	t.Run("48 the rooms go on apart when the channel is shared no longer", func(t *testing.T) {
		alice.MustUnshareChannel(partners, otherTeam)
		bed.Await("Zoe to leave here", func() bool { return !isThere(t, bed, here, zoe)() })
		kept, err := other.Control.Channel(t.Context(), "with-acme")
		require.NoError(t, err)
		require.NotEqual(t, partners, kept.ID)
		zoe.MustPost(kept.ID, "without you")
		require.Equal(t, zoe.GhostID(), once(t, bed.Owner, there, "without you").Sender)
		bed.Await("Alice to leave there", func() bool { return !isThere(t, bed, there, alice)() })
		bed.Owner.MustSend(there, "still in our room")
		other.AwaitPost(kept.ID, "still in our room")
		alice.MustPost(partners, "without them")
		once(t, bed.Owner, here, "without them")
		for _, message := range bed.Owner.Messages(here) {
			require.NotContains(t, []string{"without you", "still in our room"}, message.Body)
		}
	})
}

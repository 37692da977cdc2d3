package e2e_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// ourPlans is a room that the owner and ann made, and to which they invited the bridge's bot.
func ourPlans(t *testing.T, bed *testbed.Bed, levels map[id.UserID]int) (room id.RoomID, ann *testbed.Person) {
	ann = bed.MustRegister("ann")
	made, err := bed.Owner.Client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{
		Preset: "private_chat", Name: "Our plans", Topic: "what we do next", Invite: []id.UserID{ann.UserID, testbed.BotID}, RoomAliasName: "ours",
		PowerLevelOverride: &event.PowerLevelsEventContent{Users: levels},
	})
	require.NoError(t, err)
	ann.MustJoin(made.RoomID.String())
	return made.RoomID, ann
}

// shownBy is what must not change in a room that people made.
func shownBy(t *testing.T, person *testbed.Person, room id.RoomID) map[string]string {
	t.Helper()
	state, err := person.Client.State(t.Context(), room)
	require.NoError(t, err)
	shown := map[string]string{}
	for _, kind := range []event.Type{
		event.StateRoomName, event.StateTopic, event.StateRoomAvatar, event.StateJoinRules, event.StatePowerLevels,
		event.StateHistoryVisibility, event.StateGuestAccess, event.StateCanonicalAlias,
	} {
		if evt := state[kind][""]; evt != nil {
			content, err := json.Marshal(evt.Content.Raw)
			require.NoError(t, err)
			shown[kind.Type] = string(content)
		}
	}
	return shown
}

// TestPlumbed links a room that people made with a channel and separates them again, by
// command and by configuration, and over restarts.
func TestPlumbed(t *testing.T) {
	crosses := func(bed *testbed.Bed, room id.RoomID, ann *testbed.Person, when string) {
		t.Helper()
		bed.Slack.Person("alice").MustPost("plans", "lunch "+when)
		ann.AwaitText(room, "lunch "+when)
		ann.MustSend(room, "dinner "+when)
		require.Equal(t, "ann", bed.Slack.AwaitPost("plans", "dinner "+when).Username)
	}
	awaitLeft := func(bed *testbed.Bed, room id.RoomID, ann *testbed.Person) {
		t.Helper()
		bed.Await("the bridge's users have left", func() bool {
			there, err := ann.Client.JoinedMembers(t.Context(), room)
			return err == nil && len(there.Joined) == 2
		})
		ann.MustSend(room, "we stay")
	}
	t.Run("52 by command", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			bed := testbed.Start(t, options)
			bed.Slack.AwaitSocket()
			alice := bed.Slack.Person("alice")
			alice.MustCreateChannel("plans")
			room, ann := ourPlans(t, bed, nil)
			bed.Owner.AwaitMember(room, testbed.BotID)
			before := shownBy(t, ann, room)

			bed.Owner.MustSend(room, "!slack plumb #plans")
			bed.Owner.AwaitMessage(room, "the answer", says("#plans is linked with"))
			crosses(bed, room, ann, "today")
			bed.Owner.AwaitMember(room, alice.GhostID())
			alice.MustRename("plans", "projects")
			alice.MustRename("projects", "plans")
			alice.MustSetTopic("plans", "elsewhere")
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			crosses(bed, room, ann, "after a restart")
			require.Equal(t, before, shownBy(t, ann, room))

			bed.Owner.MustSend(bed.Owner.AwaitChat(), "unplumb #plans")
			awaitLeft(bed, room, ann)
			require.Equal(t, before, shownBy(t, ann, room))
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			alice.MustPost("plans", "where is everyone?")
			bed.Owner.AwaitText(bed.Owner.AwaitRoom("#plans"), "where is everyone?")
			awaitLeft(bed, room, ann)
		})
	})
	t.Run("52 by configuration", func(t *testing.T) {
		onBoth(t, func(t *testing.T, database testbed.Database) {
			bed := testbed.Start(t, testbed.Options{Stopped: true, Database: database})
			bed.Slack.Person("alice").MustCreateChannel("plans", testbed.Bot)
			room, ann := ourPlans(t, bed, map[id.UserID]int{testbed.BotID: 50})
			before := shownBy(t, ann, room)
			bed.Bridge.MustSet(map[string]any{"network.channels.rooms": []any{
				map[string]any{"channel": "plans", "room": "#ours:" + testbed.ServerName},
			}})
			bed.Bridge.MustStart()
			bed.Slack.AwaitSocket()
			bed.Owner.AwaitMember(room, bed.Slack.Person("alice").GhostID())
			crosses(bed, room, ann, "today")
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			crosses(bed, room, ann, "after a restart")

			bed.Bridge.MustStop()
			bed.Bridge.MustSet(map[string]any{"network.channels.rooms": []any{}})
			bed.Bridge.MustStart()
			awaitLeft(bed, room, ann)
			require.Equal(t, before, shownBy(t, ann, room))
		})
	})
}

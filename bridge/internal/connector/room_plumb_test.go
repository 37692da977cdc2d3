package connector

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// ours is a room that people made, in which the owner may change the state.
const ours = id.RoomID("!ours:test")

// peopleMade makes ours.
func (w *world) peopleMade(levels map[id.UserID]int) {
	w.Helper()
	w.client.roomsMade.Store(true)
	w.session()
	_, err := w.client.conversations.get(w.Context(), general)
	require.NoError(w, err)
	for _, user := range []id.UserID{owner, "@ann:test"} {
		require.NoError(w, w.home.join(joined{ours, user}))
	}
	w.home.mu.Lock()
	defer w.home.mu.Unlock()
	invite := 0
	w.home.events = append(w.home.events, sent{room: ours, kind: event.StatePowerLevels, key: owner.String(), content: &event.Content{
		Parsed: &event.PowerLevelsEventContent{Users: levels, InvitePtr: &invite},
	}})
}

// command runs a command of a person and returns the answer, or why there is none.
func (w *world) command(person id.UserID, room id.RoomID, words string) string {
	w.Helper()
	user, err := w.bridge.GetUserByMXID(w.Context(), person)
	require.NoError(w, err)
	args := strings.Fields(words)
	asked := plumbCommand{by: user, room: room, args: args[1:]}
	if at := len(asked.args) - 1; at >= 0 && asked.args[at] == moveFlag {
		asked.args, asked.move = asked.args[:at], true
	}
	do := w.slack.plumbRoom
	if args[0] == unplumbName {
		do = w.slack.unplumbRoom
	}
	text, err := do(w.Context(), asked)
	var cannot *cannotPlumbError
	if errors.As(err, &cannot) {
		return cannot.why
	}
	require.NoError(w, err)
	return text
}

// TestPlumbing links a room that people made with a channel, and separates them again.
func TestPlumbing(t *testing.T) {
	t.Run("52 a room is linked and separated by command", func(t *testing.T) {
		w := newWorld(t)
		w.peopleMade(map[id.UserID]int{owner: 50})
		require.Contains(t, w.command(owner, ours, "plumb #General"), "#general is linked with https://matrix.to")
		require.Equal(t, ours, w.room().MXID)
		require.Equal(t, w.client.login.ID, w.room().RelayLoginID)
		ghost := w.home.FormatGhostMXID(w.client.ghostID("U1"))
		require.Eventually(t, func() bool { return len(w.home.members(ours)) == 4 }, 30*time.Second, time.Millisecond)
		require.Contains(t, w.home.members(ours), ghost)
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "lunch?", TS: "1700000600.000002"}))
		require.NoError(t, w.receive(w.write("$m", "@ann:test", "yes")))
		require.Equal(t, []string{"yes"}, w.api.posted(t))
		require.Empty(t, w.state(ours))
		require.Contains(t, w.command(owner, ours, "plumb #general"), "is linked with", "once more changes nothing")

		require.Contains(t, w.command("@second:test", ours, "unplumb"), "you need the power level 50")
		require.Empty(t, w.command(owner, ours, "unplumb"))
		require.Equal(t, []id.UserID{owner, "@ann:test"}, w.home.members(ours))
		require.Contains(t, w.home.bodies()[len(w.home.bodies())-1], "#general is no longer linked with this room.")
		require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "and now?", TS: "1700000601.000002"}))
		require.NotEqual(t, ours, w.room().MXID)
		require.Contains(t, w.command(owner, ours, "unplumb"), "no room is linked")
		require.Contains(t, w.command(owner, w.room().MXID, "unplumb"), "the bridge has made this room itself")
	})
	t.Run("52 a channel that has a room is moved when told so", func(t *testing.T) {
		w := newWorld(t)
		w.peopleMade(map[id.UserID]int{owner: 50})
		old := w.room().MXID
		require.NoError(t, w.home.join(joined{old, "@ann:test"}))
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "before", TS: "1700000600.000002"}))
		require.Contains(t, w.command(owner, ours, "plumb C1"), "#general has a room already, ")
		require.Equal(t, old, w.room().MXID)
		require.Contains(t, w.command(owner, "!chat:test", "plumb C1 !ours:test --move"), "is linked with")
		require.Equal(t, ours, w.room().MXID)
		require.Equal(t, readOnlyLevel, w.home.writeLevel(old))
		require.Contains(t, w.home.members(old), id.UserID("@ann:test"))
		require.NotContains(t, w.home.members(old), w.home.FormatGhostMXID(w.client.ghostID("U1")))
		require.Empty(t, w.rows("1700000600.000002"), "an edit or a reply would be about an event of the other room")
		require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "after", TS: "1700000601.000002"}))
		said := w.home.of(event.EventMessage)
		require.Equal(t, ours, said[len(said)-1].room)
		require.Empty(t, w.state(ours))
	})
}

// TestWhatIsNotPlumbed asks for what may not be linked.
func TestWhatIsNotPlumbed(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50})
	other := w.roomOf("C2")
	for words, want := range map[string]string{
		"plumb":                          "Write `!slack plumb #channel`",
		"plumb #nowhere":                 "Slack shows the bot no channel #nowhere",
		"plumb C1 ours":                  "neither the id of a room",
		"plumb C1 #no:test":              "there is no room #no:test",
		"plumb C1 " + string(other.MXID): "is linked with #general already",
	} {
		require.Contains(t, w.command(owner, ours, words), want, words)
	}
	require.Contains(t, w.command("@second:test", ours, "plumb C1"), "you need the power level 50 in !ours:test")
	w.home.joining = func(joined) error { return refused(403, "M_FORBIDDEN", "not invited") }
	require.Contains(t, w.command(owner, ours, "plumb C1"), "invite @slackbot:test to it")
	portal, err := w.bridge.GetPortalByMXID(t.Context(), ours)
	require.NoError(t, err)
	require.Nil(t, portal)
}

// TestAPlumbedChannelIsDeleted: its room is left to its people.
func TestAPlumbedChannelIsDeleted(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50})
	require.Contains(t, w.command(owner, ours, "plumb C1"), "is linked with")
	require.NoError(t, w.hearEvent("E1", "channel_deleted", &slackevent.ChannelDeleted{Type: "channel_deleted", Channel: general, EventTS: "1700000601.000001"}))
	require.Contains(t, w.home.bodies(), "This channel was deleted in Slack: messages no longer cross.")
	require.Equal(t, []id.UserID{owner, "@ann:test"}, w.home.members(ours))
	require.Empty(t, w.state(ours))
}

// TestDeclaredRooms has the configuration link a room, when the people in it have agreed,
// and no longer.
func TestDeclaredRooms(t *testing.T) {
	t.Run("52 a room is linked and separated by the configuration", func(t *testing.T) {
		w := newWorld(t)
		bot := w.bridge.Bot.GetMXID()
		w.peopleMade(map[id.UserID]int{owner: 50})
		rooms := &w.slack.options.Network.Channels.Rooms
		*rooms = []settings.ChannelRoom{{Channel: "#general", Room: "#ours:test"}}
		w.home.aliases = map[id.RoomAlias]id.RoomID{"#ours:test": ours}
		told := map[int]string{}
		require.Equal(t, 1, w.client.linkDeclared(t.Context(), told))
		require.Contains(t, told[0], "@slackbot:test needs the power level 50: with it the people in the room agree")
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "too early", TS: "1700000600.000002"}))
		require.NotContains(t, w.home.bodies(), "too early", "the channel gets no other room")

		w.peopleMade(map[id.UserID]int{owner: 50, bot: 50})
		require.Zero(t, w.client.linkDeclared(t.Context(), told))
		require.Zero(t, w.client.linkDeclared(t.Context(), told))
		require.Zero(t, w.client.unlinkUndeclared(t.Context(), map[id.RoomID]bool{}))
		require.Equal(t, ours, w.room().MXID)
		require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "in time", TS: "1700000601.000002"}))
		require.Contains(t, w.home.bodies(), "in time")
		require.Contains(t, w.command(owner, ours, "unplumb"), "network.channels.rooms in the bridge's configuration links them")

		require.NoError(t, w.hearEvent("E3", "channel_rename", &slackevent.ChannelRename{
			Type: "channel_rename", Channel: slackevent.Conversation{ID: general, Name: "projects"}, EventTS: "1700000602.000001",
		}))
		require.Zero(t, w.client.linkDeclared(t.Context(), told), "a channel with another name is the same")
		require.Zero(t, w.client.unlinkUndeclared(t.Context(), map[id.RoomID]bool{}))
		require.Equal(t, ours, w.room().MXID)

		*rooms = nil
		require.Zero(t, w.client.unlinkUndeclared(t.Context(), map[id.RoomID]bool{}))
		require.NotContains(t, w.home.members(ours), bot)
		require.Subset(t, w.home.members(ours), []id.UserID{owner, "@ann:test"})
		require.Empty(t, w.state(ours))
	})
}

// TestALargeChannelIsLinked has more members than one call lists. They come each time.
func TestALargeChannelIsLinked(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50})
	w.api.hasMembers(crowd(membersRead + 20))
	for range 2 {
		require.Contains(t, w.command(owner, ours, "plumb #general"), "is linked with")
		require.Eventually(t, func() bool { return len(w.ghosts(ours)) == membersRead+20 }, 3*time.Minute, 10*time.Millisecond)
		w.settled()
		require.Empty(t, w.command(owner, ours, "unplumb"))
		require.Empty(t, w.ghosts(ours))
	}
}

// TestADeclaredChannelGetsAnotherID: its entry counts for it as before.
func TestADeclaredChannelGetsAnotherID(t *testing.T) {
	w := newWorld(t)
	w.slack.options.Network.Channels.Rooms = []settings.ChannelRoom{{Channel: general, Room: string(ours)}}
	w.slack.moves.put(slackdb.Moved{Team: teamID, Old: general, New: "C9", Done: true})
	require.True(t, w.client.waitsForRoom(slackevent.Conversation{ID: "C9", Name: "general"}))
	require.False(t, w.client.waitsForRoom(slackevent.Conversation{ID: "C8", Name: "general"}))
}

// TestTheBotStaysWhereItWasInvited: when it cannot enter the channel yet, the room is linked with a
// later try.
func TestTheBotStaysWhereItWasInvited(t *testing.T) {
	for _, code := range []string{"internal_error", "missing_scope"} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			w.channel(answer{}, func(c call) answer {
				if c.method == "conversations.join" {
					return answer{"ok": false, "error": code}
				}
				return nil
			})
			w.peopleMade(map[id.UserID]int{owner: 50})
			user, err := w.bridge.GetUserByMXID(t.Context(), owner)
			require.NoError(t, err)
			_, err = w.slack.plumbRoom(t.Context(), plumbCommand{by: user, room: ours, args: []string{general}})
			require.Error(t, err)
			portal, err := w.bridge.GetPortalByMXID(t.Context(), ours)
			require.NoError(t, err)
			require.Nil(t, portal)
			require.Contains(t, w.home.members(ours), w.bridge.Bot.GetMXID())
		})
	}
}

// TestAMoveNeedsPowerInBothRooms: a plumbed room does not lose its channel to another one unless its
// people let it.
func TestAMoveNeedsPowerInBothRooms(t *testing.T) {
	t.Run("power", func(t *testing.T) {
		w := newWorld(t)
		w.peopleMade(map[id.UserID]int{owner: 50})
		require.Contains(t, w.command(owner, ours, "plumb C1"), "is linked with")
		w.peopleMade(map[id.UserID]int{})
		require.Contains(t, w.command(owner, ours, "unplumb"), "you need the power level 50")
		require.Contains(t, w.command(owner, "!elsewhere:test", "plumb C1 !elsewhere:test --move"), "you need the power level 50 in !ours:test")
		require.Equal(t, ours, w.room().MXID)
	})
	t.Run("declared", func(t *testing.T) {
		w := newWorld(t)
		w.peopleMade(map[id.UserID]int{owner: 50, w.bridge.Bot.GetMXID(): 50})
		w.slack.options.Network.Channels.Rooms = []settings.ChannelRoom{{Channel: "#general", Room: string(ours)}}
		require.Zero(t, w.client.linkDeclared(t.Context(), map[int]string{}))
		require.Contains(t, w.command(owner, "!elsewhere:test", "plumb C1 !elsewhere:test --move"), "network.channels.rooms")
		require.Equal(t, ours, w.room().MXID)
	})
}

// TestPowerThatIsNotKnown: while the homeserver does not say who may unlink a room, it stays linked.
func TestPowerThatIsNotKnown(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50})
	require.Contains(t, w.command(owner, ours, "plumb C1"), "is linked with")
	user, err := w.bridge.GetUserByMXID(t.Context(), "@second:test")
	require.NoError(t, err)
	w.home.levelsFail = refused(502, "M_UNKNOWN", "bad gateway")
	_, err = w.slack.unplumbRoom(t.Context(), plumbCommand{by: user, room: ours})
	require.Error(t, err)
	require.Equal(t, ours, w.room().MXID)
}

// TestAMoveThatFailsHalfWay: people can write in the room that keeps the channel.
func TestAMoveThatFailsHalfWay(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50})
	old := w.room().MXID
	w.home.refuse = func(s sent) error {
		if s.kind.Type == event.StateSpaceChild.Type {
			return refused(502, "M_UNKNOWN", "bad gateway")
		}
		return nil
	}
	user, err := w.bridge.GetUserByMXID(t.Context(), owner)
	require.NoError(t, err)
	_, err = w.slack.plumbRoom(t.Context(), plumbCommand{by: user, room: ours, args: []string{general}, move: true})
	require.Error(t, err)
	require.Equal(t, old, w.room().MXID)
	require.Zero(t, w.home.writeLevel(old))
}

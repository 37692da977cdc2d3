package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestARoomThatIsUpgraded: the channel goes on in the room that replaces its own, and everyone
// of it is there.
func TestARoomThatIsUpgraded(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Invite = []id.UserID{"@ann:test"} })
	w.client.roomsMade.Store(true)
	w.session()
	portal := w.room()
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "before", TS: "1700000600.000001"}))
	old, replacement := portal.MXID, id.RoomID("!replacement:test")
	w.slack.noteShown(portal, func(meta *PortalMetadata) { meta.Pinned = []string{"1700000600.000001"} })
	require.NoError(t, w.home.join(joined{replacement, owner}))
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": replacement})
	upgraded.Sender = owner
	w.home.joining = func(joined) error { return refused(403, "M_FORBIDDEN", "not invited") }
	_, later := inbox.LaterFrom(w.receive(upgraded))
	require.True(t, later, "clients invite the bot after the upgrade")
	require.Equal(t, old, portal.MXID)
	w.home.joining = nil
	require.NoError(t, w.receive(upgraded))
	require.Equal(t, replacement, portal.MXID)

	require.NoError(t, w.hear("E2", slackevent.Message{User: "U2", Text: "after", TS: "1700000600.000002"}))
	said := w.home.of(event.EventMessage)
	require.Equal(t, replacement, said[len(said)-1].room)
	w.settled()
	require.Contains(t, w.ghosts(replacement), "t1-u1", "also those who have not spoken")
	meta := portal.Metadata.(*PortalMetadata)
	require.Equal(t, []id.UserID{"@ann:test"}, meta.Invited)
	require.Empty(t, meta.Pinned, "what is not pinned in the new room was not taken away")

	answer := w.write("$answer", "@ann:test", "and in Matrix")
	require.Equal(t, replacement, answer.RoomID)
	require.NoError(t, w.receive(answer))
	require.Equal(t, []string{"and in Matrix"}, w.api.posted(t))
	stale := w.write("$stale", "@ann:test", "in the old one")
	stale.RoomID = old
	require.NoError(t, w.receive(stale))
	require.Equal(t, []string{"and in Matrix"}, w.api.posted(t))
}

// TestAnUpgradeWithoutPower: who has no power in the room that replaces a channel's does not
// take the channel there.
func TestAnUpgradeWithoutPower(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	old := portal.MXID
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": "!mine:test"})
	upgraded.Sender = "@mallory:test"
	w.home.mu.Lock()
	invite := 50
	w.home.events = append(w.home.events, sent{room: "!mine:test", kind: event.StatePowerLevels, content: &event.Content{
		Parsed: &event.PowerLevelsEventContent{InvitePtr: &invite},
	}})
	w.home.mu.Unlock()
	require.NoError(t, w.receive(upgraded))
	require.Equal(t, old, portal.MXID)
}

// TestADeclaredRoomIsUpgraded: the entry still names the room that was replaced, and the channel stays
// in the new one.
func TestADeclaredRoomIsUpgraded(t *testing.T) {
	w := newWorld(t)
	bot := w.bridge.Bot.GetMXID()
	w.peopleMade(map[id.UserID]int{owner: 50, bot: 50})
	rooms := &w.slack.options.Network.Channels.Rooms
	*rooms = []settings.ChannelRoom{{Channel: "#general", Room: string(ours)}}
	told := map[int]string{}
	require.Zero(t, w.client.linkDeclared(t.Context(), told))
	replacement := id.RoomID("!replacement:test")
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": replacement})
	upgraded.Sender = owner
	require.NoError(t, w.receive(upgraded))
	require.Equal(t, replacement, w.room().MXID)
	require.Zero(t, w.client.linkDeclared(t.Context(), told), told)
	require.Zero(t, w.client.unlinkUndeclared(t.Context(), map[id.RoomID]bool{}))
	require.Equal(t, replacement, w.room().MXID)
}

// TestAnUpgradeToTheRoomOfOthers: that everyone may invite there is not enough.
func TestAnUpgradeToTheRoomOfOthers(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	old := portal.MXID
	w.home.mu.Lock()
	invite := 0
	w.home.events = append(w.home.events, sent{room: "!others:test", kind: event.StatePowerLevels, content: &event.Content{
		Parsed: &event.PowerLevelsEventContent{InvitePtr: &invite, Users: map[id.UserID]int{"@ben:test": 100}},
	}})
	w.home.mu.Unlock()
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": "!others:test"})
	upgraded.Sender = "@mallory:test"
	require.NoError(t, w.receive(upgraded))
	require.Equal(t, old, portal.MXID)
	require.Contains(t, w.told()[0], "@mallory:test may not change the state of that room. If it is to go on there, invite @slackbot:test, and")
}

// TestAnUpgradeWithoutALogin: nothing asks then who did it, and the room says what helps.
func TestAnUpgradeWithoutALogin(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	old := portal.MXID
	portal.Relay = nil
	w.home.mu.Lock()
	invite := 0
	w.home.events = append(w.home.events, sent{room: "!others:test", kind: event.StatePowerLevels, content: &event.Content{
		Parsed: &event.PowerLevelsEventContent{InvitePtr: &invite},
	}})
	w.home.mu.Unlock()
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": "!others:test"})
	upgraded.Sender = "@mallory:test"
	require.NoError(t, w.receive(upgraded))
	require.Equal(t, old, portal.MXID)
	require.Contains(t, w.told()[0], "The bridge is not logged in to the workspace now, so the channel does not go on in the room that replaces this one. If it is to go on there, invite @slackbot:test, and")
}

// TestAnUpgradeThatFailsHalfWay is followed by a later try, and leaves nothing behind.
func TestAnUpgradeThatFailsHalfWay(t *testing.T) {
	w := newWorld(t)
	w.session()
	portal := w.room()
	old, replacement := portal.MXID, id.RoomID("!replacement:test")
	require.NoError(t, w.home.join(joined{replacement, owner}))
	fails := true
	w.home.refuse = func(s sent) error {
		if fails && s.kind.Type == event.StateSpaceChild.Type && s.key == old.String() {
			fails = false
			return refused(502, "M_UNKNOWN", "bad gateway")
		}
		return nil
	}
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": replacement})
	upgraded.Sender = owner
	require.Error(t, w.receive(upgraded))
	require.NoError(t, w.receive(upgraded))
	require.False(t, fails)
	require.Equal(t, replacement, portal.MXID)
	var out bool
	for _, s := range w.home.of(event.StateSpaceChild) {
		out = out || s.key == old.String() && len(s.content.AsSpaceChild().Via) == 0
	}
	require.True(t, out)
	require.Empty(t, w.home.members(old))
}

// TestARoomThatEnds without one that replaces it stays with its channel, no matter who ended it, and also
// while no login speaks there. Only a command or the configuration separates a room of people's.
func TestARoomThatEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		begin func(*world)
		told  string
	}{
		"the bridge's own": {begin: func(w *world) { w.room() }},
		"without a login": {begin: func(w *world) {
			w.room().Relay = nil
		}},
		"linked by command": {
			begin: func(w *world) {
				w.peopleMade(map[id.UserID]int{owner: 50, ann: 100})
				require.Contains(w, w.command(owner, ours, "plumb C1"), "is linked with")
				w.settled()
			},
			told: "have a moderator of this room who is an admin of the bridge write `!slack unplumb` in it",
		},
		"linked by the configuration": {
			begin: func(w *world) {
				w.peopleMade(map[id.UserID]int{ann: 100, w.bridge.Bot.GetMXID(): 50})
				w.slack.options.Network.Channels.Rooms = []settings.ChannelRoom{{Channel: "#general", Room: string(ours)}}
				require.Zero(w, w.client.linkDeclared(w.Context(), map[int]string{}))
				w.settled()
			},
			told: "network.channels.rooms in the bridge's configuration links them",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.begin(w)
			room := w.room().MXID
			members := w.home.members(room)
			require.NoError(t, w.receive(w.stated("$ended", event.StateTombstone, time.Now(), map[string]any{"body": "closed"})))
			require.Equal(t, room, w.room().MXID)
			require.Equal(t, members, w.home.members(room))
			if tc.told == "" {
				require.Empty(t, w.told())
			} else {
				require.Len(t, w.told(), 1)
				require.Contains(t, w.told()[0], tc.told)
			}
			require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "after", TS: "1700000600.000001"}))
			said := w.home.of(event.EventMessage)
			require.Equal(t, room, said[len(said)-1].room)
		})
	}
}

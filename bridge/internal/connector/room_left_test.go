package connector

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestARoomIsLeftInTheEnd: the homeserver does not let the bridge's users leave a room at first,
// or the bridge ends before they have. They leave it afterwards.
func TestARoomIsLeftInTheEnd(t *testing.T) {
	for name, loses := range map[string]func(*world) id.RoomID{
		"upgraded": func(w *world) id.RoomID {
			old, replacement := w.room().MXID, id.RoomID("!replacement:test")
			require.NoError(w, w.home.join(joined{replacement, owner}))
			upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": replacement})
			upgraded.Sender = owner
			require.NoError(w, w.receive(upgraded))
			return old
		},
		"whose channel was moved": func(w *world) id.RoomID {
			old := w.room().MXID
			require.Contains(w, w.command(owner, ours, "plumb C1 --move"), "is linked with")
			return old
		},
		"unlinked": func(w *world) id.RoomID {
			require.Contains(w, w.command(owner, ours, "plumb C1"), "is linked with")
			require.NoError(w, w.hear("E0", slackevent.Message{User: "U1", Text: "hello", TS: "1700000600.000001"}))
			require.Empty(w, w.command(owner, ours, "unplumb"))
			return ours
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.peopleMade(map[id.UserID]int{owner: 50})
			var tries atomic.Int32
			w.home.leaving = func(id.RoomID) error {
				if tries.Add(1) < 3 {
					return refused(502, "M_UNKNOWN", "bad gateway")
				}
				return nil
			}
			room := loses(w)
			w.slack.inbox.Hurry(sourceOf(w.client.login.ID))
			require.Eventually(t, func() bool {
				w.slack.inbox.Hurry(sourceOf(w.client.login.ID))
				return len(w.ghosts(room)) == 0 && tries.Load() >= 3
			}, 30*time.Second, 10*time.Millisecond)
			require.NotContains(t, w.home.members(room), w.bridge.Bot.GetMXID())
		})
	}
	t.Run("that keeps its channel after all", func(t *testing.T) {
		w := newWorld(t)
		w.session()
		room := w.room().MXID
		require.NoError(t, w.hear("E0", slackevent.Message{User: "U1", Text: "hello", TS: "1700000600.000001"}))
		require.NoError(t, w.client.putLeave(t.Context(), room))
		w.settled()
		require.NotEmpty(t, w.ghosts(room))
	})
}

// TestAnUnlinkingThatFailsIsTriedAgain: a room that the configuration no longer links is told so
// once, and unlinked when that can be noted.
func TestAnUnlinkingThatFailsIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50, w.bridge.Bot.GetMXID(): 50})
	rooms := &w.slack.options.Network.Channels.Rooms
	*rooms = []settings.ChannelRoom{{Channel: "#general", Room: string(ours)}}
	require.Zero(t, w.client.linkDeclared(t.Context(), map[int]string{}))
	*rooms = nil
	exec := func(query string) {
		_, err := w.bridge.DB.Exec(t.Context(), query)
		require.NoError(t, err)
	}
	exec("CREATE TRIGGER away BEFORE DELETE ON portal BEGIN SELECT RAISE(ABORT, 'database is locked'); END")
	told := map[id.RoomID]bool{}
	require.Equal(t, 1, w.client.unlinkUndeclared(t.Context(), told))
	require.Equal(t, 1, w.client.unlinkUndeclared(t.Context(), told))
	exec("DROP TRIGGER away")
	require.Zero(t, w.client.unlinkUndeclared(t.Context(), told))
	require.NotContains(t, w.home.members(ours), w.bridge.Bot.GetMXID())
	var said int
	for _, body := range w.home.bodies() {
		if body == "#general is no longer linked with this room." {
			said++
		}
	}
	require.Equal(t, 1, said)
}

// TestReactorsOfARoomThatIsLeft are forgotten: who reacts in the channel's next room is not counted
// with them.
func TestReactorsOfARoomThatIsLeft(t *testing.T) {
	const ts = "1700000600.000001"
	for name, loses := range map[string]func(*world){
		"moved": func(w *world) {
			require.Contains(w, w.command(owner, "!elsewhere:test", "plumb C1 !elsewhere:test --move"), "is linked with")
		},
		"unlinked": func(w *world) { require.Empty(w, w.command(owner, ours, "unplumb")) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.peopleMade(map[id.UserID]int{owner: 50})
			w.home.mu.Lock()
			invite := 0
			w.home.events = append(w.home.events, sent{room: "!elsewhere:test", kind: event.StatePowerLevels, content: &event.Content{
				Parsed: &event.PowerLevelsEventContent{Users: map[id.UserID]int{owner: 50}, InvitePtr: &invite},
			}})
			w.home.mu.Unlock()
			require.NoError(t, w.home.join(joined{"!elsewhere:test", owner}))
			require.Contains(t, w.command(owner, ours, "plumb C1"), "is linked with")
			require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hello", TS: ts}))
			row := w.rows(ts)[0]
			require.NoError(t, w.receive(w.react("$r", "@ann:test", row.MXID, "🎉")))
			elsewhere := slackdb.Reactor{EventID: "$r2", Message: "T1-C2-" + ts, Emoji: "tada", Sender: "@ann:test"}
			require.NoError(t, w.slack.db.AddReactor(t.Context(), elsewhere))
			reactors, err := w.slack.db.Reactors(t.Context(), "", row.ID)
			require.NoError(t, err)
			require.Len(t, reactors, 1)
			loses(w)
			reactors, err = w.slack.db.Reactors(t.Context(), "", row.ID)
			require.NoError(t, err)
			require.Empty(t, reactors)
			reactors, err = w.slack.db.Reactors(t.Context(), "", elsewhere.Message)
			require.NoError(t, err)
			require.Len(t, reactors, 1, "those of another channel are not its business")
		})
	}
}

// TestDeletingThePortalOfAPlumbedRoomNeedsPower as unlinking it does.
func TestDeletingThePortalOfAPlumbedRoomNeedsPower(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50})
	require.Contains(t, w.command(owner, ours, "plumb C1"), "is linked with")
	w.bridge.Commands = commands.NewProcessor(w.bridge)
	w.slack.addCommands()
	deletes := func(person id.UserID) {
		t.Helper()
		user, err := w.bridge.GetUserByMXID(t.Context(), person)
		require.NoError(t, err)
		user.Permissions = bridgeconfig.PermissionLevelAdmin
		w.bridge.Commands.Handle(t.Context(), ours, "$e", user, "delete-portal", "")
	}
	linked := func() *bridgev2.Portal {
		portal, err := w.bridge.GetPortalByMXID(t.Context(), ours)
		require.NoError(t, err)
		return portal
	}
	deletes("@second:test")
	require.NotNil(t, linked())
	bodies := w.home.bodies()
	require.Contains(t, bodies[len(bodies)-1], "you need the power level 50 in !ours:test")
	deletes(owner)
	require.Nil(t, linked())
}

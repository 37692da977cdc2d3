package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// userLevel is the power level of a Slack person's ghost in a room.
func (w *world) userLevel(room id.RoomID, user string) int {
	w.home.mu.Lock()
	defer w.home.mu.Unlock()
	return w.home.levels(room).GetUserLevel(w.home.FormatGhostMXID(w.client.ghostID(user)))
}

// people makes Slack say what these people are. They are the members of #general, with the
// bot.
func (w *world) people(roles map[string]answer, members ...string) {
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "conversations.members":
			return answer{"members": append([]string{botID}, members...)}
		case "users.info":
			id := c.form.Get("user")
			user := answer{"id": id, "team_id": teamID, "name": id, "real_name": id}
			for key, value := range roles[id] {
				user[key] = value
			}
			return answer{"user": user}
		}
		return nil
	})
}

// becomes delivers the event that a person has another role.
func (w *world) becomes(user slackevent.User, at int) {
	w.Helper()
	user.TeamID, user.Name, user.RealName, user.Updated = teamID, user.ID, user.ID, time.Unix(int64(1_700_000_000+at), 0)
	require.NoError(w, w.hearEvent(fmt.Sprint("role", at), "user_change", &slackevent.UserChange{Type: "user_change", User: user}))
}

// TestRoles gives the owners and administrators of a workspace power in its rooms.
func TestRoles(t *testing.T) {
	t.Run("31 roles of the first members", func(t *testing.T) {
		w := newWorld(t)
		w.people(map[string]answer{
			"U1": {"is_owner": true, "is_admin": true}, "U2": {"is_admin": true}, "U3": {"is_restricted": true},
			"U4": {"is_admin": true, "team_id": "T2"},
		}, "U1", "U2", "U3", "U4")
		var levels *event.PowerLevelsEventContent
		w.home.creating = func(req *mautrix.ReqCreateRoom) error { levels = req.PowerLevelOverride; return nil }
		w.room()
		given := map[string]int{}
		for _, user := range []string{"U1", "U2", "U3", "U4"} {
			given[user] = levels.GetUserLevel(w.home.FormatGhostMXID(w.client.ghostID(user)))
		}
		require.Equal(t, map[string]int{"U1": workspaceOwnerLevel, "U2": adminLevel, "U3": 0, "U4": 0}, given)
	})
	t.Run("31 roles of those who join, and roles that change", func(t *testing.T) {
		w := newWorld(t)
		w.people(map[string]answer{"U2": {"is_admin": true}}, "U1")
		room := w.room().MXID
		require.NoError(t, w.hearEvent("E1", "member_joined_channel", &slackevent.Membership{
			Type: "member_joined_channel", User: "U2", Channel: general, ChannelType: "C", EventTS: "1700000601.000001",
		}))
		require.Equal(t, adminLevel, w.userLevel(room, "U2"))
		w.becomes(slackevent.User{ID: "U2", IsAdmin: true, IsOwner: true}, 1)
		require.Equal(t, workspaceOwnerLevel, w.userLevel(room, "U2"))
		changes := len(w.home.of(event.StatePowerLevels))
		w.becomes(slackevent.User{ID: "U2", IsAdmin: true, IsOwner: true, Color: "ff0000"}, 2)
		require.Len(t, w.home.of(event.StatePowerLevels), changes, "a change of something else")
		w.becomes(slackevent.User{ID: "U2"}, 3)
		require.Zero(t, w.userLevel(room, "U2"))

		require.NoError(t, w.client.raise(t.Context(), w.room(), w.home.FormatGhostMXID("t1-u2"), func(*event.PowerLevelsEventContent) int { return 70 }))
		w.becomes(slackevent.User{ID: "U2", IsAdmin: true}, 4)
		require.Equal(t, 70, w.userLevel(room, "U2"), "a level of another origin stays")
	})
	t.Run("31 roles of those who join later", func(t *testing.T) {
		w := newWorld(t)
		w.people(map[string]answer{"U7": {"is_admin": true}}, "U1", "U2", "U3", "U4", "U5", "U6", "U7")
		w.session()
		w.client.roomsMade.Store(true)
		room := w.room().MXID
		require.Eventually(t, func() bool { return w.userLevel(room, "U7") == adminLevel }, 30*time.Second, 5*time.Millisecond)
	})
	t.Run("31 roles of those who come into a large channel's room by what they do there", func(t *testing.T) {
		w := newWorld(t, func(network *settings.Network) { network.RoomMembers = membersFirst })
		admins := map[string]answer{"U6": {"is_admin": true}, "U7": {"is_owner": true}, "U9": {"is_admin": true, "team_id": "T2"}}
		w.people(admins, "U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8", "U9")
		w.session()
		w.client.roomsMade.Store(true)
		room := w.room().MXID
		w.settled()
		require.Len(t, w.ghosts(room), membersFirst)
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U6", Text: "hello", TS: "1700000600.000001"}))
		require.Equal(t, adminLevel, w.userLevel(room, "U6"))
		require.NoError(t, w.hearEvent("E2", "reaction_added", &slackevent.Reaction{
			Type: "reaction_added", User: "U7", Reaction: "eyes", EventTS: "1700000601.000001",
			Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: "1700000600.000001"},
		}))
		require.Equal(t, workspaceOwnerLevel, w.userLevel(room, "U7"))
		changes := len(w.home.of(event.StatePowerLevels))
		for _, user := range []string{"U8", "U9"} {
			require.NoError(t, w.hear("E3"+user, slackevent.Message{User: user, Text: "me too", TS: "1700000602.00000" + user[1:]}))
			require.Zero(t, w.userLevel(room, user))
		}
		require.Len(t, w.home.of(event.StatePowerLevels), changes)

		ghost := w.home.FormatGhostMXID("t1-u6")
		require.NoError(t, w.client.changeLevels(t.Context(), w.room(), "take power", func(levels *event.PowerLevelsEventContent) bool {
			levels.SetUserLevel(ghost, 0)
			return true
		}))
		require.NoError(t, w.hear("E4", slackevent.Message{User: "U6", Text: "again", TS: "1700000603.000001"}))
		require.Zero(t, w.userLevel(room, "U6"), "what people in Matrix decided stays")
	})
	t.Run("31 the role of one by whose message the room is made", func(t *testing.T) {
		w := newWorld(t)
		known := []string{"U1", "U2", "U3", "U4", "U5", "U6"}
		w.people(map[string]answer{"U7": {"is_admin": true}}, append(known, "U7")...)
		for _, user := range known {
			_, err := w.client.users.person(t.Context(), user)
			require.NoError(t, err)
		}
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U7", Text: "hello", TS: "1700000600.000001"}))
		require.Equal(t, adminLevel, w.userLevel(w.room().MXID, "U7"))
	})
	t.Run("31 the role of one of whom Slack has said nothing yet", func(t *testing.T) {
		w := newWorld(t)
		w.people(map[string]answer{"U2": {"is_admin": true}}, "U1")
		room := w.room().MXID
		require.NoError(t, w.hearEvent("E1", "member_joined_channel", &slackevent.Membership{
			Type: "member_joined_channel", User: "U2", Team: teamID, Channel: general, ChannelType: "C", EventTS: "1700000601.000001",
		}))
		require.Equal(t, adminLevel, w.userLevel(room, "U2"))
	})
	t.Run("31 roles of those who joined while the bridge was away", func(t *testing.T) {
		w := newWorld(t)
		admins := map[string]answer{"U2": {"is_admin": true}}
		w.people(admins, "U1")
		room := w.room().MXID
		w.people(admins, "U1", "U2")
		w.compareMembers()
		require.Contains(t, w.ghosts(room), "t1-u2")
		require.Equal(t, adminLevel, w.userLevel(room, "U2"))
	})
	t.Run("31 a plumbed room has its own levels", func(t *testing.T) {
		w := newWorld(t)
		w.people(map[string]answer{"U1": {"is_admin": true}, "U2": {"is_admin": true}}, "U1")
		w.plumb()
		require.NoError(t, w.hear("E0", slackevent.Message{User: "U1", Text: "hello", TS: "1700000600.000001"}))
		require.NoError(t, w.hearEvent("E1", "member_joined_channel", &slackevent.Membership{
			Type: "member_joined_channel", User: "U2", Channel: general, ChannelType: "C", EventTS: "1700000601.000001",
		}))
		w.becomes(slackevent.User{ID: "U1", IsOwner: true}, 1)
		w.people(nil, "U1")
		w.restricted(true, "1700000602.000001")
		require.Empty(t, w.home.of(event.StatePowerLevels))
	})
}

// restricted delivers the event that posting to #general is restricted, or not any more.
func (w *world) restricted(restricted bool, ts string) {
	w.Helper()
	w.channel(answer{"is_member": true, "is_read_only": restricted})
	require.NoError(w, w.hear("P"+ts, slackevent.Message{
		Subtype: slackevent.SubtypeChannelPostingPermissions, User: "U1", Text: "changed who can post", TS: ts,
	}))
}

// TestPostingPermissions restricts who may post to a channel: its room follows.
func TestPostingPermissions(t *testing.T) {
	t.Run("30 who may post", func(t *testing.T) {
		w := newWorld(t)
		room := w.room().MXID
		w.restricted(true, "1700000601.000001")
		require.Equal(t, restrictedLevel, w.home.writeLevel(room))
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U2", Text: "I may", TS: "1700000601.000002"}))
		require.Equal(t, []string{"changed who can post", "I may"}, w.home.bodies(), "a ghost says what Slack lets it say")
		require.NoError(t, w.receive(w.write("$m", owner, "so may I")))
		require.Equal(t, []string{"so may I"}, w.api.posted(t))
		w.restricted(false, "1700000603.000001")
		require.Zero(t, w.home.writeLevel(room))
	})
	t.Run("30 who may post in a channel that is archived meanwhile", func(t *testing.T) {
		w := newWorld(t)
		room := w.room().MXID
		w.channel(answer{"is_archived": true})
		w.archive("channel_archive", "1700000601.000001")
		w.restricted(true, "1700000602.000001")
		require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
		w.channel(answer{"is_member": true, "is_read_only": true})
		w.archive("channel_unarchive", "1700000603.000001")
		require.Equal(t, restrictedLevel, w.home.writeLevel(room))
		w.channel(answer{"is_archived": true, "is_read_only": true})
		w.archive("channel_archive", "1700000604.000001")
		w.restricted(false, "1700000605.000001")
		w.archive("channel_unarchive", "1700000606.000001")
		require.Zero(t, w.home.writeLevel(room))
	})
	t.Run("30 who may post when the room is made", func(t *testing.T) {
		w := newWorld(t)
		w.channel(answer{"is_member": true, "is_read_only": true})
		require.Equal(t, restrictedLevel, w.home.writeLevel(w.room().MXID))
		w.client.conversations.change(general, func(conversation *slackevent.Conversation) { conversation.IsReadOnly = false })
		conversation, err := w.client.conversations.get(t.Context(), general)
		require.NoError(t, err)
		require.NoError(t, w.client.resync(t.Context(), nil, conversation))
		require.Equal(t, restrictedLevel, w.home.writeLevel(w.room().MXID), "a list does not say that it is over")
	})
}

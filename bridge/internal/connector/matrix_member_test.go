package connector

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

const aliceGhost = id.UserID("@slack_t1-u0alice:test")

// change has a person change what a ghost is in #general.
func (w *world) change(as id.EventID, by id.UserID, ghost id.UserID, before, after event.Membership) error {
	w.Helper()
	evt := w.event(as, by, event.StateMember, map[string]any{"membership": after})
	key := ghost.String()
	evt.StateKey = &key
	if before != "" {
		raw, err := json.Marshal(map[string]any{"membership": before})
		require.NoError(w, err)
		evt.Unsigned.PrevContent = &event.Content{VeryRaw: raw}
	}
	if after != event.MembershipInvite {
		w.home.leave(joined{evt.RoomID, ghost})
	}
	return w.receive(evt)
}

// TestAnInvitedGhostIsInvitedInSlack and joins; Slack's own event about it changes nothing.
func TestAnInvitedGhostIsInvitedInSlack(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	room := w.room().MXID
	w.home.leave(joined{room, aliceGhost})
	require.NoError(t, w.change("$1", "@ann:test", aliceGhost, "leave", "invite"))
	require.Equal(t, "U0ALICE", w.api.of("conversations.invite")[0].Get("users"))
	require.Contains(t, w.home.members(room), aliceGhost)

	changes := func() (count int) {
		for _, s := range w.home.of(event.StateMember) {
			if s.key == aliceGhost.String() {
				count++
			}
		}
		return count
	}
	before := changes()
	require.NoError(t, w.hearEvent("Ev1", "member_joined_channel", &slackevent.Membership{
		Type: "member_joined_channel", User: "U0ALICE", Inviter: botID, Channel: general, ChannelType: "C",
	}))
	require.Equal(t, before, changes())
	require.NoError(t, w.change("$1", "@ann:test", aliceGhost, "leave", "invite"))
	require.Len(t, w.api.of("conversations.invite"), 1, "the same event again")
}

// TestARemovedGhostIsRemovedInSlack by a kick or a ban, and not by the end of a ban.
func TestARemovedGhostIsRemovedInSlack(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.room()
	require.NoError(t, w.change("$1", "@ann:test", aliceGhost, "join", "leave"))
	require.Equal(t, "U0ALICE", w.api.of("conversations.kick")[0].Get("user"))
	require.NoError(t, w.change("$2", "@ann:test", aliceGhost, "join", "ban"))
	require.Len(t, w.api.of("conversations.kick"), 2)
	require.NoError(t, w.change("$3", "@ann:test", aliceGhost, "ban", "leave"))
	require.NoError(t, w.change("$4", "@slackbot:test", aliceGhost, "join", "leave"), "the bridge's own")
	require.NoError(t, w.change("$5", "@ann:test", "@ben:test", "join", "leave"), "a person in Matrix")
	require.Len(t, w.api.of("conversations.kick"), 2)
	require.Empty(t, w.home.bodies())
}

// TestARefusedChangeOfMembers is undone, and the room is told why.
func TestARefusedChangeOfMembers(t *testing.T) {
	for name, tc := range map[string]struct {
		before, after event.Membership
		by            id.UserID
		ghost         id.UserID
		code          string
		told          string
		stays         bool
	}{
		"an invitation":         {"leave", "invite", "@ann:test", aliceGhost, "cant_invite", "Alice Adams was not invited to the channel in Slack", false},
		"a guest":               {"leave", "invite", "@ann:test", aliceGhost, "ura_max_channels", "is a guest", false},
		"without the scope":     {"leave", "invite", "@ann:test", aliceGhost, "missing_scope", "channels:manage", false},
		"a bot without a user":  {"leave", "invite", "@ann:test", "@slack_t1-b0deploy:test", "", "only people and apps", false},
		"a stranger invites":    {"leave", "invite", "@stranger:test", aliceGhost, "", "bridge.permissions", false},
		"a removal":             {"join", "leave", "@ann:test", aliceGhost, "cant_kick_from_general", "Alice Adams was not removed from the channel in Slack", true},
		"a removal by settings": {"join", "leave", "@ann:test", aliceGhost, "restricted_action", "its owners can", true},
		"a stranger removes":    {"join", "leave", "@stranger:test", aliceGhost, "", "bridge.permissions", true},
		"is not there anyhow":   {"join", "leave", "@ann:test", aliceGhost, "not_in_channel", "", false},
		"is there already":      {"leave", "invite", "@ann:test", aliceGhost, "already_in_channel", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.bridge.Config.Permissions["@stranger:test"] = &bridgeconfig.Permissions{}
			aWorkspace(w)
			people := w.api.before
			w.api.onCall(func(c call) answer {
				if tc.code != "" && (c.method == "conversations.invite" || c.method == "conversations.kick") {
					return answer{"ok": false, "error": tc.code, "needed": "channels:manage", "provided": "chat:write"}
				}
				return people(c)
			})
			room := w.room().MXID
			require.NoError(t, w.change("$1", tc.by, tc.ghost, tc.before, tc.after))
			if tc.told == "" {
				require.Empty(t, w.home.bodies())
			} else {
				require.Len(t, w.home.bodies(), 1)
				require.Contains(t, w.home.bodies()[0], tc.told)
			}
			if tc.stays {
				require.Contains(t, w.home.members(room), tc.ghost)
			} else {
				require.NotContains(t, w.home.members(room), tc.ghost)
			}
		})
	}
}

// TestAChangeOfMembersWaits while Slack does not answer, and is made once it does.
func TestAChangeOfMembersWaits(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.room()
	people := w.api.before
	var down atomic.Bool
	down.Store(true)
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.invite" && down.Load() {
			return answer{"ok": false, "error": "internal_error"}
		}
		return people(c)
	})
	require.Error(t, w.change("$1", "@ann:test", aliceGhost, "leave", "invite"))
	require.Empty(t, w.home.bodies())
	down.Store(false)
	require.NoError(t, w.change("$1", "@ann:test", aliceGhost, "leave", "invite"))
	require.Contains(t, w.home.members(w.room().MXID), aliceGhost)
}

// TestAGhostThatCannotJoin is invited in Slack all the same.
func TestAGhostThatCannotJoin(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.room()
	w.home.joining = func(joined) error { return refused(http.StatusForbidden, "M_FORBIDDEN", "no") }
	require.NoError(t, w.change("$1", "@ann:test", aliceGhost, "leave", "invite"))
	require.Len(t, w.api.of("conversations.invite"), 1)
}

package connector

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestADirectConversationIsItsOwnersAlone has a person write to the bot: the room has the
// login as receiver, invites the login's owner and no one of network.invite, and only
// those who are invited may join.
func TestADirectConversationIsItsOwnersAlone(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Invite = append(network.Invite, "@ann:test") })
	var made []*mautrix.ReqCreateRoom
	w.home.creating = func(req *mautrix.ReqCreateRoom) error {
		made = append(made, req)
		return nil
	}
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.info" {
			return answer{"channel": answer{"id": "D1", "is_im": true, "user": "U1"}}
		}
		return nil
	})
	require.NoError(t, w.hear("Ev1", slackevent.Message{Channel: "D1", ChannelType: "im", User: "U1", TS: "1700000001.000100", Text: "psst"}))

	key := networkid.PortalKey{ID: networkid.PortalID(teamID + "-D1"), Receiver: w.client.login.ID}
	portal, err := w.bridge.GetExistingPortalByKey(t.Context(), key)
	require.NoError(t, err)
	require.NotNil(t, portal, "the login is its receiver")
	require.Equal(t, database.RoomTypeDM, portal.RoomType)
	require.Equal(t, w.client.login, portal.Relay)

	require.Len(t, made, 1)
	require.Equal(t, event.JoinRuleInvite, ruleOf(t, made[0]))
	require.Equal(t, []id.UserID{owner}, w.home.guests(portal.MXID))
}

// TestWhoMayJoin makes the room of each kind of channel.
func TestWhoMayJoin(t *testing.T) {
	for name, tc := range map[string]struct {
		conversation answer
		rule         event.JoinRule
	}{
		"public":   {answer{"id": "C7", "name": "plans", "is_channel": true}, event.JoinRuleRestricted},
		"private":  {answer{"id": "C7", "name": "plans", "is_channel": true, "is_private": true}, event.JoinRuleInvite},
		"of old":   {answer{"id": "C7", "name": "plans", "is_group": true}, event.JoinRuleInvite},
		"group DM": {answer{"id": "C7", "name": "mpdm-ann--bob-1", "is_mpim": true, "is_private": true}, event.JoinRuleInvite},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var made *mautrix.ReqCreateRoom
			w.home.creating = func(req *mautrix.ReqCreateRoom) error {
				made = req
				return nil
			}
			w.api.onCall(func(c call) answer {
				if c.method == "conversations.info" {
					return answer{"channel": tc.conversation}
				}
				return nil
			})
			require.NoError(t, w.client.handleBotAdded(t.Context(), &inbox.Attempt{}, "C7"))
			require.NotNil(t, made)
			require.Equal(t, tc.rule, ruleOf(t, made))
			require.Contains(t, w.home.guests(id.RoomID(fmt.Sprintf("!r%d:test", w.home.rooms))), owner)
		})
	}
}

// guests are those whom the bridge invited to a room.
func (h *homeserver) guests(room id.RoomID) (people []id.UserID) {
	for _, s := range h.of(event.StateMember) {
		if s.room == room && s.content.Parsed.(*event.MemberEventContent).Membership == event.MembershipInvite {
			people = append(people, id.UserID(s.key))
		}
	}
	return people
}

// ruleOf is the join rule that a room is made with.
func ruleOf(t *testing.T, req *mautrix.ReqCreateRoom) event.JoinRule {
	t.Helper()
	for _, state := range req.InitialState {
		if rules, ok := state.Content.Parsed.(*event.JoinRulesEventContent); ok {
			return rules.JoinRule
		}
	}
	require.Equal(t, "private_chat", req.Preset, "a room without a rule of its own")
	return event.JoinRuleInvite
}

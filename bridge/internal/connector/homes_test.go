package connector

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// shares has Slack say that everyone whose id begins with UX is of another workspace.
func (w *world) shares(members ...string) {
	w.api.onCall(func(c call) answer {
		switch user := c.form.Get("user"); {
		case c.method == "users.info" && len(user) > 2 && user[:2] == "UX":
			return answer{"user": answer{"id": user, "team_id": "T2", "name": "x", "real_name": "Xenia " + user}}
		case c.method == "conversations.members" && len(members) > 0:
			return answer{"members": members}
		}
		return nil
	})
}

// TestSlackConnect is a channel with people of another workspace.
func TestSlackConnect(t *testing.T) {
	t.Run("48 people of another workspace are named by theirs", func(t *testing.T) {
		w := newWorld(t)
		w.shares()
		room := w.room().MXID
		require.NoError(t, w.hear("E1", slackevent.Message{User: "UX1", UserTeam: "T2", Text: "hello", TS: "1700000600.000001"}))
		require.NoError(t, w.hear("E2", slackevent.Message{User: "UX2", Text: "a message that says less", TS: "1700000600.000002"}))
		react := &slackevent.Reaction{
			Type: "reaction_added", User: "UX3", Reaction: "eyes", EventTS: "1700000601.000001",
			Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: "1700000600.000001"},
		}
		require.NoError(t, w.hearEvent("E3", "reaction_added", react))
		require.NoError(t, w.hearEvent("E4", "member_joined_channel", &slackevent.Membership{Type: "member_joined_channel", User: "UX4", Team: "T2", Channel: general}))
		require.ElementsMatch(t, []string{"t1-u1", "t2-ux4"}, w.ghosts(room))
		said := w.home.of(event.EventMessage)
		require.EqualValues(t, "@slack_t2-ux1:test", said[0].sender)
		require.EqualValues(t, "@slack_t2-ux2:test", said[1].sender)
		require.EqualValues(t, "@slack_t2-ux3:test", w.home.of(event.EventReaction)[0].sender)
		require.Equal(t, "Xenia UX1", w.nameOfGhost("UX1"))

		require.NoError(t, w.hear("E5", slackevent.Message{User: "U1", Text: "thank you, <@UX1>", TS: "1700000600.000003"}))
		all := w.home.contents()
		require.Equal(t, []id.UserID{"@slack_t2-ux1:test"}, all[len(all)-1].Mentions.UserIDs)
		require.NoError(t, w.receive(w.message("$pill", "@ann:test", map[string]any{
			"msgtype": "m.text", "body": "Xenia: yes", "format": "org.matrix.custom.html",
			"formatted_body": `<a href="https://matrix.to/#/@slack_t2-ux1:test">Xenia</a>: yes`,
			"m.mentions":     map[string]any{"user_ids": []string{"@slack_t2-ux1:test"}},
		})))
		require.Equal(t, []string{"<@UX1>: yes"}, w.api.posted(t))
		require.NoError(t, w.hearEvent("E6", "member_left_channel", &slackevent.Membership{Type: "member_left_channel", User: "UX4", Team: "T2", Channel: general}))
		require.NotContains(t, w.ghosts(room), "t2-ux4")
	})
	t.Run("48 they are the same after a restart", func(t *testing.T) {
		w := newWorld(t)
		w.shares()
		require.NoError(t, w.hear("E1", slackevent.Message{User: "UX1", UserTeam: "T2", Text: "hello", TS: "1700000600.000001"}))
		w.slack.homes = newHomes()
		require.NoError(t, w.slack.loadHomes(t.Context()))
		require.EqualValues(t, "t2-ux1", w.client.ghostID("UX1"))
	})
	t.Run("48 a ghost of before keeps its name", func(t *testing.T) {
		w := newWorld(t)
		w.shares()
		_, err := w.bridge.GetGhostByID(t.Context(), "t1-ux1")
		require.NoError(t, err)
		require.NoError(t, w.hear("E1", slackevent.Message{User: "UX1", UserTeam: "T2", Text: "hello", TS: "1700000600.000001"}))
		said := w.home.of(event.EventMessage)
		require.EqualValues(t, "@slack_t1-ux1:test", said[len(said)-1].sender)
		w.slack.homes = newHomes()
		require.NoError(t, w.slack.loadHomes(t.Context()))
		require.EqualValues(t, "t1-ux1", w.client.ghostID("UX1"))
	})
	t.Run("48 those who join later too", func(t *testing.T) {
		w := newWorld(t)
		members := append(crowd(membersFirst+1), "UX1", "UX2")
		w.shares(members...)
		room := w.room().MXID
		w.session()
		w.client.roomsMade.Store(true)
		w.settled()
		require.Subset(t, w.ghosts(room), []string{"t2-ux1", "t2-ux2"})
		require.NotContains(t, w.ghosts(room), "t1-ux1")
		require.Len(t, w.ghosts(room), membersFirst+3)
	})
	t.Run("48 a workspace comes into a channel and leaves it", func(t *testing.T) {
		w := newWorld(t)
		room := w.room().MXID
		w.shares("U1", "UBOT", "UX1")
		shared := &slackevent.ChannelShared{Type: "channel_shared", Channel: general, ConnectedTeam: "T2"}
		require.NoError(t, w.hearEvent("E1", "channel_shared", shared))
		require.ElementsMatch(t, []string{"t1-u1", "t2-ux1"}, w.ghosts(room))
		w.shares("U1", "UBOT")
		require.NoError(t, w.hearEvent("E2", "channel_unshared", &slackevent.ChannelShared{Type: "channel_unshared", Channel: general, PreviousTeam: "T2"}))
		require.ElementsMatch(t, []string{"t1-u1"}, w.ghosts(room))
	})
	t.Run("48 a workspace leaves a large channel", func(t *testing.T) {
		w := newWorld(t, func(network *settings.Network) { network.RoomMembers = membersRead - 1 })
		w.shares("U1", "UX1", "UBOT")
		portal := w.room()
		require.NoError(t, w.slack.db.PutJoiners(t.Context(), portal.PortalKey, []networkid.UserID{"t2-ux2", "t1-u2"}))
		require.ElementsMatch(t, []string{"t1-u1", "t2-ux1"}, w.ghosts(portal.MXID))
		w.shares(append(crowd(membersRead), "U1", "U2")...)
		require.NoError(t, w.hearEvent("E1", "channel_unshared", &slackevent.ChannelShared{Type: "channel_unshared", Channel: general, PreviousTeam: "T2"}))
		require.Len(t, w.ghosts(portal.MXID), 1+joinersAtOnce)
		require.Contains(t, w.ghosts(portal.MXID), "t1-u1")
		require.NotContains(t, w.ghosts(portal.MXID), "t2-ux1")
		waiting, err := w.slack.db.NextJoiners(t.Context(), portal.PortalKey, math.MaxInt32)
		require.NoError(t, err)
		require.Contains(t, waiting, networkid.UserID("t1-u2"))
		require.NotContains(t, waiting, networkid.UserID("t2-ux2"))
	})
}

package connector

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestWhoIsDeactivatedLeaves every room, and keeps their name: also if Slack does not say it
// any more.
func TestWhoIsDeactivatedLeaves(t *testing.T) {
	t.Run("31 who is deactivated leaves, with their name", func(t *testing.T) {
		w := newWorld(t)
		w.api.onCall(func(c call) answer {
			if c.method == "conversations.info" {
				return answer{"channel": answer{"id": c.form.Get("channel"), "name": c.form.Get("channel"), "is_channel": true, "is_member": true}}
			}
			return nil
		})
		rooms := []string{general, "C2"}
		for _, channel := range rooms {
			require.Contains(t, w.ghosts(w.roomOf(channel).MXID), "t1-u1")
		}
		require.NoError(t, w.hearEvent("Ev1", "user_change", &slackevent.UserChange{
			Type: "user_change", User: slackevent.User{ID: "U1", Deleted: true, Updated: time.Now()},
		}))
		for _, channel := range rooms {
			require.NotContains(t, w.ghosts(w.roomOf(channel).MXID), "t1-u1")
		}
		require.Equal(t, "Ann", w.nameOfGhost("U1"))
		known, _, err := w.slack.db.Person(t.Context(), teamID, "U1")
		require.NoError(t, err)
		require.True(t, known.Deleted)
	})
}

// TestTheBotIsWelcome in a channel to which a person has added it: the channel is told once
// what that means, and not if the bot came by itself or the channel has no room.
func TestTheBotIsWelcome(t *testing.T) {
	w := newWorld(t)
	added := func(as, inviter string) {
		t.Helper()
		require.NoError(t, w.hearEvent(as, "member_joined_channel", &slackevent.Membership{
			Type: "member_joined_channel", User: botID, Inviter: inviter, Channel: general, ChannelType: "C", EventTS: "1700000001.000100",
		}))
	}
	added("Ev1", "")
	require.Empty(t, w.api.posted(t))
	added("Ev2", "U1")
	require.Len(t, w.api.posted(t), 1)
	require.Contains(t, w.api.posted(t)[0], "#slack_general:test")
	added("Ev2", "U1")
	require.Len(t, w.api.posted(t), 1)
}

// TestTheBridgesOwnLinesStayInSlack when a room gets its history.
func TestTheBridgesOwnLinesStayInSlack(t *testing.T) {
	w := newWorld(t)
	w.room()
	said := func(event string) *slackevent.Message {
		return &slackevent.Message{
			Channel: general, ChannelType: "channel", User: botID, BotID: "B" + botID, TS: "1700000001.000100", Text: "I am the bridge",
			Metadata: &slackevent.Metadata{EventType: metadataType, EventPayload: map[string]json.RawMessage{"event_id": json.RawMessage(strconv.Quote(event))}},
		}
	}
	require.True(t, w.client.saidByBridge(said("welcome C1 1700000000.000100")))
	require.False(t, w.client.saidByBridge(said("$event")))
	stranger := said("welcome C1 1700000000.000100")
	stranger.User, stranger.BotID = "U1", ""
	require.False(t, w.client.saidByBridge(stranger))
}

// TestAWelcomeSaysWhichWayMessagesCross by network.channels.directions.
func TestAWelcomeSaysWhichWayMessagesCross(t *testing.T) {
	for direction, tc := range map[settings.Direction]struct{ says, leavesOut string }{
		settings.OnlyFromSlack: {"is also in its room", "what people write there"},
		settings.OnlyToSlack:   {"what is said here stays here", "is also in its room"},
	} {
		t.Run(string(direction), func(t *testing.T) {
			w := newWorld(t, oneWay(direction))
			require.NoError(t, w.hearEvent("Ev1", "member_joined_channel", &slackevent.Membership{
				Type: "member_joined_channel", User: botID, Inviter: "U1", Channel: general, ChannelType: "C", EventTS: "1700000001.000100",
			}))
			require.Len(t, w.api.posted(t), 1)
			require.Contains(t, w.api.posted(t)[0], tc.says)
			require.NotContains(t, w.api.posted(t)[0], tc.leavesOut)
		})
	}
}

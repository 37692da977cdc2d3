package connector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// hides has Slack say of #general that there is no such channel, and list none.
func (w *world) hides() {
	w.channel(nil, func(c call) answer {
		switch {
		case c.method == "users.conversations", c.method == "conversations.list":
			return answer{"channels": []answer{}}
		case strings.HasPrefix(c.method, "conversations."):
			return answer{"ok": false, "error": "channel_not_found"}
		}
		return nil
	})
}

// readAfter has what was missed in #general since then read.
func (w *world) readAfter(since string) {
	w.Helper()
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: toldAt(&inbox.Attempt{}, since)})
	require.NoError(w, err)
	require.NoError(w, w.handle(row, w.slack.HandleSlack))
}

const hiddenText = "Slack does not show this channel to the bridge's bot any more: it was deleted, or it is private now and the bot is not in it. " +
	"Messages no longer cross, and this room is read-only. If the channel is there, a member of the channel has to type `/invite @bridge` in it in Slack."

// TestAPublicChannelThatSlackDoesNotShow: it was deleted, or made private, while the bridge was
// away. Its room is closed as that of a deleted channel, and opens when the bot is invited.
func TestAPublicChannelThatSlackDoesNotShow(t *testing.T) {
	for name, found := range map[string]func(*world){
		"by reading": func(w *world) { w.readAfter("1700000601.000001") },
		"with the event that the bot left": func(w *world) {
			require.NoError(w, w.hearEvent("L", "channel_left", &slackevent.ChannelLeft{Type: "channel_left", Channel: general, EventTS: "1700000601.000001"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			room := w.room().MXID
			w.hides()
			found(w)
			w.readAfter("1700000602.000001")
			require.Equal(t, []string{hiddenText}, w.told())
			require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
			_, known := w.client.conversationOf(w.slack.alias("general"))
			require.False(t, known, "its alias stands for nothing")
			require.NoError(t, w.receive(w.write("$m", owner, "hello?")))
			require.Equal(t, []string{"⚠️ Your message was not bridged: This is not in Slack: the channel is not shown to the bridge's bot any more; it was deleted or made private"}, w.home.said())

			w.channel(answer{})
			w.readAfter("1700000603.000001")
			require.Empty(t, w.api.of("conversations.join"), "the bot was removed, and does not come back by itself")
			require.Equal(t, closedHidden, w.slack.closureOf(w.room()))

			w.channel(answer{"is_private": true, "is_member": true})
			require.NoError(t, w.hearEvent("J", "member_joined_channel", &slackevent.Membership{Type: "member_joined_channel", User: botID, Channel: general}))
			require.Empty(t, w.slack.closureOf(w.room()))
			require.Len(t, w.told(), 2)
			require.Zero(t, w.home.writeLevel(room))
			require.Equal(t, []event.JoinRule{event.JoinRuleInvite}, joinRules(w))
			require.Equal(t, 2, w.home.rooms, "the space and one room")
		})
	}
}

// TestAHiddenChannelIsShownAgain: the event that the bot was invited was missed too. The room is
// as open as the channel is now before it opens.
func TestAHiddenChannelIsShownAgain(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID
	w.hides()
	w.readAfter("1700000601.000001")
	w.channel(answer{"is_private": true, "is_member": true})
	w.readAfter("1700000602.000001")
	var order []string
	for _, s := range w.home.events {
		if s.kind == event.StateJoinRules || s.kind == event.StatePowerLevels {
			order = append(order, s.kind.Type)
		}
	}
	require.Equal(t, []string{event.StatePowerLevels.Type, event.StateJoinRules.Type, event.StatePowerLevels.Type}, order, "closed, made private, opened")
	require.Empty(t, w.slack.closureOf(w.room()))
	require.Zero(t, w.home.writeLevel(room))
}

// TestAChannelThatComesBackPrivate opens only when its room is as closed as the channel: the
// homeserver does not take the join rule at first.
func TestAChannelThatComesBackPrivate(t *testing.T) {
	private := answer{"is_private": true, "is_member": true}
	reading := func(w *world) error {
		row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: toldAt(&inbox.Attempt{}, "1700000603.000001")})
		require.NoError(w, err)
		return w.handle(row, w.slack.HandleSlack)
	}
	invited := func(w *world) error {
		return w.hearEvent("J", "member_joined_channel", &slackevent.Membership{Type: "member_joined_channel", User: botID, Channel: general})
	}
	hidden := func(w *world) {
		w.hides()
		w.readAfter("1700000601.000001")
		require.Equal(w, closedHidden, w.slack.closureOf(w.room()))
	}
	left := func(w *world) {
		w.channel(answer{})
		require.NoError(w, w.hearEvent("L", "channel_left", &slackevent.ChannelLeft{Type: "channel_left", Channel: general, EventTS: "1700000601.000001"}))
		require.Equal(w, closedLeft, w.slack.closureOf(w.room()))
	}
	archived := func(w *world) {
		w.channel(answer{"is_archived": true})
		w.archive("channel_archive", "1700000601.000001")
		require.Equal(w, closedArchived, w.slack.closureOf(w.room()))
	}
	unarchived := func(w *world) error {
		return w.hearEvent("U", "channel_unarchive", &slackevent.ChannelArchive{Type: "channel_unarchive", Channel: general, User: "U1", EventTS: "1700000603.000001"})
	}
	for name, tc := range map[string]struct {
		close func(*world)
		comes func(*world) error
	}{
		"hidden, found by reading":   {hidden, reading},
		"hidden, and invited":        {hidden, invited},
		"left, found by reading":     {left, reading},
		"left, and invited":          {left, invited},
		"archived, found by reading": {archived, reading},
		"archived, and unarchived":   {archived, unarchived},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.room()
			tc.close(w)
			closed := w.slack.closureOf(w.room())
			w.channel(private, func(c call) answer {
				if c.method == "conversations.history" {
					return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "among us", "ts": "1700000604.000001"}}}
				}
				return nil
			})
			w.home.refuse = func(s sent) error {
				if s.kind.Type == event.StateJoinRules.Type {
					return refused(502, "M_UNKNOWN", "not now")
				}
				return nil
			}
			for range 2 {
				require.Error(t, tc.comes(w), "it is tried until it is done")
				require.Equal(t, closed, w.slack.closureOf(w.room()))
				require.NotContains(t, w.home.bodies(), "among us")
			}
			w.home.refuse = nil
			require.NoError(t, tc.comes(w))
			require.Equal(t, []event.JoinRule{event.JoinRuleInvite}, joinRules(w))
			require.Empty(t, w.slack.closureOf(w.room()))
		})
	}
}

// TestAClosedChannelIsDeleted has a public channel, which the bot has left or which is archived,
// deleted while the bridge is away.
func TestAClosedChannelIsDeleted(t *testing.T) {
	for name, close := range map[string]func(*world){
		"archived": func(w *world) {
			w.channel(answer{"is_archived": true})
			w.archive("channel_archive", "1700000600.000001")
		},
		"left": func(w *world) {
			w.channel(answer{})
			require.NoError(w, w.hearEvent("L", "channel_left", &slackevent.ChannelLeft{Type: "channel_left", Channel: general, EventTS: "1700000600.000001"}))
		},
		"never entered": func(w *world) { w.slack.setOutside(w.room(), true) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			room := w.room().MXID
			close(w)
			w.hides()
			w.readAfter("1700000601.000001")
			require.Equal(t, closedHidden, w.slack.closureOf(w.room()))
			require.Contains(t, w.told(), hiddenText)
			require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
			require.NoError(t, w.hearEvent("D", "channel_deleted", &slackevent.ChannelDeleted{Type: "channel_deleted", Channel: general, EventTS: "1700000602.000001"}))
			require.Equal(t, closedDeleted, w.slack.closureOf(w.room()), "the event comes at last")
		})
	}
}

// TestAChannelOutsideIsNotLookedUp: the bot never entered it, and Slack says so each time that it is read.
func TestAChannelOutsideIsNotLookedUp(t *testing.T) {
	w := newWorld(t)
	w.slack.setOutside(w.room(), true)
	w.channel(answer{})
	before := len(w.api.of("conversations.info"))
	w.readAfter("1700000601.000001")
	require.Len(t, w.api.of("conversations.history"), 1)
	require.Len(t, w.api.of("conversations.info"), before)
	require.Empty(t, w.slack.closureOf(w.room()))
}

// TestAPrivateChannelThatSlackDoesNotShow may be archived, or go on without the bot.
func TestAPrivateChannelThatSlackDoesNotShow(t *testing.T) {
	w := newWorld(t)
	w.channel(answer{"is_private": true, "is_member": true})
	room := w.room().MXID
	w.hides()
	w.readAfter("1700000601.000001")
	require.Equal(t, closedLeft, w.slack.closureOf(w.room()))
	require.Zero(t, w.home.writeLevel(room))
}

// TestAHiddenChannelOfAPlumbedRoom may come back: the room stays linked until a person, or Slack,
// says that the channel was deleted.
func TestAHiddenChannelOfAPlumbedRoom(t *testing.T) {
	w := newWorld(t)
	portal := w.plumb()
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	w.hides()
	w.readAfter("1700000601.000001")
	require.Equal(t, id.RoomID("!ours:test"), portal.MXID)
	require.Equal(t, []string{strings.Replace(hiddenText, alsoReadOnly, "", 1) + " If it was deleted, `!slack unplumb` separates this room from it."}, w.told())
	require.Empty(t, w.state("!ours:test"))
	w.channel(answer{"is_member": true})
	w.readAfter("1700000602.000001")
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "back", TS: "1700000603.000001"}))
	require.Contains(t, w.home.bodies(), "back")
	require.Empty(t, w.slack.closureOf(portal))
}

package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// made is when Slack made #general.
const made = 1600000000

// vanished has Slack know nothing of the id of #general, and list channels.
func (w *world) vanished(listed ...answer) {
	w.api.onCall(func(c call) answer {
		switch channel := c.form.Get("channel"); {
		case c.method == "users.conversations":
			return answer{"channels": listed}
		case channel == general && c.method != "conversations.members":
			return answer{"ok": false, "error": "channel_not_found"}
		case channel == elsewhere && c.method == "conversations.info":
			return answer{"channel": listed[0]}
		}
		return nil
	})
}

// elsewhereAs is the channel under its new id, as Slack lists it.
func elsewhereAs(name string, created int) answer {
	return answer{"id": elsewhere, "name": name, "created": created, "is_channel": true, "is_member": true}
}

// roomOfKnown is the room of #general of which Slack has said when it was made.
func (w *world) roomOfKnown() {
	w.Helper()
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.info" {
			return answer{"channel": answer{"id": general, "name": "general", "created": made, "is_channel": true, "is_member": true}}
		}
		return nil
	})
	w.room()
}

// TestAMoveOfWhichSlackHasNotTold: the channel under its new id is seen before the event
// comes, and keeps its room.
func TestAMoveOfWhichSlackHasNotTold(t *testing.T) {
	for name, seen := range map[string]func(*world) error{
		"in the survey after a gap": func(w *world) error {
			return w.client.catchUp(w.log.WithContext(w.Context()), time.Now().Add(-time.Minute))
		},
		"in the list at a start": func(w *world) error {
			chosen, err := w.session().chosen(w.log.WithContext(w.Context()), time.Now())
			require.Len(w, chosen, 1)
			if err != nil {
				return err
			}
			_, err = w.client.putResync(w.log.WithContext(w.Context()), chosen[0])
			return err
		},
		"when the channel is shared no more": func(w *world) error {
			return w.hearEvent("E0", "channel_unshared", &slackevent.ChannelShared{Type: "channel_unshared", Channel: general, PreviousTeam: "T2"})
		},
		"with a message from Matrix": func(w *world) error {
			require.ErrorIs(w, w.receive(w.write("$early", "@ann:test", "early")), errMoving)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.roomOfKnown()
			room := w.room().MXID
			write := w.write("$m", "@ann:test", "meanwhile")
			w.session()
			w.vanished(elsewhereAs("general", made))
			require.NoError(t, seen(w))
			w.settled()
			require.NotNil(t, w.movedPortal())
			require.Equal(t, room, w.movedPortal().MXID)
			require.Equal(t, 2, w.home.rooms, "the space and one room")
			require.Empty(t, w.slack.closureOf(w.movedPortal()))
			require.NoError(t, w.receive(write))
			posts := w.api.of("chat.postMessage")
			require.Equal(t, elsewhere, posts[len(posts)-1].Get("channel"))
			require.Empty(t, w.notices())
			require.NoError(t, w.changeID("E1"), "the event comes at last")
			w.settled()
			require.Equal(t, room, w.movedPortal().MXID)
			require.Equal(t, 2, w.home.rooms)
		})
	}
}

// TestAnotherChannelIsNotAMove lists a channel that only looks like one that is gone.
func TestAnotherChannelIsNotAMove(t *testing.T) {
	for name, listed := range map[string]answer{
		"made at another time":      elsewhereAs("general", made+1),
		"of another name":           elsewhereAs("random", made),
		"of which no time is known": elsewhereAs("general", 0),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.roomOfKnown()
			room := w.room().MXID
			w.session()
			w.vanished(listed)
			require.NoError(t, w.client.catchUp(w.log.WithContext(t.Context()), time.Now().Add(-time.Minute)))
			w.settled()
			_, noted := w.slack.moves.get(w.room().ID)
			require.False(t, noted)
			require.Equal(t, room, w.room().MXID)
		})
	}
	t.Run("while Slack shows the first", func(t *testing.T) {
		w := newWorld(t)
		w.roomOfKnown()
		w.session()
		w.api.onCall(func(c call) answer {
			if c.method == "users.conversations" {
				return answer{"channels": []answer{elsewhereAs("general", made)}}
			}
			return nil
		})
		require.NoError(t, w.client.catchUp(w.log.WithContext(t.Context()), time.Now().Add(-time.Minute)))
		w.settled()
		_, noted := w.slack.moves.get(w.room().ID)
		require.False(t, noted)
	})
}

// TestAChannelThatSlackDoesNotFind: what people write waits as long as Slack repeats an event
// about it, and is refused after that.
func TestAChannelThatSlackDoesNotFind(t *testing.T) {
	t.Run("the event comes", func(t *testing.T) {
		w := newWorld(t, func(network *settings.Network) { network.SlackTimeScale = 0.01 })
		w.room()
		w.session()
		w.vanished(elsewhereAs("general", made))
		write := w.write("$m", "@ann:test", "meanwhile")
		err := w.receive(write)
		require.ErrorIs(t, err, errPerhapsMoving)
		_, later := inbox.LaterFrom(err)
		require.True(t, later)
		require.NoError(t, w.changeID("E1"))
		w.settled()
		require.Eventually(t, func() bool { return w.receive(write) == nil }, 30*time.Second, time.Millisecond)
		posts := w.api.of("chat.postMessage")
		require.Equal(t, elsewhere, posts[len(posts)-1].Get("channel"))
		require.Empty(t, w.notices())
	})
	t.Run("it does not", func(t *testing.T) {
		w := newWorld(t)
		w.room()
		w.session()
		w.vanished()
		write := w.write("$m", "@ann:test", "meanwhile")
		require.ErrorIs(t, w.receive(write), errPerhapsMoving)
		require.Eventually(t, func() bool { return w.receive(write) == nil }, 30*time.Second, time.Millisecond)
		require.Len(t, w.notices(), 1)
		require.Contains(t, w.notices()[0], "This is not in Slack")
	})
}

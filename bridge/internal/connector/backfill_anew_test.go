package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// bodiesIn are the texts of all messages in a room, in order.
func (h *homeserver) bodiesIn(room id.RoomID) (texts []string) {
	for _, s := range h.of(event.EventMessage) {
		if s.room == room {
			texts = append(texts, s.body())
		}
	}
	return texts
}

// TestARoomThatIsGoneIsFilledAnew has the room vanish when a part of its history is in it: the
// next one begins with all of it, of Slack's history and of an archive, also when the process has
// ended in between.
func TestARoomThatIsGoneIsFilledAnew(t *testing.T) {
	for name, archived := range map[string]bool{"Slack's history": false, "an archive": true} {
		for when, restarts := range map[string]bool{"in one process": false, "after a restart": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				said := []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil)}
				w := worldWithPast(t, past{messages: said})
				if archived {
					w.slack.options.Backfill = settings.Backfill{}
					w.keepArchive(said...)
				}
				w.fillUntil("message 2")
				if restarts {
					require.NoError(t, w.client.loadBackfills(t.Context())) // as the next process does
				}
				old := w.room().MXID
				w.home.mu.Lock()
				w.home.gone, w.home.refuse = map[id.RoomID]bool{old: true}, nil
				w.home.mu.Unlock()
				w.settled()
				room := w.room().MXID
				require.NotEqual(t, old, room)
				require.Equal(t, []string{"message 1", "message 2", "message 3"}, w.home.bodiesIn(room))
				require.Empty(t, w.client.backfills.states)
				found, _, err := w.slack.db.CountOldMessages(t.Context(), w.client.login.ID, general)
				require.NoError(t, err)
				require.Zero(t, found)
			})
		}
	}
}

// TestAChannelIsMovedWhileItsRoomIsFilled to a room that people made, which gets no history.
func TestAChannelIsMovedWhileItsRoomIsFilled(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil)}})
	w.fillUntil("message 2")
	old := w.room().MXID
	w.peopleMade(map[id.UserID]int{owner: 50})
	require.Contains(t, w.command(owner, "!chat:test", "plumb C1 !ours:test --move"), "is linked with")
	w.home.mu.Lock()
	w.home.refuse = nil
	w.home.mu.Unlock()
	w.settled()
	require.Equal(t, ours, w.room().MXID)
	require.Empty(t, w.client.backfills.states)
	require.Equal(t, "message 1", w.home.bodiesIn(old)[0])
	require.Empty(t, w.home.bodiesIn(ours))
	require.NoError(t, w.hear("live", slackevent.Message{User: "U1", Text: "live", TS: slackTS(time.Now().Add(time.Second))}))
	require.Equal(t, []string{"live"}, w.home.bodiesIn(ours))
}

// TestWhoJoinedBeforeARoomWasMadeAnew is not taken out of it.
func TestWhoJoinedBeforeARoomWasMadeAnew(t *testing.T) {
	w := worldWithPast(t, past{})
	conversation := slackevent.Conversation{ID: general, IsChannel: true, IsMember: true}
	for _, members := range [][]string{{"U1"}, {"U1", "U2"}} {
		planned, err := w.client.planBackfill(t.Context(), conversation, members)
		require.NoError(t, err)
		require.True(t, planned)
		state, _ := w.client.backfills.get(general)
		require.Equal(t, members, state.Members)
	}
}

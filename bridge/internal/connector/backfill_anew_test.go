package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
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

package connector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// gone is the event of a message that was deleted in Slack.
func gone(ts string) slackevent.Message {
	return slackevent.Message{Subtype: slackevent.SubtypeDeleted, Hidden: true, DeletedTS: ts, TS: "1700000900.000100", EventTS: "1700000900.000100"}
}

// inThree has ann write a text of three pieces.
func inThree(w *world) {
	w.Helper()
	require.NoError(w, w.receive(w.write("$long", "@ann:test", strings.Repeat("word ", 2000))))
	require.Len(w, w.api.posted(w.T), 3)
}

// deleted are the ts that the bridge deleted.
func deleted(w *world) []string {
	var all []string
	for _, form := range w.api.of("chat.delete") {
		all = append(all, form.Get("ts"))
	}
	return all
}

// TestADeleteThatFailsHalfWayIsFinished delivers the events of the deleted pieces while
// another could not be deleted.
func TestADeleteThatFailsHalfWayIsFinished(t *testing.T) {
	w := newWorld(t)
	inThree(w)
	for _, stuck := range []string{postTS(2), postTS(1)} {
		w.api.onCall(func(c call) answer {
			if c.method == "chat.delete" && c.form.Get("ts") == stuck {
				return answer{"ok": false, "error": "internal_error"}
			}
			return nil
		})
		require.Error(t, w.receive(w.redact("$x", "@ann:test", "$long")))
		for _, ts := range deleted(w) {
			if ts != stuck {
				require.NoError(t, w.hear("Ev"+ts, gone(ts)))
			}
		}
	}
	w.api.onCall(nil)
	require.NoError(t, w.receive(w.redact("$x", "@ann:test", "$long")))
	require.Equal(t, postTS(1), deleted(w)[len(deleted(w))-1])
	require.Subset(t, deleted(w), []string{postTS(1), postTS(2), postTS(3)})
	require.Empty(t, w.rows(postTS(1)))
}

// TestTheFirstPieceTakesTheOthersAlong has a moderator in Slack delete the first piece of
// a message from Matrix, which identifies all of it.
func TestTheFirstPieceTakesTheOthersAlong(t *testing.T) {
	w := newWorld(t)
	inThree(w)
	require.NoError(t, w.hear("Ev1", gone(postTS(1))))
	require.Len(t, w.home.of(event.EventRedaction), 1)
	require.Subset(t, deleted(w), []string{postTS(2), postTS(3)}, "no one in Matrix could delete them any more")
	require.Empty(t, w.rows(postTS(1)))
}

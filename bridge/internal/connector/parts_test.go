package connector

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

var errBusy = errors.New("the homeserver has no time")

// onceNot makes the homeserver refuse the first event that contains a text.
func (h *homeserver) onceNot(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = func(s sent) error {
		if !strings.Contains(s.body(), text) {
			return nil
		}
		h.refuse = nil
		return errBusy
	}
}

// inTwo is a text of two parts in Matrix, also as an edit, which is split smaller.
// They hold the given words.
func inTwo(first, second string) string {
	return strings.Repeat("a word ", 2700) + first + "\n" + strings.Repeat("a word ", 2000) + second
}

// shown is the text that a room shows, with every edit applied.
func (h *homeserver) shown() string {
	var order []id.EventID
	texts := map[id.EventID]string{}
	for _, s := range h.of(event.EventMessage) {
		stands := s.id
		if edited := s.content.Parsed.(*event.MessageEventContent).RelatesTo.GetReplaceID(); edited != "" {
			stands = edited
		} else {
			order = append(order, s.id)
		}
		texts[stands] = s.body()
	}
	var all []string
	for _, event := range order {
		all = append(all, strings.Fields(texts[event])...)
	}
	return strings.Join(all, " ")
}

// reads fails the test unless the room shows text, however it is split.
func (w *world) reads(text string) {
	w.Helper()
	shown, want := w.home.shown(), strings.Join(strings.Fields(text), " ")
	require.True(w, shown == want, "the room shows %d characters of %d", len(shown), len(want))
}

func changed(edited, text string) slackevent.Message {
	return slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Hidden: true, TS: edited, EventTS: edited,
		Message: &slackevent.Message{
			User: "U1", TS: "1700000001.000100", Text: text, Edited: &slackevent.Edited{User: "U1", TS: edited},
		},
	}
}

func TestEveryPartOfAnEditArrives(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", TS: "1700000001.000100", Text: inTwo("ONE", "TWO")}))
	w.home.onceNot("DEUX")
	require.ErrorIs(t, w.hear("Ev2", changed("1700000009.000100", inTwo("UN", "DEUX"))), errBusy)
	require.NoError(t, w.hear("Ev2", changed("1700000009.000100", inTwo("UN", "DEUX"))))
	w.reads(inTwo("UN", "DEUX"))
}

// shows has Slack show one message where it is asked for it, and no other.
func (w *world) shows(ts string) {
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" || c.form.Get("latest") != ts {
			return nil
		}
		return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "as it is now", "ts": ts}}}
	})
}

func TestEveryPartOfAnEditThatStandsInForItsOriginalArrives(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.shows("1700000001.000100")
	w.home.onceNot("DEUX")
	require.ErrorIs(t, w.hear("Ev2", changed("1700000009.000100", inTwo("UN", "DEUX"))), errBusy)
	require.NoError(t, w.hear("Ev2", changed("1700000009.000100", inTwo("UN", "DEUX"))))
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", TS: "1700000001.000100", Text: inTwo("ONE", "TWO")}))
	w.reads(inTwo("UN", "DEUX"))
}

// TestAnEditThatWasSentIsFound kills the bridge between sending a part of an edit and
// noting it, and has the homeserver forget its transaction ids: the part is found in the
// room, and the other is sent.
func TestAnEditThatWasSentIsFound(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", TS: "1700000001.000100", Text: inTwo("ONE", "TWO")}))
	before := w.rows("1700000001.000100")
	w.home.refuse = func(s sent) error {
		if strings.Contains(s.body(), "DEUX") {
			return errBusy // also when the row is tried again before the kill
		}
		return nil
	}
	require.ErrorIs(t, w.hear("Ev2", changed("1700000009.000100", inTwo("UN", "DEUX"))), errBusy)
	w.restart()
	sent := len(w.home.of(event.EventMessage))
	for _, part := range before { // as if nothing of it was noted
		require.NoError(t, w.bridge.DB.Message.Update(t.Context(), part))
	}
	w.home.forget()
	w.home.mu.Lock()
	w.home.refuse = nil
	w.home.mu.Unlock()
	require.NoError(t, w.hear("Ev2", changed("1700000009.000100", inTwo("UN", "DEUX"))))
	w.reads(inTwo("UN", "DEUX"))
	require.Len(t, w.home.of(event.EventMessage), sent+1)
}

// TestAnEditThatComesLateIsNotNoted delivers an edit again after a later one, when the
// bridge does not know whether it has handled it before.
func TestAnEditThatComesLateIsNotNoted(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", TS: "1700000001.000100", Text: "at first"}))
	require.NoError(t, w.hear("Ev2", changed("1700000009.000100", "then")))
	require.NoError(t, w.hear("Ev3", changed("1700000010.000100", "now")))
	w.restart()
	require.NoError(t, w.hear("Ev2", changed("1700000009.000100", "then")))
	require.Equal(t, "1700000010.000100", w.rows("1700000001.000100")[0].Metadata.(*MessageMetadata).LastEditTS)
}

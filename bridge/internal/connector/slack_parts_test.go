package connector

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestPartsOfAnEditedMessage interrupts a long message, which history shows as edited,
// after its first part. The next event about it, or the edit itself, sends the rest, and no
// word twice.
func TestPartsOfAnEditedMessage(t *testing.T) {
	edited := func() slackevent.Message {
		return slackevent.Message{
			User: "U1", TS: "1700000001.000001", Text: strings.Repeat("word ", 12_000),
			Edited: &slackevent.Edited{User: "U1", TS: "1700000002.000000"},
		}
	}
	for name, again := range map[string]func(w *world) error{
		"the message": func(w *world) error { return w.hear("E2", edited()) },
		"the edit": func(w *world) error {
			message := edited()
			return w.hear("E2", slackevent.Message{Subtype: slackevent.SubtypeChanged, Message: &message, TS: "1700000002.000100", EventTS: "1700000002.000100"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.room()
			sends := 0
			w.home.refuse = func(s sent) error {
				if s.kind != event.EventMessage {
					return nil
				}
				if sends++; sends == 2 {
					return errors.New("the homeserver is away")
				}
				return nil
			}
			require.Error(t, w.hear("E1", edited()))
			require.NoError(t, again(w))
			require.Equal(t, 12_000, strings.Count(strings.Join(w.home.bodies(), " "), "word"))
			require.Greater(t, len(w.home.bodies()), 1)
		})
	}
}

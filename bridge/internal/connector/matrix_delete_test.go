package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// TestWhoMayDelete: a person deletes only what they said, a moderator also what others said.
// Homeservers also pass on redactions that they do not apply (Matrix specification, room
// version 3: "Handling redactions").
func TestWhoMayDelete(t *testing.T) {
	for name, test := range map[string]struct {
		by      id.UserID
		deleted bool
	}{
		"17 a relayed person deletes their own":      {"@ann:test", true},
		"17 no one else deletes it":                  {"@mallory:test", false},
		"17 no one of another server deletes it":     {"@mallory:far", false},
		"17 a moderator deletes what others said":    {"@mod:test", true},
		"17 the login's owner is no moderator of it": {"@second:test", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			levels := &event.PowerLevelsEventContent{Users: map[id.UserID]int{"@slackbot:test": 100, "@mod:test": 50}}
			_, err := w.home.BotIntent().SendState(t.Context(), w.room().MXID, event.StatePowerLevels, "", &event.Content{Parsed: levels}, time.Now())
			require.NoError(t, err)
			require.NoError(t, w.receive(w.write("$m", "@ann:test", "said")))
			require.NoError(t, w.receive(w.react("$r", "@ann:test", "$m", "🎉")))
			require.NoError(t, w.receive(w.redact("$x", test.by, "$r")))
			require.NoError(t, w.receive(w.redact("$y", test.by, "$m")))
			if test.deleted {
				require.Len(t, w.api.of("reactions.remove"), 1)
				require.Len(t, w.api.of("chat.delete"), 1)
				require.Empty(t, w.home.failed())
				return
			}
			require.Empty(t, w.api.of("reactions.remove"))
			require.Empty(t, w.api.of("chat.delete"))
			require.Equal(t, []id.EventID{"$x", "$y"}, w.home.failed())
			require.Contains(t, w.home.said()[1], "only its author and the moderators of the room can delete it")
			require.Len(t, w.rows(postTS(1)), 1)
		})
	}
}

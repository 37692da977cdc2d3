package connector

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

func TestMessageBothWays(t *testing.T) {
	w := newWorld(t)
	w.room()
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", Text: "from slack", TS: "1700000001.000100"}))
	require.Equal(t, []string{"from slack"}, w.home.bodies())
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "from matrix")))
	require.Equal(t, []string{"from matrix"}, w.api.posted(t))
	require.Empty(t, w.home.said())
}

// TestAnEditOfWhatWasSaidInMatrix has Slack leave out of message_changed the
// metadata by which the bridge knows its own posts.
func TestAnEditOfWhatWasSaidInMatrix(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "from matrix")))
	require.NoError(t, w.hear("Ev1", slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Hidden: true, TS: "1700000900.000100",
		Message: &slackevent.Message{
			Subtype: "bot_message", BotID: "BBOT", TS: postTS(1), Text: "from matrix, changed",
			Edited: &slackevent.Edited{User: "BBOT", TS: "1700000900.000000"},
		},
	}))
	require.Empty(t, w.home.bodies())
}

package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIsCommand(t *testing.T) {
	for body, want := range map[string]bool{
		"!slack": true, "!slack help": true, "!slack\thelp": true, "!slack\nhelp": true, "!slack\u3000help": true,
		"!slackers are out": false, "!slack-off": false, "!slack's": false, "!slacké": false, "!SLACK help": false,
		" !slack help": false, "slack help": false, "": false,
	} {
		require.Equal(t, want, isCommand(body, "!slack"), "%q", body)
	}
}

// TestWhatOnlyLooksLikeACommandIsPosted: from a person who may not use commands, and from
// one who may.
func TestWhatOnlyLooksLikeACommandIsPosted(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$1", "@ann:test", "!slackers are out")))
	require.NoError(t, w.receive(w.write("$2", owner, "!slack-off")))
	require.Equal(t, []string{"!slackers are out", "!slack-off"}, w.api.posted(t))

	require.NoError(t, w.receive(w.edit("$3", "@ann:test", "$1", "!slackers are in")))
	require.Equal(t, "!slackers are in", w.api.of("chat.update")[0].Get("text"))
}

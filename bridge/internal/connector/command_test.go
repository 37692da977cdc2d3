package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
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

// TestCommandsOfPeopleWhoMayNotUseThem: they are told so, once in a room.
func TestCommandsOfPeopleWhoMayNotUseThem(t *testing.T) {
	w := newWorld(t)
	const told = "The bridge's commands are not for @ann:test: bridge.permissions in its configuration lets them write only. " +
		"!slack opt-out and !slack erase me are for everyone."
	require.NoError(t, w.receive(w.write("$1", ann, "!slack help")))
	require.NoError(t, w.receive(w.write("$2", ann, "!slack status")))
	require.Equal(t, []string{told}, w.notices())
	require.NoError(t, w.receive(w.write("$3", "@ben:test", "!slack help")))
	require.Len(t, w.notices(), 2)
	require.NoError(t, w.receive(w.message("$4", "@robot:test", map[string]any{"msgtype": "m.notice", "body": "!slack help"})))
	require.Len(t, w.notices(), 2, "a notice is not answered")
	require.Empty(t, w.api.posted(t))
}

// TestCommandsBehindAFallback: what old clients put in front of a text decides nothing.
func TestCommandsBehindAFallback(t *testing.T) {
	answer := func(body string) map[string]any {
		return map[string]any{
			"msgtype": "m.text", "body": "> <@b:test> hi\n\n" + body, "format": event.FormatHTML,
			"formatted_body": "<mx-reply><blockquote>hi</blockquote></mx-reply>" + body,
			"m.relates_to":   map[string]any{"m.in_reply_to": map[string]any{"event_id": "$1"}},
		}
	}
	named := func(body string) map[string]any {
		return map[string]any{
			"msgtype": "m.text", "body": "Ann: " + body, "com.beeper.per_message_profile": map[string]any{"id": "ann", "displayname": "Ann", "has_fallback": true},
		}
	}
	for name, said := range map[string]func(string) map[string]any{"an answer": answer, "a name": named} {
		for _, sender := range []id.UserID{ann, owner} {
			t.Run(name+" of "+sender.String(), func(t *testing.T) {
				w := newWorld(t)
				require.NoError(t, w.receive(w.write("$1", "@b:test", "hi")))
				require.NoError(t, w.receive(w.message("$2", sender, said("!slackers are out"))))
				require.Len(t, w.api.posted(t), 2)
				require.Contains(t, w.api.posted(t)[1], "!slackers are out")
				require.NotContains(t, w.api.posted(t)[1], notACommand)
				require.Empty(t, w.notices())
			})
		}
		t.Run(name+" with a command", func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.receive(w.message("$2", ann, said("!slack help"))))
			require.Empty(t, w.api.posted(t))
			require.Len(t, w.notices(), 1)
		})
		t.Run(name+" with a command in the list of rows", func(t *testing.T) {
			w := newWorld(t)
			evt := w.message("$2", owner, said("!slack login token"))
			require.True(t, RowNames{prefix: "!slack"}.isCommand(evt))
		})
	}
}

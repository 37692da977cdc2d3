package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
)

const notChanged = "⚠️ Your message was not bridged: This is not in Slack: the message that it changes is not in Slack"

// TestAnEditOfNothing: a message that had nothing for Slack is posted when an edit gives it a text,
// once, and further edits change the post.
func TestAnEditOfNothing(t *testing.T) {
	t.Run("a blank message", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receive(w.write("$m", ann, " ")))
		require.NoError(t, w.receive(w.edit("$x1", ann, "$m", "\u200b")))
		require.Empty(t, w.api.posted(t))
		require.NoError(t, w.receive(w.edit("$x2", ann, "$m", "I think")))
		require.NoError(t, w.receive(w.edit("$x3", ann, "$m", "I think so")))
		require.NoError(t, w.receive(w.edit("$x4", ann, "$x3", "I do")))
		require.Equal(t, []string{"I think"}, w.api.posted(t))
		updates := w.api.of("chat.update")
		require.Len(t, updates, 2)
		require.Equal(t, []string{"I think so", "I do"}, []string{updates[0].Get("text"), updates[1].Get("text")})
		require.EqualValues(t, "$m", w.rows(postTS(1))[0].MXID)
		require.Empty(t, w.notices())
		require.NoError(t, w.receive(w.redact("$r", ann, "$m")))
		require.Len(t, w.api.of("chat.delete"), 1)
	})
	t.Run("in a thread", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receive(w.write("$root", ann, "a question")))
		require.NoError(t, w.receive(w.inThread("$m", "@bot:test", "$root", " ")))
		require.NoError(t, w.receive(w.edit("$x", "@bot:test", "$m", "an answer")))
		require.Equal(t, []string{"a question", "an answer"}, w.api.posted(t))
		require.Equal(t, postTS(1), w.api.of("chat.postMessage")[1].Get("thread_ts"))
	})
	t.Run("a lost answer", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receive(w.write("$m", ann, " ")))
		require.NoError(t, w.receive(w.edit("$x", ann, "$m", "once")))
		w.restart()
		require.NoError(t, w.receive(w.edit("$x", ann, "$m", "once")))
		require.Equal(t, []string{"once"}, w.api.posted(t))
	})
}

// TestAnEditOfWhatIsNotInSlack is told to its sender.
func TestAnEditOfWhatIsNotInSlack(t *testing.T) {
	t.Run("a message from before the bridge", func(t *testing.T) {
		w := newWorld(t)
		w.home.keep(w.write("$old", ann, "long ago"))
		require.NoError(t, w.receive(w.edit("$x", ann, "$old", "longer ago")))
		require.Equal(t, []string{notChanged}, w.notices())
		require.Empty(t, w.api.posted(t))
	})
	t.Run("an event that is not there", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receive(w.edit("$x", ann, "$gone", "changed")))
		require.Equal(t, []string{notChanged}, w.notices())
	})
	t.Run("a blank message of another person", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receive(w.write("$m", ann, " ")))
		require.NoError(t, w.receive(w.edit("$x", "@mallory:test", "$m", "I resign")))
		require.Equal(t, []string{notChanged}, w.notices())
		require.Empty(t, w.api.posted(t))
	})
	t.Run("an earlier edit of another person", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receive(w.write("$m", ann, "I agree")))
		require.NoError(t, w.receive(w.edit("$x1", ann, "$m", "I do agree")))
		require.NoError(t, w.receive(w.edit("$x2", "@mallory:test", "$x1", "I resign")))
		require.Equal(t, []string{notChanged}, w.notices())
		require.Len(t, w.api.of("chat.update"), 1)
	})
	t.Run("a redacted message", func(t *testing.T) {
		w := newWorld(t)
		w.home.keep(w.event("$m", ann, event.EventMessage, map[string]any{}))
		require.NoError(t, w.receive(w.edit("$x", ann, "$m", "changed")))
		require.Equal(t, []string{notChanged}, w.notices())
		require.Empty(t, w.api.posted(t))
	})
	t.Run("a command", func(t *testing.T) {
		w := newWorld(t)
		w.home.keep(w.write("$m", ann, "!slack hlep"))
		require.NoError(t, w.receive(w.edit("$x", ann, "$m", "!slack help")))
		require.Empty(t, w.notices())
		require.Empty(t, w.api.posted(t))
	})
}

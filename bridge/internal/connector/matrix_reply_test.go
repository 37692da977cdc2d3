package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// reply makes the event of a plain reply in #general.
func (w *world) reply(eventID id.EventID, sender id.UserID, answered id.EventID, body string) *event.Event {
	w.Helper()
	return w.message(eventID, sender, map[string]any{
		"msgtype": "m.text", "body": body, "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": answered}},
	})
}

func quoting(n *settings.Network) { n.Replies = settings.ReplyQuote }

// TestAReply: a reply begins a thread with what it answers, and goes into the thread of
// what is in one.
func TestAReply(t *testing.T) {
	w := newWorld(t)
	const root, other = "1700000600.000001", "1700000600.000003"
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "root", TS: root}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "answer", TS: "1700000600.000002", ThreadTS: root}))
	require.NoError(t, w.hear("E3", slackevent.Message{User: "U1", Text: "other", TS: other}))
	heard := w.home.of(event.EventMessage)
	require.NoError(t, w.receive(w.reply("$a", "@ann:test", heard[1].id, "into the thread")))
	require.NoError(t, w.receive(w.reply("$b", "@ann:test", heard[2].id, "a new thread")))
	require.NoError(t, w.receive(w.reply("$c", "@ann:test", "$b", "into that")))
	require.Equal(t, []string{"into the thread", "a new thread", "into that"}, w.api.posted(t))
	var threads []string
	for _, post := range w.api.of("chat.postMessage") {
		threads = append(threads, post.Get("thread_ts"))
	}
	require.Equal(t, []string{root, other, other}, threads)
}

// TestAReplyThatQuotes: with network.replies: quote it is a message of the channel. The quote
// mentions no one, and an edit keeps it.
func TestAReplyThatQuotes(t *testing.T) {
	t.Run("18 a quote where there is no thread", func(t *testing.T) {
		w := newWorld(t, quoting)
		w.client.identity.URL = "https://engines.slack.test/"
		const root = "1700000600.000001"
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "a <!channel> and *more*", TS: root}))
		require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "answer", TS: "1700000600.000002", ThreadTS: root}))
		heard := w.home.of(event.EventMessage)
		require.NoError(t, w.receive(w.reply("$a", "@ann:test", heard[1].id, "into the thread")))
		require.NoError(t, w.receive(w.reply("$b", "@ann:test", heard[0].id, "with a quote\nand two lines")))
		require.NoError(t, w.receive(w.reply("$c", "@ann:test", "$b", "and again")))
		posts := w.api.of("chat.postMessage")
		require.Len(t, posts, 3)
		require.Equal(t, root, posts[0].Get("thread_ts"))
		require.Equal(t, "into the thread", posts[0].Get("text"))
		for _, post := range posts[1:] {
			require.Empty(t, post.Get("thread_ts"))
			require.NotContains(t, post.Get("text")+post.Get("blocks"), "<!channel>")
			require.NotContains(t, post.Get("blocks"), "broadcast")
			require.Contains(t, post.Get("blocks"), "rich_text_quote")
		}
		require.Contains(t, posts[1].Get("blocks"), "https://engines.slack.test/archives/C1/p1700000600000001")
		require.Contains(t, posts[1].Get("blocks"), "and more")
		require.Contains(t, posts[1].Get("blocks"), "with a quote")
		require.Contains(t, posts[2].Get("blocks"), "with a quote", "a quote of ann's")
		require.NoError(t, w.receive(w.edit("$d", "@ann:test", "$b", "edited")))
		update := w.api.of("chat.update")[0]
		require.Contains(t, update.Get("blocks"), "rich_text_quote")
		require.Contains(t, update.Get("blocks"), "and more")
		require.Contains(t, update.Get("blocks"), "edited")
		require.NoError(t, w.receive(w.edit("$e", "@ann:test", "$a", "in the thread")))
		require.NotContains(t, w.api.of("chat.update")[1].Get("blocks"), "rich_text_quote")
	})
}

// TestAReplyToWhatCannotBeRead: the text is left out, and the link leads to it.
func TestAReplyToWhatCannotBeRead(t *testing.T) {
	w := newWorld(t, quoting)
	w.client.identity.URL = "https://engines.slack.test/"
	require.NoError(t, w.receive(w.write("$a", "@bob:test", "hello")))
	w.home.received = nil
	require.NoError(t, w.receive(w.reply("$b", "@ann:test", "$a", "hello, bob")))
	post := w.api.of("chat.postMessage")[1]
	require.Contains(t, post.Get("blocks"), "rich_text_quote")
	require.Contains(t, post.Get("blocks"), "bob")
	require.Contains(t, post.Get("blocks"), "https://engines.slack.test/archives/C1/p")
	require.Empty(t, w.home.said())
}

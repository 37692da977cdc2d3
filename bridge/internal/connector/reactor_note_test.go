package connector

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

func noting(n *settings.Network) { n.Reactors = settings.ReactorsThread }

// heard has a person in Slack say something and returns its event.
func (w *world) heard(ts, text, thread string) id.EventID {
	w.Helper()
	require.NoError(w, w.hear("E "+ts, slackevent.Message{User: "U1", Text: text, TS: ts, ThreadTS: thread}))
	all := w.home.of(event.EventMessage)
	return all[len(all)-1].id
}

// TestWhoReacted: one note in the thread of a message says who in Matrix has reacted. It is
// changed with the reactions and goes with the last.
func TestWhoReacted(t *testing.T) {
	t.Run("14 who reacted is seen in Slack", func(t *testing.T) {
		w := newWorld(t, noting)
		w.session()
		w.home.names = map[id.UserID]string{"@bob:test": "Bob <b>"}
		const ts = "1700000600.000001"
		message := w.heard(ts, "vote", "")
		require.NoError(t, w.receive(w.react("$1", "@ann:test", message, "🎉")))
		w.settled()
		posts := w.api.of("chat.postMessage")
		require.Len(t, posts, 1)
		require.Equal(t, ts, posts[0].Get("thread_ts"))
		require.Equal(t, "Reactions from Matrix: :tada: ann", posts[0].Get("text"))
		note := postTS(1)

		require.NoError(t, w.receive(w.react("$2", "@bob:test", message, "🎉")))
		w.settled()
		require.NoError(t, w.receive(w.react("$3", "@bob:test", message, "❤️")))
		w.settled()
		require.NoError(t, w.receive(w.redact("$4", "@ann:test", "$1")))
		w.settled()
		var texts []string
		for _, update := range w.api.of("chat.update") {
			require.Equal(t, note, update.Get("ts"))
			texts = append(texts, update.Get("text"))
		}
		require.Equal(t, []string{
			"Reactions from Matrix: :tada: ann, Bob &lt;b&gt;",
			"Reactions from Matrix: :heart: Bob &lt;b&gt; · :tada: ann, Bob &lt;b&gt;",
			"Reactions from Matrix: :heart: Bob &lt;b&gt; · :tada: Bob &lt;b&gt;",
		}, texts)
		require.NoError(t, w.receive(w.redact("$5", "@bob:test", "$2")))
		require.NoError(t, w.receive(w.redact("$6", "@bob:test", "$3")))
		w.settled()
		require.Len(t, w.api.of("chat.delete"), 1)
		require.Equal(t, note, w.api.of("chat.delete")[0].Get("ts"))
		require.Len(t, w.api.of("chat.postMessage"), 1)
		require.Equal(t, []string{"vote"}, w.home.bodies())
	})
}

// TestWhoReactedInAThread: the note is in the same thread and says what it is about.
func TestWhoReactedInAThread(t *testing.T) {
	w := newWorld(t, noting)
	w.session()
	w.client.identity.URL = "https://engines.slack.test/"
	const root = "1700000600.000001"
	w.heard(root, "root", "")
	answer := w.heard("1700000600.000002", "answer", root)
	require.NoError(t, w.receive(w.react("$1", "@ann:test", answer, "🎉")))
	w.settled()
	post := w.api.of("chat.postMessage")[0]
	require.Equal(t, root, post.Get("thread_ts"))
	require.Equal(t, "Reactions from Matrix to <https://engines.slack.test/archives/C1/p1700000600000002?thread_ts=1700000600.000001&cid=C1|an answer>: :tada: ann", post.Get("text"))
}

// TestWhoReactedGoesWithTheMessage: no note stays under a message that is deleted on either
// side.
func TestWhoReactedGoesWithTheMessage(t *testing.T) {
	w := newWorld(t, noting)
	w.session()
	message := w.heard("1700000600.000001", "from Slack", "")
	require.NoError(t, w.receive(w.react("$1", "@ann:test", message, "🎉")))
	w.settled()
	require.NoError(t, w.hear("E9", gone("1700000600.000001")))
	w.settled()
	require.Equal(t, postTS(1), w.api.of("chat.delete")[0].Get("ts"))

	require.NoError(t, w.receive(w.write("$m", "@ann:test", "from Matrix")))
	require.NoError(t, w.receive(w.react("$2", "@bob:test", "$m", "🎉")))
	w.settled()
	require.NoError(t, w.receive(w.redact("$3", "@ann:test", "$m")))
	w.settled()
	var deleted []string
	for _, call := range w.api.of("chat.delete") {
		deleted = append(deleted, call.Get("ts"))
	}
	require.Equal(t, []string{postTS(1), postTS(3), postTS(2)}, deleted, "the note first, else Slack keeps the place of its message")
}

// TestWhoReactedByDefault: no note is posted unless the operator wants it, and one from
// before goes with the next change.
func TestWhoReactedByDefault(t *testing.T) {
	w := newWorld(t)
	w.session()
	message := w.heard("1700000600.000001", "vote", "")
	require.NoError(t, w.receive(w.react("$1", "@ann:test", message, "🎉")))
	w.settled()
	require.Empty(t, w.api.of("chat.postMessage"))
	w.slack.options.Network.Reactors = settings.ReactorsThread
	require.NoError(t, w.receive(w.react("$2", "@bob:test", message, "🎉")))
	w.settled()
	require.Len(t, w.api.of("chat.postMessage"), 1)
	w.slack.options.Network.Reactors = settings.ReactorsOff
	require.NoError(t, w.receive(w.react("$3", "@cleo:test", message, "🎉")))
	w.settled()
	require.Len(t, w.api.of("chat.delete"), 1)
}

// TestManyReacted: a note names twenty people for each emoji.
func TestManyReacted(t *testing.T) {
	w := newWorld(t, noting)
	w.session()
	message := w.heard("1700000600.000001", "vote", "")
	for n := range 25 {
		require.NoError(t, w.receive(w.react(id.EventID(fmt.Sprintf("$%d", n)), id.UserID(fmt.Sprintf("@p%02d:test", n)), message, "🎉")))
	}
	w.settled()
	updates := w.api.of("chat.update")
	text := updates[len(updates)-1].Get("text")
	require.True(t, strings.HasSuffix(text, "p19, 5 more"), text)
}

// TestARefusedNote costs no reaction and is not told.
func TestARefusedNote(t *testing.T) {
	w := newWorld(t, noting)
	w.session()
	w.api.onCall(func(c call) answer {
		if c.method == "chat.postMessage" {
			return answer{"ok": false, "error": "restricted_action"}
		}
		return nil
	})
	message := w.heard("1700000600.000001", "vote", "")
	require.NoError(t, w.receive(w.react("$1", "@ann:test", message, "🎉")))
	w.settled()
	require.Len(t, w.api.of("reactions.add"), 1)
	require.Empty(t, w.home.said())
	require.Empty(t, w.home.failed())
}

// TestANoteThatIsNotStored is found by the next try, and not posted again.
func TestANoteThatIsNotStored(t *testing.T) {
	w := newWorld(t)
	w.remembersPosts()
	message := w.heard("1700000600.000001", "vote", "")
	require.NoError(t, w.receive(w.react("$1", "@ann:test", message, "🎉")))
	w.slack.options.Network.Reactors = settings.ReactorsThread
	payload, err := json.Marshal(reactedTo{Message: "T1-C1-1700000600.000001"})
	require.NoError(t, err)
	row := inbox.Row{Source: sourceOf(w.client.login.ID), Lane: "T1/reactors", Kind: kindReactors, Payload: payload, Key: "reactors"}
	w.exec("CREATE TRIGGER away BEFORE INSERT ON slack_reactor_note BEGIN SELECT RAISE(ABORT, 'database is locked'); END")
	require.Error(t, w.handle(row, w.slack.HandleSlack))
	w.exec("DROP TRIGGER away")
	require.NoError(t, w.handle(row, w.slack.HandleSlack))
	note, err := w.slack.db.ReactorNote(t.Context(), "", "T1-C1-1700000600.000001")
	require.NoError(t, err)
	require.NotNil(t, note)
	require.Equal(t, postTS(1), note.TS)
	require.Len(t, w.api.of("chat.postMessage"), 1)
}

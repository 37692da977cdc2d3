package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// inThread makes the event of a message in a thread in #general.
func (w *world) inThread(eventID id.EventID, sender id.UserID, root id.EventID, body string) *event.Event {
	w.Helper()
	return w.message(eventID, sender, map[string]any{
		"msgtype": "m.text", "body": body, "m.relates_to": map[string]any{"rel_type": "m.thread", "event_id": root},
	})
}

// threads are the texts of all messages with the event that begins their thread.
func (h *homeserver) threads() map[string]id.EventID {
	found := map[string]id.EventID{}
	for _, s := range h.of(event.EventMessage) {
		found[s.body()] = s.content.AsMessage().RelatesTo.GetThreadParent()
	}
	return found
}

// TestAThreadOnWhatIsNotInSlack answers, in Slack, a message of a Matrix thread whose
// first event is not bridged.
func TestAThreadOnWhatIsNotInSlack(t *testing.T) {
	w := newWorld(t)
	w.home.keep(&event.Event{ID: "$picture", RoomID: w.room().MXID, Sender: "@ann:test", Type: event.Type{Type: "org.example.note"}})
	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", "$picture", "look")))
	root := postTS(1)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "one", TS: "1700000600.000001", ThreadTS: root}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "two", TS: "1700000600.000002", ThreadTS: root}))
	require.NoError(t, w.receive(w.inThread("$n", "@ann:test", "$picture", "and then?")))
	require.Equal(t, map[string]id.EventID{"one": "$picture", "two": "$picture"}, w.home.threads())
	require.Equal(t, root, w.api.of("chat.postMessage")[1].Get("thread_ts"))
}

// TestAThreadFromBefore is the same for a message without a noted thread, such as one from
// before the table existed.
func TestAThreadFromBefore(t *testing.T) {
	w := newWorld(t)
	w.home.keep(&event.Event{ID: "$picture", RoomID: w.room().MXID, Sender: "@ann:test", Type: event.Type{Type: "org.example.note"}})
	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", "$picture", "look")))
	_, err := w.bridge.DB.Exec(t.Context(), "DELETE FROM slack_thread")
	require.NoError(t, err)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "one", TS: "1700000600.000001", ThreadTS: postTS(1)}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "two", TS: "1700000600.000002", ThreadTS: postTS(1)}))
	require.Equal(t, map[string]id.EventID{"one": "$picture", "two": "$picture"}, w.home.threads())
}

// TestAThreadWhoseRootIsGone has answers on both sides after a thread's first message
// was deleted in Slack.
func TestAThreadWhoseRootIsGone(t *testing.T) {
	w := newWorld(t)
	root := "1700000600.000001"
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "root", TS: root, ThreadTS: root}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "one", TS: "1700000600.000002", ThreadTS: root}))
	begin := w.home.of(event.EventMessage)[0].id
	require.NoError(t, w.hear("E3", slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Channel: general, ChannelType: "channel", TS: "1700000600.000004", EventTS: "1700000600.000004",
		Message: &slackevent.Message{Subtype: slackevent.SubtypeTombstone, User: "USLACKBOT", TS: root, ThreadTS: root},
	}))
	require.NoError(t, w.hear("E4", slackevent.Message{User: "U1", Text: "two", TS: "1700000600.000003", ThreadTS: root}))
	require.Equal(t, map[string]id.EventID{"root": "", "one": begin, "two": begin}, w.home.threads())
	require.Empty(t, w.rows(root))

	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", begin, "and here")))
	require.Equal(t, root, w.api.of("chat.postMessage")[0].Get("thread_ts"))
}

// TestAThreadThatIsRefused has a homeserver that refuses every thread: messages arrive as
// replies.
func TestAThreadThatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.home.refuse = func(s sent) error {
		if s.kind == event.EventMessage && relationOf(s) == event.RelThread {
			return refused(400, "M_UNKNOWN", "no threads here")
		}
		return nil
	}
	root := "1700000600.000001"
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "root", TS: root, ThreadTS: root}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "one", TS: "1700000600.000002", ThreadTS: root}))
	sent := w.home.of(event.EventMessage)
	require.Len(t, sent, 2)
	require.Equal(t, sent[0].id, sent[1].content.AsMessage().RelatesTo.GetReplyTo())
	require.NoError(t, w.hear("E3", slackevent.Message{User: "U1", Text: "two", TS: "1700000600.000003", ThreadTS: root}))
	require.Equal(t, []string{"root", "one", "two"}, w.home.bodies())
}

// TestAThreadThatIsGoneInSlack: Slack puts an answer to a message that was deleted a moment
// before into the channel. Answers to it there are in the thread that people in Matrix see,
// and so are their next answers in Slack.
func TestAThreadThatIsGoneInSlack(t *testing.T) {
	w := newWorld(t)
	root, posted := "1700000600.000001", "1700000650.000001"
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "root", TS: root}))
	begin := w.home.of(event.EventMessage)[0].id
	w.api.onCall(func(c call) answer {
		if c.method == "chat.postMessage" && c.form.Get("thread_ts") == root {
			return answer{"ts": posted, "message": answer{"text": c.form.Get("text"), "ts": posted}}
		}
		return nil
	})
	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", begin, "too late")))
	require.Equal(t, root, w.api.of("chat.postMessage")[0].Get("thread_ts"))
	require.Empty(t, w.rows(posted)[0].ThreadRoot)
	require.NoError(t, w.hear("E2", gone(root)))
	require.NoError(t, w.hear("E3", slackevent.Message{User: "U1", Text: "what?", TS: "1700000700.000001", ThreadTS: posted}))
	require.Equal(t, begin, w.home.threads()["what?"])
	require.NoError(t, w.receive(w.inThread("$n", "@ann:test", begin, "never mind")))
	require.Equal(t, posted, w.api.of("chat.postMessage")[1].Get("thread_ts"))
}

// TestAThreadThatSlackRefuses has Slack refuse answers to a message: they are posted to
// the channel.
func TestAThreadThatSlackRefuses(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		if c.method == "chat.postMessage" && c.form.Get("thread_ts") != "" {
			return answer{"ok": false, "error": "cannot_reply_to_message"}
		}
		return nil
	})
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "root", TS: "1700000600.000001"}))
	root := w.home.of(event.EventMessage)[0].id
	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", root, "an answer")))
	require.Empty(t, w.home.said())
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "and another", TS: "1700000600.000002", ThreadTS: postTS(1)}))
	require.Equal(t, map[string]id.EventID{"root": "", "and another": root}, w.home.threads())
}

// tsAt is the ts of a message of a time.
func tsAt(at time.Time) string { return fmt.Sprintf("%d.000001", at.Unix()) }

// TestAThreadOlderThanTheRoom: the first message of a thread that is not in Matrix is
// brought there before its answer. It mentions no one: it is history.
func TestAThreadOlderThanTheRoom(t *testing.T) {
	for name, test := range map[string]struct {
		age      time.Duration
		notifies bool
	}{
		"18 an old first message comes before its answer, without a sound": {30 * 24 * time.Hour, false},
		"18 a first message of this moment notifies whom it mentions":      {time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			now := time.Now()
			root := tsAt(now.Add(-test.age))
			w.api.onCall(func(c call) answer {
				if c.method == "conversations.replies" && c.form.Get("ts") == root {
					return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "<!channel> who is in?", "ts": root, "thread_ts": root}}}
				}
				return nil
			})
			answer := func(id, text string, at time.Time) {
				t.Helper()
				require.NoError(t, w.hear(id, slackevent.Message{User: "U2", Text: text, TS: tsAt(at), ThreadTS: root}))
			}
			answer("E1", "<!channel> I am", now)
			answer("E2", "me too", now.Add(time.Second))
			sent := w.home.contents()
			require.Len(t, sent, 3)
			require.Contains(t, sent[0].Body, "who is in?")
			require.Equal(t, test.notifies, sent[0].Mentions.Room)
			require.True(t, sent[1].Mentions.Room, "what is said now does notify")
			begin := w.home.of(event.EventMessage)[0].id
			for _, said := range sent[1:] {
				require.Equal(t, begin, said.RelatesTo.GetThreadParent())
			}
		})
	}
}

package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestWhatSlackRefusesIsTold: the sender is told once what is not in Slack, why and what
// helps, and the event is marked as failed. A later one is tried again.
func TestWhatSlackRefusesIsTold(t *testing.T) {
	const toMessage = "⚠️ Your message was not bridged: This is not in Slack: "
	for code, told := range map[string]string{
		"is_archived":                           "the channel is archived; unarchive it in Slack to write there (is_archived)",
		"restricted_action":                     "the channel's posting permissions keep the bot out; its managers can change them (restricted_action)",
		"restricted_action_read_only_channel":   "the channel is read-only; its managers can let the bot post (restricted_action_read_only_channel)",
		"restricted_action_thread_only_channel": "only answers in threads are allowed in the channel; answer in a thread (restricted_action_thread_only_channel)",
		"msg_blocks_too_long":                   "it is too long for one message of Slack's; send it in several (msg_blocks_too_long)",
	} {
		t.Run("43 "+code, func(t *testing.T) {
			w := newWorld(t)
			refuses := true
			w.api.onCall(func(c call) answer {
				if refuses && c.method == "chat.postMessage" {
					return answer{"ok": false, "error": code}
				}
				return nil
			})
			require.NoError(t, w.receive(w.write("$m", "@ann:test", "hello")))
			require.Equal(t, []string{toMessage + told}, w.home.said())
			require.Equal(t, []id.EventID{"$m"}, w.home.failed())
			w.restart()
			require.NoError(t, w.receive(w.write("$m", "@ann:test", "hello")))
			require.Len(t, w.home.said(), 1, "the same refusal is told once")
			refuses = false
			require.NoError(t, w.receive(w.write("$n", "@ann:test", "hello again")))
			require.Equal(t, []id.EventID{"$m"}, w.home.failed())
		})
	}
}

// TestRefusalsOfEveryKind: edits, deletions and reactions that Slack refuses are told too.
func TestRefusalsOfEveryKind(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$m", "@ann:test", "hello")))
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hi", TS: "1700000600.000001"}))
	hi := w.home.of(event.EventMessage)[0].id
	codes := map[string]string{"chat.update": "edit_window_closed", "chat.delete": "no_permission", "reactions.add": "too_many_emoji"}
	w.api.onCall(func(c call) answer {
		if code := codes[c.method]; code != "" {
			return answer{"ok": false, "error": code}
		}
		return nil
	})
	require.NoError(t, w.receive(w.edit("$e", "@ann:test", "$m", "hello!")))
	require.NoError(t, w.receive(w.react("$r", "@ann:test", hi, "🎉")))
	require.NoError(t, w.receive(w.redact("$d", "@ann:test", "$m")))
	require.Equal(t, []id.EventID{"$e", "$r", "$d"}, w.home.failed())
	said := w.home.said()
	require.Len(t, said, 3)
	require.Contains(t, said[0], "Your message was not bridged: This is not in Slack: the workspace's settings do not allow editing a message this old (edit_window_closed)")
	require.Contains(t, said[1], "Your reaction was not bridged: This is not in Slack: the message has as many different reactions as Slack allows (too_many_emoji)")
	require.Contains(t, said[2], "Your redaction was not bridged: ")
	require.Contains(t, said[2], "its managers can change them (no_permission)")
}

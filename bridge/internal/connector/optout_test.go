package connector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// saying counts the notices of a room that contain a text.
func (w *world) saying(text string) (count int) {
	for _, body := range w.home.bodies() {
		if strings.Contains(body, text) {
			count++
		}
	}
	return count
}

// TestOptingOutInMatrix has a person opt out by a word in a bridged room, though they may
// give no commands, and in again.
func TestOptingOutInMatrix(t *testing.T) {
	w := newWorld(t)
	w.room()
	require.NoError(t, w.receive(w.write("$1", "@ann:test", "before")))
	require.NoError(t, w.receive(w.write("$2", "@ann:test", "!slack opt-out")))
	require.Equal(t, 1, w.saying("@ann:test has opted out"))

	require.NoError(t, w.receive(w.write("$3", "@ann:test", "a secret")))
	require.NoError(t, w.receive(w.write("$4", "@ann:test", "another")))
	require.NoError(t, w.receive(w.edit("$5", "@ann:test", "$1", "changed")))
	require.NoError(t, w.receive(w.react("$6", "@ann:test", "$1", "👍")))
	require.NoError(t, w.receive(w.write("$7", "@ben:test", "I go on")))
	require.Equal(t, []string{"before", "I go on"}, w.api.posted(t))
	require.Empty(t, w.api.of("chat.update"))
	require.Empty(t, w.api.of("reactions.add"))
	require.Equal(t, 1, w.saying("is not in Slack: they have opted out"), "one line says so")

	require.NoError(t, w.receive(w.redact("$8", "@ann:test", "$1")))
	require.Len(t, w.api.of("chat.delete"), 1, "what was carried can be deleted")

	require.NoError(t, w.slack.optOuts.load(t.Context(), w.slack.db))
	require.NoError(t, w.receive(w.write("$9", "@ann:test", "after a restart")))
	require.NoError(t, w.receive(w.write("$10", "@ann:test", "!slack opt-in")))
	require.NoError(t, w.receive(w.write("$11", "@ann:test", "here again")))
	require.Equal(t, []string{"before", "I go on", "here again"}, w.api.posted(t))
	require.Equal(t, 1, w.saying("is not in Slack: they have opted out"))
}

// TestOptingOutInSlack has a person opt out by a word to the bot, and in again.
func TestOptingOutInSlack(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.room()
	ts := 0
	say := func(channel, kind, user, text string) slackevent.Message {
		ts++
		message := slackevent.Message{Channel: channel, ChannelType: kind, User: user, Text: text, TS: postTS(1000 + ts)}
		require.NoError(t, w.hear(text, message))
		return message
	}
	first := say(general, "channel", "U0ALICE", "before")
	say("D1", "im", "U0ALICE", " Opt out")
	require.Contains(t, w.api.posted(t)[0], "You have opted out")
	require.NotContains(t, strings.Join(w.api.posted(t), "\n"), "I am the bridge", "the answer is enough")

	say(general, "channel", "U0ALICE", "a secret")
	say(general, "channel", "U0ALICE", "another")
	edited := first
	edited.Text, edited.Edited = "changed", &slackevent.Edited{User: "U0ALICE", TS: postTS(2000)}
	require.NoError(t, w.hearEvent("Ev edit", "message", &slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Channel: general, ChannelType: "channel", TS: postTS(2000), Message: &edited, PreviousMessage: &first,
	}))
	require.NoError(t, w.hearEvent("Ev reaction", "reaction_added", &slackevent.Reaction{
		Type: "reaction_added", User: "U0ALICE", Reaction: "eyes", Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: first.TS}, EventTS: postTS(2001),
	}))
	say(general, "channel", "U0BOB", "I go on")
	require.Zero(t, w.saying("a secret")+w.saying("another")+w.saying("changed")+w.saying("pt out"))
	require.Empty(t, w.home.of(event.EventReaction))
	require.Equal(t, 1, w.saying("What Alice Adams says in Slack is not here"), "one line says so")
	require.Equal(t, 1, w.saying("I go on"))

	say("D1", "im", "U0ALICE", "opt in")
	say(general, "channel", "U0ALICE", "here again")
	require.Equal(t, 1, w.saying("here again"))
}

// TestAnAnswerToSomeoneWhoOptedOut is carried, though the first message of its thread is not.
func TestAnAnswerToSomeoneWhoOptedOut(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.room()
	people := w.api.before
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.replies" {
			return answer{"messages": []answer{{"type": "message", "user": "U0ALICE", "text": "a secret", "ts": postTS(1), "thread_ts": postTS(1)}}}
		}
		return people(c)
	})
	require.NoError(t, w.slack.choose(t.Context(), "t1-u0alice", true))
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U0BOB", Text: "an answer", TS: postTS(2), ThreadTS: postTS(1)}))
	require.Equal(t, 1, w.saying("an answer"))
	require.Zero(t, w.saying("a secret"))
}

// TestOptingOutTwice: the room is told each time.
func TestOptingOutTwice(t *testing.T) {
	w := newWorld(t)
	w.room()
	for _, n := range []string{"1", "2"} {
		require.NoError(t, w.receive(w.write(id.EventID("$o"+n), "@ann:test", "!slack opt-out")))
		require.NoError(t, w.receive(w.write(id.EventID("$s"+n), "@ann:test", "a secret")))
		require.NoError(t, w.receive(w.write(id.EventID("$i"+n), "@ann:test", "!slack opt-in")))
	}
	require.Equal(t, 2, w.saying("they have opted out"))
}

package connector

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestNothingToSendIsPassedBy has messages with nothing for Slack.
func TestNothingToSendIsPassedBy(t *testing.T) {
	w := newWorld(t)
	for event, content := range map[id.EventID]map[string]any{
		"$empty":  {"msgtype": "m.text", "body": ""},
		"$blank":  {"msgtype": "m.text", "body": " \n"},
		"$deed":   {"msgtype": "m.emote", "body": ""},
		"$verify": {"msgtype": "m.key.verification.request", "body": "Ann wants to verify", "from_device": "D", "methods": []string{"m.sas.v1"}, "to": "@b:test"},
	} {
		require.NoError(t, w.receive(w.message(event, "@ann:test", content)), event)
	}
	require.Empty(t, w.api.of("chat.postMessage"))
	require.Empty(t, w.home.said())
}

// TestAnEmptyEditDeletesNothing has edits that leave nothing of a message.
func TestAnEmptyEditDeletesNothing(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$m", "@ann:test", "said")))
	for i, body := range []string{"", " ", "\u200b"} {
		require.NoError(t, w.receive(w.edit(id.EventID("$e"+body), "@ann:test", "$m", body)))
		require.Len(t, w.home.said(), i+1)
	}
	require.Contains(t, w.home.said()[0], "there is no text in it")
	require.Empty(t, w.api.of("chat.delete"))
	require.Empty(t, w.api.of("chat.update"))
	require.Empty(t, w.home.of(event.EventRedaction))
	require.Len(t, w.rows(postTS(1)), 1)
}

// TestNamesThatShowNothing has names that a post cannot have.
func TestNamesThatShowNothing(t *testing.T) {
	w := newWorld(t)
	event := 0
	for name, want := range map[string]string{
		"\u200b": "ann", "Ann\nBaker": "Ann Baker", "\u202e\u2800": "ann", "\u202eAnn": "Ann", "A\u0000nn": "Ann",
	} {
		w.home.names = map[id.UserID]string{"@ann:test": name}
		event++
		require.NoError(t, w.receive(w.write(id.EventID(fmt.Sprint("$", event)), "@ann:test", "hello")))
		posts := w.api.of("chat.postMessage")
		require.Equal(t, want, posts[len(posts)-1].Get("username"), "%q", name)
	}
}

// TestMentionsOfMatrixPeople has a pill of a person who is not in Slack: they have the
// name that their posts have.
func TestMentionsOfMatrixPeople(t *testing.T) {
	w := newWorld(t)
	w.home.names = map[id.UserID]string{"@bsmith7:test": "Benjamin\nSmith"}
	require.NoError(t, w.receive(w.message("$m", "@ann:test", map[string]any{
		"msgtype": "m.text", "body": "Benjamin: hi", "format": "org.matrix.custom.html",
		"formatted_body": `<a href="https://matrix.to/#/@bsmith7:test">Benjamin</a>: hi <a href="https://matrix.to/#/@else:where">E</a>`,
	})))
	require.Equal(t, []string{"@Benjamin Smith: hi @else"}, w.api.posted(t))
}

// TestMentionByName has a body that names a person in Slack without a link.
func TestMentionByName(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hi", TS: "1700000001.000001"}))
	ghost := w.bridge.Matrix.GhostIntent(w.client.ghostID("U1")).GetMXID()
	require.NoError(t, w.receive(w.message("$m", "@ann:test", map[string]any{
		"msgtype": "m.text", "body": "Ann: hi", "m.mentions": map[string]any{"user_ids": []id.UserID{ghost}},
	})))
	require.Equal(t, []string{"<@U1>: hi"}, w.api.posted(t))
}

// nameOfGhost is the name of the ghost of a Slack user or bot.
func (w *world) nameOfGhost(user string) string {
	w.Helper()
	ghost, err := w.bridge.GetGhostByID(w.Context(), w.client.ghostID(user))
	require.NoError(w, err)
	return ghost.Name
}

// TestAuthorsThatSlackDoesNotKnow has messages that say more about their author than
// Slack's API does.
func TestAuthorsThatSlackDoesNotKnow(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "bots.info":
			return answer{"ok": false, "error": "bot_not_found"}
		case "users.info":
			if c.form.Get("user") != "U1" {
				return answer{"ok": false, "error": "user_not_found"}
			}
		}
		return nil
	})
	for i, message := range []slackevent.Message{
		{Subtype: "bot_message", BotID: "B0GONE0009", BotProfile: &slackevent.Bot{ID: "B0GONE0009", Name: "Pager&amp;Duty"}, Text: "down"},
		{Subtype: "bot_message", BotID: "B2", Username: "hookbot", Text: "plain webhook"},
		{User: "U0FOREIGN1", UserProfile: &slackevent.Profile{RealName: "Dora"}, Text: "from afar"},
		{Subtype: "huddle_thread", User: "USLACK", Room: &slackevent.Room{CreatedBy: "U1", HuddleLink: "https://example.org/h"}},
		{Text: "no author"},
	} {
		message.TS = "1700000001.00000" + string(rune('1'+i))
		require.NoError(t, w.hear("E", message))
	}
	require.Equal(t, "Pager&Duty", w.nameOfGhost("B0GONE0009"))
	require.Equal(t, "hookbot", w.nameOfGhost("B2"))
	require.Equal(t, "Dora", w.nameOfGhost("U0FOREIGN1"))
	require.Equal(t, "Ann", w.nameOfGhost("U1"))
	require.Equal(t, "Slack", w.nameOfGhost("USLACK"))
	require.Equal(t, []string{"down", "plain webhook", "from afar", "🎧 huddle started (https://example.org/h)", "no author"}, w.home.bodies())
}

// TestANameIsNotSaidTwice has posts under the name of their bot, and one under
// another.
func TestANameIsNotSaidTwice(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		if c.method == "bots.info" {
			return answer{"bot": answer{"id": c.form.Get("bot"), "name": "hook &amp; bot"}}
		}
		return nil
	})
	profiles := func() (names []string) {
		for _, s := range w.home.of(event.EventMessage) {
			name := ""
			if profile := s.content.AsMessage().BeeperPerMessageProfile; profile != nil {
				name = profile.Displayname
			}
			names = append(names, name)
		}
		return names
	}
	for i, message := range []slackevent.Message{
		{Subtype: "bot_message", BotID: "B1", Username: "hook &amp; bot"},
		{Subtype: "bot_message", BotID: "B1", Username: "another"},
		{User: "U1", BotID: "B3", BotProfile: &slackevent.Bot{ID: "B3", Name: "deploys"}, Username: "deploys"},
		{Subtype: "bot_message", BotID: "B1", Username: "\u200b"},
	} {
		message.TS, message.Text = "1700000001.00000"+string(rune('1'+i)), "text"
		require.NoError(t, w.hear("E", message))
	}
	require.Equal(t, []string{"", "another", "", ""}, profiles())
}

// TestTopicsAreReadable has a topic and a purpose as Slack gives them.
func TestTopicsAreReadable(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	topic := func() string {
		info, err := w.client.GetChatInfo(w.Context(), portal)
		require.NoError(t, err)
		return *info.Topic
	}
	say := func(purpose, topic string) {
		w.api.onCall(func(c call) answer {
			if c.method != "conversations.info" {
				return nil
			}
			return answer{"channel": answer{
				"id": general, "name": "general", "is_channel": true, "is_member": true,
				"topic": answer{"value": topic}, "purpose": answer{"value": purpose},
			}}
		})
	}
	say("", "R&amp;D <https://example.com|wiki> <@U1> :tada: &lt;b&gt;")
	require.Equal(t, "R&D wiki (https://example.com) @Ann 🎉 <b>", topic())
	say("Q&amp;A about &lt;things&gt;", "\u200b")
	require.Equal(t, "Q&A about <things>", topic())

	require.NoError(t, w.hear("E", slackevent.Message{Subtype: "channel_topic", User: "U1", Topic: "now &amp; then", TS: "1700000001.000001"}))
	require.Equal(t, "now & then", portal.Topic)
}

package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestAnEditOfAttachments has a bot change its attachments, and Slack add a preview.
func TestAnEditOfAttachments(t *testing.T) {
	w := newWorld(t)
	said := func(edited, text string, more ...slackevent.Attachment) *slackevent.Message {
		message := &slackevent.Message{
			User: "U1", BotID: "B1", TS: "1700000600.000001", Attachments: append([]slackevent.Attachment{{Text: text}}, more...),
		}
		if edited != "" {
			message.Edited = &slackevent.Edited{User: "U1", TS: edited}
		}
		return message
	}
	require.NoError(t, w.hear("E1", *said("", "build running")))
	change := func(id, ts string, from, to *slackevent.Message) {
		require.NoError(t, w.hear(id, slackevent.Message{
			Subtype: slackevent.SubtypeChanged, Channel: general, ChannelType: "channel", TS: ts, EventTS: ts, Message: to, PreviousMessage: from,
		}))
	}
	change("E2", "1700000600.000002", said("", "build running"), said("1700000600.000002", "build passed"))
	change("E3", "1700000600.000003", said("1700000600.000002", "build passed"),
		said("1700000600.000002", "build passed", slackevent.Attachment{FromURL: "https://example.org", Text: "a page"}))
	require.Equal(t, []string{"> build running", "> build passed"}, w.home.bodies())
}

// TestAHuddleEnds has a huddle begin and end.
func TestAHuddleEnds(t *testing.T) {
	w := newWorld(t)
	huddle := func(ended bool) *slackevent.Message {
		return &slackevent.Message{Subtype: "huddle_thread", User: "USLACK", TS: "1700000600.000001", Room: &slackevent.Room{CreatedBy: "U1", HasEnded: ended}}
	}
	require.NoError(t, w.hear("E1", *huddle(false)))
	require.NoError(t, w.hear("E2", slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Channel: general, ChannelType: "channel", TS: "1700000600.000002", EventTS: "1700000600.000002",
		Message: huddle(true), PreviousMessage: huddle(false),
	}))
	require.Equal(t, []string{"🎧 huddle started", "🎧 huddle ended"}, w.home.bodies())
}

// TestAPollIsText has a poll, and an answer in a thread on it.
func TestAPollIsText(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.event("$poll", "@ann:test", event.EventUnstablePollStart, map[string]any{
		"org.matrix.msc1767.text": "Lunch? 1. Soup 2. Pie",
		"org.matrix.msc3381.poll.start": map[string]any{
			"kind": "org.matrix.msc3381.poll.disclosed", "max_selections": 1, "question": map[string]any{"org.matrix.msc1767.text": "Lunch?"},
			"answers": []any{
				map[string]any{"id": "a", "org.matrix.msc1767.text": "Soup"}, map[string]any{"id": "b", "org.matrix.msc1767.text": "Pie"},
			},
		},
	})))
	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", "$poll", "pie")))
	require.Equal(t, []string{"📊 Lunch?\n1. Soup\n2. Pie", "pie"}, w.api.posted(t))
	require.Equal(t, postTS(1), w.api.of("chat.postMessage")[1].Get("thread_ts"))
	require.NoError(t, w.receive(w.event("$edit", "@ann:test", event.EventUnstablePollStart, map[string]any{
		"org.matrix.msc3381.poll.start": map[string]any{"question": map[string]any{"org.matrix.msc1767.text": "Dinner?"}},
		"m.relates_to":                  map[string]any{"rel_type": "m.replace", "event_id": "$poll"},
		"m.new_content": map[string]any{
			"org.matrix.msc3381.poll.start": map[string]any{"question": map[string]any{"org.matrix.msc1767.text": "Dinner?"}},
		},
	})))
	require.Len(t, w.api.of("chat.update"), 1)
	require.Equal(t, "📊 Dinner?", w.api.of("chat.update")[0].Get("text"))
}

// TestPollsOfOtherForms: clients send the newer type, and the question in several forms.
func TestPollsOfOtherForms(t *testing.T) {
	newer := event.Type{Type: "m.poll.start", Class: event.MessageEventType}
	for name, poll := range map[string]struct {
		kind          event.Type
		content, text string
	}{
		"the newer type": {newer, `{"m.poll": {
			"question": {"m.text": [{"mimetype": "text/html", "body": "<b>Lunch?</b>"}, {"body": "Lunch?"}]},
			"answers": [{"m.id": "a", "m.text": [{"body": "Soup"}]}, 5, {"m.id": "b", "m.text": [{"body": "Pie"}]}]
		}}`, "📊 Lunch?\n1. Soup\n2. Pie"},
		"a body": {
			event.EventUnstablePollStart, `{"org.matrix.msc3381.poll.start": {"question": {"body": "Lunch?"}, "answers": [{"body": "Soup"}]}}`,
			"📊 Lunch?\n1. Soup",
		},
		"the text for other clients alone": {newer, `{"m.text": [{"body": "Lunch? 1. Soup"}], "m.poll": {}}`, "📊 Lunch? 1. Soup"},
		"nothing":                          {newer, `{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.receiveContent("$poll", poll.kind, poll.content))
			if poll.text == "" {
				require.Empty(t, w.api.posted(t))
				require.Len(t, w.home.said(), 1, "the sender is told")
				return
			}
			require.Equal(t, []string{poll.text}, w.api.posted(t))
		})
	}
}

// TestAClickOnAnEmojiOfTheWorkspace joins the reaction of a person in Slack.
func TestAClickOnAnEmojiOfTheWorkspace(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hi", TS: "1700000600.000001"}))
	require.NoError(t, w.hearEvent("E2", "reaction_added", &slackevent.Reaction{
		Type: "reaction_added", User: "U1", Reaction: "partyparrot", EventTS: "1700000600.000002",
		Item: slackevent.ReactionItem{Type: "message", Channel: general, TS: "1700000600.000001"},
	}))
	shown := w.home.of(event.EventReaction)
	require.Len(t, shown, 1)
	target := w.home.of(event.EventMessage)[0].id
	key := shown[0].content.Parsed.(*event.ReactionEventContent).RelatesTo.Key
	require.NoError(t, w.receive(w.react("$r", "@ann:test", target, key)))
	require.NoError(t, w.receive(w.react("$s", "@ann:test", target, ":unknown:")))
	require.Len(t, w.api.of("reactions.add"), 1)
	require.Equal(t, "partyparrot", w.api.of("reactions.add")[0].Get("name"))
	require.Len(t, w.home.said(), 1)
}

// TestWhatSlackLetsNoOneChange redacts a message from Slack in Matrix: the sender is told
// in one sentence.
func TestWhatSlackLetsNoOneChange(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hi", TS: "1700000600.000001"}))
	require.NoError(t, w.receive(w.redact("$r", "@ann:test", w.home.of(event.EventMessage)[0].id)))
	require.Equal(t, []string{"⚠️ Your redaction was not bridged: Slack lets an app change and delete only its own messages."}, w.home.said())
}

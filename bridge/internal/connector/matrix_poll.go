package connector

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/matrixevent"
)

// pollStart is the type of a poll since Matrix 1.7 has taken it over (MSC3381); clients send
// event.EventUnstablePollStart as well.
const pollStart = "m.poll.start"

// asPoll gives a poll of the newer type the older one, which the framework knows. Any other event is
// returned as it is.
func asPoll(evt *event.Event) *event.Event {
	if evt.Type.Type != pollStart || evt.StateKey != nil {
		return evt
	}
	raw, err := json.Marshal(evt.Content.Raw)
	content := matrixevent.Fitting[event.PollStartEventContent](raw)
	if err != nil || content == nil {
		content = &event.PollStartEventContent{}
	}
	poll := *evt
	poll.Type, poll.Content.Parsed = event.EventUnstablePollStart, content
	return &poll
}

// pollAsText turns a poll into a message with its question, and an edit of a poll into an
// edit of that message: Slack has no polls. Any other event is returned as it is. The text is
// empty if the poll cannot be read.
func pollAsText(evt *event.Event) *event.Event {
	poll, ok := evt.Content.Parsed.(*event.PollStartEventContent)
	if !ok {
		return evt
	}
	message := &event.MessageEventContent{
		MsgType: event.MsgText, Body: pollText(evt.Content.Raw), RelatesTo: poll.RelatesTo, Mentions: poll.Mentions,
	}
	if poll.RelatesTo.GetReplaceID() != "" {
		edited, _ := evt.Content.Raw["m.new_content"].(map[string]any)
		message.NewContent = &event.MessageEventContent{MsgType: event.MsgText, Body: pollText(edited), Mentions: poll.Mentions}
		message.Body = cmp.Or(message.Body, message.NewContent.Body)
	}
	said := *evt
	said.Type, said.Content = event.EventMessage, event.Content{Parsed: message}
	return &said
}

// isUnreadablePoll says whether a poll has become a message without a text.
func isUnreadablePoll(evt, said *event.Event) bool {
	message, ok := said.Content.Parsed.(*event.MessageEventContent)
	return ok && said != evt && (message.Body == "" || message.NewContent != nil && message.NewContent.Body == "")
}

// pollText is the question of a poll with its answers, or what the poll says to clients that know no
// polls; "" if neither can be read.
func pollText(content map[string]any) string {
	poll, ok := content["org.matrix.msc3381.poll.start"].(map[string]any)
	if !ok {
		poll, _ = content["m.poll"].(map[string]any)
	}
	question := extensibleText(poll["question"])
	if question == "" {
		if text := extensibleText(content); text != "" {
			return "📊 " + text
		}
		return ""
	}
	lines := []string{"📊 " + question}
	answers, _ := poll["answers"].([]any)
	for _, answer := range answers {
		if text := extensibleText(answer); text != "" {
			lines = append(lines, fmt.Sprintf("%d. %s", len(lines), text))
		}
	}
	return strings.Join(lines, "\n")
}

// extensibleText is the plain text of an object with text in the forms of MSC1767 and of
// the specification ("m.text"), or in a body.
func extensibleText(value any) string {
	object, _ := value.(map[string]any)
	for _, field := range []string{"m.text", "org.matrix.msc1767.message", "org.matrix.msc1767.text", "body"} {
		switch text := object[field].(type) {
		case string:
			if text = strings.TrimSpace(text); text != "" {
				return text
			}
		case []any:
			if plain := plainOf(text); plain != "" {
				return plain
			}
		}
	}
	return ""
}

// plainOf is the plain one of a text's representations, "" if there is none.
func plainOf(representations []any) string {
	for _, each := range representations {
		representation, _ := each.(map[string]any)
		body, _ := representation["body"].(string)
		kind, _ := representation["mimetype"].(string)
		if body = strings.TrimSpace(body); body != "" && (kind == "" || kind == "text/plain") {
			return body
		}
	}
	return ""
}

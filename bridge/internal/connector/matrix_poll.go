package connector

import (
	"encoding/json"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/matrixevent"
)

// pollAsText turns a poll into a message with its question, and an edit of a poll into an
// edit of that message: Slack has no polls. Any other event is returned as it is.
func pollAsText(evt *event.Event) *event.Event {
	poll, ok := evt.Content.Parsed.(*event.PollStartEventContent)
	if !ok {
		return evt
	}
	message := &event.MessageEventContent{
		MsgType: event.MsgText, Body: pollText(poll.PollStart), RelatesTo: poll.RelatesTo, Mentions: poll.Mentions,
	}
	if poll.RelatesTo.GetReplaceID() != "" {
		message.NewContent = &event.MessageEventContent{MsgType: event.MsgText, Body: pollText(editedPoll(evt)), Mentions: poll.Mentions}
	}
	said := *evt
	said.Type, said.Content = event.EventMessage, event.Content{Parsed: message}
	return &said
}

// pollText is the question of a poll, "" if it cannot be read.
func pollText(poll event.PollStart) string {
	question := strings.TrimSpace(poll.Question.Text)
	if question == "" {
		return ""
	}
	lines := []string{"📊 " + question}
	for n, answer := range poll.Answers {
		lines = append(lines, fmt.Sprintf("%d. %s", n+1, strings.TrimSpace(answer.Text)))
	}
	return strings.Join(lines, "\n")
}

// editedPoll is the poll after an edit, an empty one if it cannot be read.
func editedPoll(evt *event.Event) event.PollStart {
	raw, err := json.Marshal(evt.Content.Raw["m.new_content"])
	if err != nil {
		return event.PollStart{}
	}
	edited := matrixevent.Fitting[event.PollStartEventContent](raw)
	if edited == nil {
		return event.PollStart{}
	}
	return edited.PollStart
}

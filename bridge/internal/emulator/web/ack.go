package web

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Answer does what an app's ack asks for: the text of a slash command's is shown
// to the person. What it cannot do is refused, in words for the log.
func (s *Server) Answer(app workspace.App, kind string, envelope, payload json.RawMessage) (refused string) {
	var answer object
	switch err := json.Unmarshal(payload, &answer); {
	case err != nil:
		return "the payload of an ack must be an object"
	case len(answer) == 0:
		return ""
	case kind == "slash_commands":
		return s.answerCommand(app, envelope, answer)
	}
	for _, name := range []string{"response_action", "options", "option_groups"} {
		if _, ok := answer[name]; ok {
			return name + ": there are no views and menus here"
		}
	}
	return "an ack of " + kind + " takes no such payload"
}

// command is what a slash command's envelope says of who used it where.
type command struct {
	Name    string `json:"command"`
	User    string `json:"user_id"`
	Channel string `json:"channel_id"`
}

func (s *Server) answerCommand(app workspace.App, envelope json.RawMessage, answer object) (refused string) {
	var from command
	if err := json.Unmarshal(envelope, &from); err != nil {
		return fmt.Sprintf("the envelope of a slash command cannot be read: %v", err)
	}
	_, err := s.speak(app, from, answer)
	switch {
	case err == nil, workspace.CodeOf(err) == "no_text": // an empty text is an ack and nothing more
		return ""
	case workspace.CodeOf(err) == "invalid_response_type":
		return "response_type must be ephemeral or in_channel"
	}
	return workspace.CodeOf(err)
}

// speak says what an app answers to a command: to the person who used it, or to
// everybody there. It returns the ts of what the person alone sees.
func (s *Server) speak(app workspace.App, from command, answer object) (shown string, err error) {
	if answer.oneOf("response_type", false, "ephemeral", "in_channel") != nil {
		return "", workspace.Fail("invalid_response_type")
	}
	c := &Call{Method: s.methods["chat.postMessage"], Args: argsOf(answer), App: app, Actor: workspace.ActorOf(app)}
	p := workspace.Post{Actor: c.Actor, Channel: from.Channel, ThreadTS: c.arg("thread_ts"), Invoked: true}
	if err := c.content(&p); err != nil {
		return "", err
	}
	if c.arg("response_type") == "in_channel" {
		_, err := s.ws.Post(p)
		return "", err
	}
	e, err := s.ws.Show(from.User, p)
	return e.Message.TS, err
}

// argsOf are an object's keys as arguments of a call.
func argsOf(o object) Args {
	args := Args{}
	for name, raw := range o {
		var text string
		switch {
		case string(bytes.TrimSpace(raw)) == "null":
		case json.Unmarshal(raw, &text) == nil:
			args[name] = text
		default:
			args[name] = string(raw)
		}
	}
	return args
}

// Unanswered tells a person that their slash command was not acked.
func (s *Server) Unanswered(kind string, envelope json.RawMessage) {
	var from command
	if kind != "slash_commands" || json.Unmarshal(envelope, &from) != nil {
		return
	}
	text := fmt.Sprintf("%s failed with the error \"operation_timeout\"", from.Name)
	if err := s.ws.Tell(from.User, from.Channel, text); err != nil {
		s.log.Info("No one is left to tell that a slash command failed", zap.String("command", from.Name), zap.Error(err))
	}
}

package connector

import (
	"context"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"
)

// unredacted is sent when a message that holds a token stays readable.
const unredacted = "I cannot delete your message, and it holds a token: **delete it yourself** now. " +
	"Without tokens in a chat: the bridge's operator puts them into files and names these in `network.logins` of its configuration."

// loginCommands are the framework's commands for logins, with an answer to redactions
// that the homeserver refuses. The framework only logs those. continuwuity refuses all of
// them in rooms of version 12, which are its default, when a person made the chat: the
// invited bot should be a creator too, and is not recorded as one (seen on 26.8).
func loginCommands() []commands.CommandHandler {
	handlers := make([]commands.CommandHandler, 0, 2)
	for _, theirs := range []*commands.FullHandler{commands.CommandLogin, commands.CommandRelogin} {
		ours := *theirs
		ours.Func = func(ce *commands.Event) { tellUnredacted(ce, theirs.Func) }
		handlers = append(handlers, &ours)
	}
	return handlers
}

// tellUnredacted runs one step of a login and wraps the steps after it in the same way.
func tellUnredacted(ce *commands.Event, step func(*commands.Event)) {
	ce.Bot = &redactor{MatrixAPI: ce.Bot, ce: ce}
	step(ce)
	state := commands.LoadCommandState(ce.User)
	if state == nil || state.Next == nil {
		return
	}
	if _, already := state.Next.(tellingStep); !already {
		state.Next = tellingStep{state.Next}
	}
}

// tellingStep is a step of a login that reports refused redactions.
type tellingStep struct {
	next commands.MinimalCommandHandler
}

// Run implements commands.MinimalCommandHandler.
func (s tellingStep) Run(ce *commands.Event) { tellUnredacted(ce, s.next.Run) }

// redactor is the bot during one step of a login.
type redactor struct {
	bridgev2.MatrixAPI
	ce *commands.Event
}

// SendMessage tells the person when their message could not be redacted, whatever the
// reason: it may hold a token.
func (r *redactor) SendMessage(ctx context.Context, room id.RoomID, kind event.Type, content *event.Content, extra *bridgev2.MatrixSendExtra) (*mautrix.RespSendEvent, error) {
	sent, err := r.MatrixAPI.SendMessage(ctx, room, kind, content, extra)
	redaction, ok := content.Parsed.(*event.RedactionEventContent)
	if err == nil || !ok || redaction.Redacts != r.ce.EventID {
		return sent, err
	}
	notice := format.RenderMarkdown(unredacted, true, false)
	notice.MsgType = event.MsgNotice
	notice.RelatesTo = (&event.RelatesTo{}).SetReplyTo(r.ce.EventID)
	if _, err := r.MatrixAPI.SendMessage(ctx, room, event.EventMessage, &event.Content{Parsed: &notice}, nil); err != nil {
		zerolog.Ctx(ctx).Error().Err(err).Stringer("event_id", r.ce.EventID).Msg("A message with a token could not be redacted, and its sender could not be told to delete it")
	}
	return sent, err
}

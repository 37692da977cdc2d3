package connector

import (
	"context"
	"errors"
	"maps"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackfmt"
)

var errTargetAbsent = errors.New("the message that it changes is not in Slack")

// findEdited looks for what an edit changes where that is not in Slack under the id that the edit
// names, and returns the event to handle in its place: an edit that names an earlier edit changes
// what that one changed, and one of a message that had nothing for Slack is that message now.
// Otherwise handled says that its sender was told, since the framework would only log it.
func (c *Client) findEdited(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) (found *event.Event, handled bool, err error) {
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	if !ok || evt.Type != event.EventMessage && evt.Type != event.EventSticker || content.RelatesTo.GetReplaceID() == "" {
		return evt, false, nil
	}
	target := content.RelatesTo.GetReplaceID()
	if there, err := c.isInSlack(ctx, target); there || err != nil {
		return evt, false, err
	}
	original, err := c.connector.bridge.Bot.GetEvent(ctx, portal.MXID, target)
	if err != nil {
		if isTriedAgain(err) {
			return nil, false, wrapped(err, "read %s, which is edited", target)
		}
		zerolog.Ctx(ctx).Info().Err(err).Stringer("edited", target).Msg("A message that is edited is not in Slack, and cannot be read")
		return evt, true, c.connector.refuse(ctx, evt, refusal(errTargetAbsent))
	}
	original = pollAsText(asPoll(original))
	said, ok := original.Content.Parsed.(*event.MessageEventContent)
	if ok && original.Sender == evt.Sender {
		if first := said.RelatesTo.GetReplaceID(); first != "" {
			if there, err := c.isInSlack(ctx, first); there || err != nil {
				return editOf(evt, content, first), false, err
			}
		}
		dropFallbacks(original)
		if isCommand(said.Body, c.connector.bridge.Config.CommandPrefix) {
			return evt, true, nil // a command is not in Slack, and neither is what corrects it
		}
		if !isRedacted(original) && len(filesOf(original, said)) == 0 && slackfmt.Sendable(said) != nil {
			return inPlaceOf(evt, original, said), false, nil
		}
	}
	return evt, true, c.connector.refuse(ctx, evt, refusal(errTargetAbsent))
}

// isInSlack says whether an event is known as a message in Slack.
func (c *Client) isInSlack(ctx context.Context, evt id.EventID) (bool, error) {
	known, err := c.connector.bridge.DB.Message.GetPartByMXID(ctx, evt)
	return known != nil, wrapped(err, "look up message %s", evt)
}

// isRedacted says whether nothing is left of what an event said.
func isRedacted(evt *event.Event) bool {
	return evt.Unsigned.RedactedBecause != nil || len(evt.Content.Raw) == 0
}

// editOf is an edit of another event.
func editOf(evt *event.Event, content *event.MessageEventContent, target id.EventID) *event.Event {
	edit, changed := *evt, *content
	relation := *content.RelatesTo
	relation.EventID, changed.RelatesTo = target, &relation
	raw := maps.Clone(evt.Content.Raw)
	if raw != nil {
		raw["m.relates_to"] = map[string]any{"rel_type": event.RelReplace, "event_id": target.String()}
	}
	edit.Content = event.Content{Parsed: &changed, Raw: raw}
	return &edit
}

// inPlaceOf is what an edit says as the message that it changes: further edits change that one.
func inPlaceOf(evt, original *event.Event, said *event.MessageEventContent) *event.Event {
	message, content := *evt, *newContent(evt)
	content.RelatesTo, content.NewContent = said.RelatesTo, nil
	raw := maps.Clone(rawContent(evt))
	if raw == nil {
		raw = map[string]any{}
	}
	delete(raw, "m.relates_to")
	if relation, ok := original.Content.Raw["m.relates_to"]; ok {
		raw["m.relates_to"] = relation
	}
	message.ID, message.Content = original.ID, event.Content{Parsed: &content, Raw: raw}
	return &message
}

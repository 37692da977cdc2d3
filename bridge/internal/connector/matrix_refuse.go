package connector

import (
	"context"
	"errors"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackapi"
)

// refusal is why an event is not in Slack, as its sender is told.
func refusal(why error) error {
	text := "This is not in Slack: " + plain(why)
	switch { // these are in Slack
	case errors.Is(why, errNotOurs):
		text = "Slack lets an app change and delete only its own messages."
	case errors.Is(why, errMayNotDelete):
		text = "It stays in Slack: " + why.Error() + "."
	}
	return bridgev2.WrapErrorInStatus(why).WithStatus(event.MessageStatusFail).WithIsCertain(true).WithMessage(text).WithSendNotice(true)
}

// plain is an error in the words of a person: what Slack answers is its reason and its cure,
// without the name of the method.
func plain(err error) string {
	var ofSlack *slackapi.Error
	if errors.As(err, &ofSlack) {
		return strings.Replace(err.Error(), ofSlack.Error(), ofSlack.Plain(), 1)
	}
	return err.Error()
}

// refuse tells the sender of an event, in its room, why it is not in Slack. The framework
// would do so in its own goroutine and only log a failure: here an error has the event
// tried again, so that nothing is dropped silently. why is made by [refusal] or by the
// framework.
func (c *Connector) refuse(ctx context.Context, evt *event.Event, why error) error {
	status, info := bridgev2.WrapErrorInStatus(why), bridgev2.StatusEventInfoFromEvent(evt)
	zerolog.Ctx(ctx).Warn().Err(why).Msg("An event from Matrix is not in Slack")
	tell := status.SendNotice && c.options.ErrorNotices && info.MessageType != event.MsgNotice
	c.bridge.Matrix.SendMessageStatus(ctx, &status, info)
	if !tell {
		return nil
	}
	plan := newSendPlan("refused "+evt.ID.String(), "notice")
	_, err := c.bridge.Bot.SendMessage(withSendPlan(ctx, plan), evt.RoomID, event.EventMessage, &event.Content{Parsed: status.ToNoticeEvent(info)}, nil)
	return wrapped(err, "tell %s that %s is not in Slack", evt.Sender, evt.ID)
}

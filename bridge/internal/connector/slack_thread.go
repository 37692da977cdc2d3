package connector

import (
	"context"
	"fmt"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// inThread says whether a message is a reply and not a thread's root.
func inThread(message *slackevent.Message) bool {
	return message.ThreadTS != "" && message.ThreadTS != message.TS
}

// threadRoot returns the message whose thread a message belongs to, or "". A
// root that is a further piece of a long Matrix message stands for that message.
func (c *Client) threadRoot(ctx context.Context, portal *bridgev2.Portal, message *slackevent.Message) (networkid.MessageID, error) {
	if !inThread(message) {
		return "", nil
	}
	return c.connector.db.MessageOf(ctx, portal.Receiver, slackid.MakeMessageID(c.team, message.Channel, message.ThreadTS))
}

// ensureRoot bridges the root of a message's thread if it is not in Matrix, as
// when it is older than the bridge: without it the reply would stand in the room
// as if it answered nothing.
func (c *Client) ensureRoot(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, message *slackevent.Message) error {
	if !inThread(message) {
		return nil
	}
	root, err := c.connector.db.MessageOf(ctx, key.Receiver, slackid.MakeMessageID(c.team, message.Channel, message.ThreadTS))
	if err != nil {
		return err
	}
	parts, err := c.connector.bridge.DB.Message.GetAllPartsByID(ctx, key.Receiver, root)
	if err != nil {
		return fmt.Errorf("load the thread's root %s: %w", root, err)
	}
	if len(parts) > 0 {
		return nil
	}
	page, err := c.api.Replies(ctx, slackapi.HistoryRequest{Channel: message.Channel, ThreadTS: message.ThreadTS, Limit: 1})
	switch kind := slackapi.KindOf(err); {
	case kind == slackapi.Permanent, kind == slackapi.MissingScope:
		zerolog.Ctx(ctx).Info().Err(err).Str("thread_ts", message.ThreadTS).Msg("A thread's root is not available; its reply is sent on its own")
		return nil
	case err != nil:
		return err
	}
	for _, found := range page.Messages {
		if found.TS == message.ThreadTS {
			found.ChannelType = message.ChannelType
			return c.handlePost(ctx, row, found)
		}
	}
	return nil
}

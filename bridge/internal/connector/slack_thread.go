package connector

import (
	"context"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
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
// when it is older than the bridge: without it the reply would look as if it answered
// nothing.
func (c *Client) ensureRoot(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, message *slackevent.Message) error {
	if !inThread(message) {
		return nil
	}
	root, err := c.connector.db.MessageOf(ctx, key.Receiver, slackid.MakeMessageID(c.team, message.Channel, message.ThreadTS))
	if err != nil {
		return err
	}
	if known, err := c.isKnown(ctx, key, root); err != nil || known {
		return err
	}
	found, err := c.messageAt(ctx, message.Channel, message.ThreadTS)
	if err != nil || found == nil {
		return err
	}
	found.ChannelType = message.ChannelType
	return c.handlePost(ctx, row, found)
}

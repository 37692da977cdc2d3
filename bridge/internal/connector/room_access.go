package connector

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// handleConversion handles channel_convert_to_private and …_to_public: the room is
// closed or opened before it shows that it was.
func (c *Client) handleConversion(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	private := message.Subtype == slackevent.SubtypeChannelConvertToPrivate
	c.conversations.change(message.Channel, func(conversation *slackevent.Conversation) { conversation.IsPrivate = private })
	key, err := c.conversations.portalKey(ctx, message.Channel, message.ChannelType)
	if err != nil {
		return err
	}
	err = c.submit(ctx, row, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			c.connector.noteShown(portal, func(meta *PortalMetadata) { meta.Public = !private })
			return c.applyJoinRule(ctx, portal)
		},
	})
	if err != nil {
		return err
	}
	return c.handlePost(ctx, row, message)
}

// applyJoinRule makes a room's join rule that of its conversation, and notes which it is.
// It runs under the portal's lock.
func (c *Client) applyJoinRule(ctx context.Context, portal *bridgev2.Portal) error {
	meta := portal.Metadata.(*PortalMetadata)
	if meta.Open == meta.Public || portal.MXID == "" || meta.Plumbed {
		return nil
	}
	rule, err := c.joinRule(ctx, meta.Public)
	if err != nil {
		return err
	}
	_, err = c.connector.bridge.Bot.SendState(ctx, portal.MXID, event.StateJoinRules, "", &event.Content{Parsed: rule}, time.Time{})
	if err != nil {
		return fmt.Errorf("change who may join %s: %w", portal.MXID, err)
	}
	meta.Open = meta.Public
	if err := portal.Save(ctx); err != nil {
		return fmt.Errorf("note who may join %s: %w", portal.MXID, err)
	}
	return nil
}

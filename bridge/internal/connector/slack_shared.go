package connector

import (
	"context"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// handleShared handles channel_shared and channel_unshared: another workspace came into a
// channel, or left it. The room may be called otherwise, and the people of that workspace
// come or go with it.
func (c *Client) handleShared(ctx context.Context, row *inbox.Attempt, event *slackevent.ChannelShared) error {
	conversation, err := c.conversations.fetch(ctx, event.Channel)
	if err != nil {
		return unreadable(ctx, err)
	}
	portal, err := c.ownRoom(ctx, c.conversations.keyOf(conversation))
	if err != nil || portal == nil {
		return err
	}
	if err := c.resync(ctx, row, conversation); err != nil {
		return err
	}
	try := &catchup{Client: c, row: row, span: span{Channel: event.Channel}}
	return try.syncMembers(slackapi.Background(ctx), portal)
}

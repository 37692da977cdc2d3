package connector

import (
	"context"
	"time"

	"maunium.net/go/mautrix/bridgev2"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// noteUnread notes that Slack does not show the conversation, and since when its events
// may be missing.
func (try *catchup) noteUnread(ctx context.Context) error {
	key, err := try.conversations.portalKey(ctx, try.span.Channel, "")
	if err != nil {
		return err
	}
	return try.submit(ctx, try.row, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			return markUnread(ctx, portal, try.span.Since)
		},
	})
}

// markUnread notes since when Slack does not show a conversation; the earliest counts.
// It runs under the portal's lock.
func markUnread(ctx context.Context, portal *bridgev2.Portal, since time.Time) error {
	meta := portal.Metadata.(*PortalMetadata)
	if meta.Unread != 0 && meta.Unread <= since.UnixMilli() {
		return nil
	}
	meta.Unread = since.UnixMilli()
	return wrapped(portal.Save(ctx), "note since when Slack does not show %s", portal.PortalKey)
}

// readUnread reads what was said in a conversation while Slack did not show it.
func (c *Client) readUnread(ctx context.Context, row *inbox.Attempt, conversation slackevent.Conversation) error {
	if !c.hasRoom(ctx, conversation) {
		return nil
	}
	return c.submit(ctx, row, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: c.conversations.keyOf(conversation)},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			return c.putUnread(ctx, row, portal, conversation.ID)
		},
	})
}

// putUnread puts the row that reads it, but no further back than changes are looked for: a
// bot may return after years. It runs under the portal's lock.
func (c *Client) putUnread(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, channel string) error {
	meta := portal.Metadata.(*PortalMetadata)
	if meta.Unread == 0 {
		return nil
	}
	reading, err := c.catchupRow(kindCatchup, span{
		Channel: channel, Since: latest(time.UnixMilli(meta.Unread), time.Now().Add(-lookBack)),
	})
	if err != nil {
		return err
	}
	reading.Key += " after " + row.Key
	if _, err := c.connector.inbox.Put(ctx, reading); err != nil {
		return err
	}
	meta.Unread = 0
	return wrapped(portal.Save(ctx), "note that Slack shows %s again", portal.PortalKey)
}

package connector

import (
	"context"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// A channel may be one to which typical members do not post (Slack docs: conversation object,
// is_read_only). In its room it takes the power level of the workspace's administrators to
// write. Slack decides who else may: a ghost that posts gets that level, and what Slack
// refuses of a person in Matrix is told to them. That only answers in threads are allowed,
// Matrix cannot express.

// restrictedLevel is the power level that is needed to write in such a room.
const restrictedLevel = adminLevel

// handlePosting handles channel_posting_permissions, which does not say what they are now.
func (c *Client) handlePosting(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	conversation, err := c.conversations.fetch(ctx, message.Channel)
	if err != nil {
		return err
	}
	err = c.inRoom(ctx, row, c.conversations.keyOf(conversation), nil, func(ctx context.Context, portal *bridgev2.Portal) error {
		return c.restrict(ctx, portal, conversation.IsReadOnly)
	})
	if err != nil {
		return err
	}
	return c.handlePost(ctx, row, message)
}

// beginRestriction restricts a room whose channel is known to be restricted. Only handlePosting
// ends that: Slack's lists of channels may leave it out. It runs under the portal's lock.
func (c *Client) beginRestriction(ctx context.Context, portal *bridgev2.Portal) error {
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return err
	}
	if conversation, known := c.conversations.cached(channel); !known || !conversation.IsReadOnly {
		return nil
	}
	return c.restrict(ctx, portal, true)
}

// restrict changes whether it takes power to write in a room. While the room is read-only,
// that is what it is opened to. It runs under the portal's lock.
func (c *Client) restrict(ctx context.Context, portal *bridgev2.Portal, restricted bool) error {
	meta := portal.Metadata.(*PortalMetadata)
	if meta.Restricted == restricted || meta.Plumbed {
		return nil
	}
	free := meta.FreeLevel
	next := func(level int) int {
		switch {
		case restricted && level < restrictedLevel:
			free = level
			return restrictedLevel
		case !restricted && level == restrictedLevel:
			return free
		}
		return level
	}
	err := c.changeLevels(ctx, portal, "change who may write", func(levels *event.PowerLevelsEventContent) bool {
		if levels.EventsDefault == readOnlyLevel {
			meta.OpenLevel = next(meta.OpenLevel)
			return false
		}
		before := levels.EventsDefault
		levels.EventsDefault = next(before)
		return levels.EventsDefault != before
	})
	if err != nil {
		return err
	}
	c.connector.closures.Lock()
	meta.Restricted, meta.FreeLevel = restricted, free
	c.connector.closures.Unlock()
	return wrapped(portal.Save(ctx), "note who may write in %s", portal.MXID)
}

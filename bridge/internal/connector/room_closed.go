package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// closure says why nothing crosses between a conversation and its room, "" while messages
// do.
type closure string

const (
	// closedArchived and closedUninvited: Slack removes a bot from a channel that is
	// archived, and does not add it again when the channel is unarchived.
	closedArchived  closure = "archived"
	closedUninvited closure = "uninvited"
	// closedDeleted: the channel does not exist any more.
	closedDeleted closure = "deleted"
	// closedHidden: Slack does not show a channel any more that was public. It was deleted, or
	// made private without the bot, which may be invited again.
	closedHidden closure = "hidden"
	// closedLeft: the bot is no longer in the channel, which goes on without it.
	closedLeft closure = "left"
)

// Why an event from Matrix is refused in the room of a closed channel.
var (
	errArchived  = errors.New("the channel is archived in Slack")
	errDeleted   = errors.New("the channel was deleted in Slack")
	errHidden    = errors.New("the channel is not shown to the bridge's bot any more; it was deleted or made private")
	errUninvited = errors.New("the bridge's bot is not in the channel; a member of it has to invite the bot in Slack")
)

// refusal is why an event from Matrix is refused, or nil. If the bot is no longer in a
// channel that goes on, Slack decides: the bot may have been added again.
func (c closure) refusal() error {
	switch c {
	case closedArchived:
		return errArchived
	case closedUninvited:
		return errUninvited
	case closedDeleted:
		return errDeleted
	case closedHidden:
		return errHidden
	default:
		return nil
	}
}

// readOnly says whether people may not write in the room.
func (c closure) readOnly() bool { return c.refusal() != nil }

// replaces says whether a conversation that is closed for one reason is closed for
// another now. A public channel that the bot had left before is not archived for the bridge:
// it would join the channel afterwards. Of a private one the bot hears only while it is a
// member, so it has left because of the archiving.
func (c closure) replaces(before closure, public bool) bool {
	switch before {
	case c, closedDeleted:
		return false
	case closedHidden:
		return c == closedDeleted
	case closedLeft:
		return c == closedDeleted || c == closedHidden || c == closedArchived && !public
	case closedArchived, closedUninvited:
		return c != closedLeft
	default:
		return true
	}
}

// alsoReadOnly is what a room is told that is closed to what people write. A plumbed room
// is not.
const alsoReadOnly = ", and this room is read-only"

// closing closes a conversation's room.
type closing struct {
	why closure
	// since is the time from which on something may be missed.
	since time.Time
	// text is the notice in the room.
	text string
}

// closeRoom closes the room of a conversation, if it has one, and tells it so once.
func (c *Client) closeRoom(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, closing closing) error {
	return c.inRoom(ctx, row, key, newSendPlan(row.Key+" "+string(closing.why), "notice"), func(ctx context.Context, portal *bridgev2.Portal) error {
		if !closing.why.replaces(c.connector.closureOf(portal), c.connector.shownIn(portal, "").public) {
			return nil
		}
		return c.closePortal(ctx, row, portal, closing)
	})
}

// closePortal runs under the portal's lock. All its steps may be repeated, so that a try
// that failed half-way can be made again.
func (c *Client) closePortal(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, closing closing) error {
	meta := portal.Metadata.(*PortalMetadata)
	if closing.why.readOnly() && !meta.Closed.readOnly() {
		if err := c.makeReadOnly(ctx, portal, meta); err != nil {
			return err
		}
	}
	text := closing.text
	if meta.Plumbed {
		text = strings.Replace(text, alsoReadOnly, "", 1)
	} else if closing.why == closedDeleted || closing.why == closedHidden {
		if err := c.unpublish(ctx, portal, meta); err != nil {
			return err
		}
	}
	if err := c.connector.db.DropJoiners(ctx, portal.PortalKey); err != nil {
		return err
	}
	if err := c.noticeOnce(ctx, row, portal, fmt.Sprintf("%s %d", closing.why, closing.since.UnixMicro()), text); err != nil {
		return err
	}
	if err := markUnread(ctx, portal, closing.since); err != nil {
		return err
	}
	c.connector.close(portal, closing.why)
	zerolog.Ctx(ctx).Info().Str("portal", string(portal.ID)).Str("why", string(closing.why)).Msg("A channel is closed: nothing crosses")
	return wrapped(portal.Save(ctx), "note that %s is closed", portal.MXID)
}

// reopen opens a conversation's room when the bot is back in the conversation. Messages
// of the meantime are read. The conversation may have become private meanwhile: no message
// crosses before the room is as closed as that.
func (c *Client) reopen(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, conversation slackevent.Conversation) error {
	return c.inRoom(ctx, row, key, newSendPlan(row.Key+" opens", "notice"), func(ctx context.Context, portal *bridgev2.Portal) error {
		why := c.connector.closureOf(portal)
		if why == closedDeleted {
			return nil
		}
		if !isPublic(conversation) {
			if err := c.applyConversion(ctx, portal, true); err != nil {
				return err
			}
		}
		if why == "" {
			return nil
		}
		return c.reopenPortal(ctx, row, portal)
	})
}

// reopenPortal runs under the portal's lock.
func (c *Client) reopenPortal(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal) error {
	meta := portal.Metadata.(*PortalMetadata)
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return err
	}
	if err := c.putUnread(ctx, row, portal, channel); err != nil {
		return err
	}
	if meta.Closed.readOnly() {
		if !meta.ReadOnly {
			if err := c.endReadOnly(ctx, portal, meta); err != nil {
				return err
			}
		}
		if err := c.noticeOnce(ctx, row, portal, "opened by "+row.Key, "This channel is open in Slack again: messages cross."); err != nil {
			return err
		}
	}
	c.connector.close(portal, "")
	zerolog.Ctx(ctx).Info().Str("portal", string(portal.ID)).Msg("A channel is open again")
	return wrapped(portal.Save(ctx), "note that %s is open", portal.MXID)
}

// noticeOnce sends a notice to a room unless an earlier try at the row has sent it. what
// names the notice.
func (c *Client) noticeOnce(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, what, text string) error {
	origin := map[string]any{originKey: map[string]any{"notice": what}}
	if row.Unsure {
		if said, err := c.findSent(ctx, row, portal.MXID, origin); said != nil || err != nil {
			return err
		}
	}
	_, err := c.connector.bridge.Bot.SendMessage(ctx, portal.MXID, event.EventMessage, &event.Content{
		Parsed: &event.MessageEventContent{MsgType: event.MsgNotice, Body: text, Mentions: &event.Mentions{}}, Raw: origin,
	}, nil)
	return wrapped(err, "say a notice in %s", portal.MXID)
}

// inRoom does something under the lock of a conversation's portal, if it has a room and
// this login posts for it.
func (c *Client) inRoom(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, plan *sendPlan, do func(context.Context, *bridgev2.Portal) error) error {
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil {
		return err
	}
	return c.submit(ctx, row, &action{remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key, plan: plan}, do: do})
}

// ownRoom returns a portal that has a room for which this login posts, or nil.
func (c *Client) ownRoom(ctx context.Context, key networkid.PortalKey) (*bridgev2.Portal, error) {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("load the portal %s: %w", key, err)
	}
	if c.connector.roomOf(portal) == "" || c.connector.relayOf(portal) != c {
		return nil, nil
	}
	return portal, nil
}

// closureOf says why a portal is closed, if it is.
func (c *Connector) closureOf(portal *bridgev2.Portal) closure {
	c.closures.RLock()
	defer c.closures.RUnlock()
	return portal.Metadata.(*PortalMetadata).Closed
}

// needsPower says whether it takes power to write in a portal's room.
func (c *Connector) needsPower(portal *bridgev2.Portal) bool {
	c.closures.RLock()
	defer c.closures.RUnlock()
	meta := portal.Metadata.(*PortalMetadata)
	return meta.Closed.readOnly() || meta.ReadOnly || meta.Restricted
}

// close notes why a portal is closed, or that it is open. It runs under the portal's
// lock, and the caller saves the portal.
func (c *Connector) close(portal *bridgev2.Portal, why closure) {
	c.closures.Lock()
	defer c.closures.Unlock()
	portal.Metadata.(*PortalMetadata).Closed = why
}

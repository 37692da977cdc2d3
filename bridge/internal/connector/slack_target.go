package connector

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// target is the message that an event from Slack is about.
type target struct {
	id networkid.MessageID
	// known says that it is in Matrix.
	known bool
}

// findTarget looks for the message that an event is about. A message that is not in Matrix
// may be on its way there: posted for a person in Matrix a moment ago, or delivered by
// Slack after the event about it. Then it is waited for, or read from Slack and bridged
// first.
func (c *Client) findTarget(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, channel, ts string, told time.Time) (target, error) {
	id, err := c.connector.db.MessageOf(ctx, key.Receiver, slackid.MakeMessageID(c.team, channel, ts))
	if err != nil {
		return target{}, err
	}
	known, err := c.isKnown(ctx, key, id)
	if err != nil || known {
		return target{id, known}, err
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return target{}, fmt.Errorf("load the portal of %s: %w", channel, err)
	}
	room := c.connector.roomOf(portal)
	if room == "" || c.connector.deletions.has(goneMessage(id), time.Time{}) {
		return target{id: id}, nil
	}
	if c.connector.inbox.WaitingIn(room.String(), row.ID) > 0 {
		return target{}, inbox.Later(shortWait, errTargetUnknown)
	}
	message, err := c.messageAt(ctx, channel, ts)
	if err != nil || message == nil {
		return target{id: id}, err
	}
	if recent, err := c.isRecent(ctx, portal, ts, told); err != nil || !recent {
		return target{id: id}, err
	}
	zerolog.Ctx(ctx).Info().Str("message_ts", ts).Msg("Slack sent an event about a message before the message itself; the message is bridged first")
	if err := c.handlePost(ctx, row, message); err != nil {
		return target{}, err
	}
	known, err = c.isKnown(ctx, key, id)
	return target{id, known}, err
}

// isKnown says whether a message of Slack is in Matrix.
func (c *Client) isKnown(ctx context.Context, key networkid.PortalKey, message networkid.MessageID) (bool, error) {
	part, err := c.connector.bridge.DB.Message.GetFirstPartByID(ctx, key.Receiver, message)
	return part != nil, wrapped(err, "look up message %s", message)
}

// messageAt asks Slack for one message, root or reply; nil if Slack does not show it.
func (c *Client) messageAt(ctx context.Context, channel, ts string) (*slackevent.Message, error) {
	page, err := c.api.Replies(ctx, slackapi.HistoryRequest{Channel: channel, ThreadTS: ts, Limit: 1})
	switch kind := slackapi.KindOf(err); {
	case kind == slackapi.Permanent, kind == slackapi.MissingScope:
		zerolog.Ctx(ctx).Info().Err(err).Str("message_ts", ts).Msg("Slack does not show the message that a reply, an edit or a reaction is about")
		return nil, nil
	case err != nil:
		return nil, err
	}
	for _, message := range page.Messages {
		if message.TS == ts {
			return message, nil
		}
	}
	return nil, nil
}

// isRecent says whether a message is newer than the beginning of its room's history: an
// older one is from before the bridge and stays out. In a room without messages it must
// have been written shortly before the event about it.
func (c *Client) isRecent(ctx context.Context, portal *bridgev2.Portal, ts string, told time.Time) (bool, error) {
	said, err := slackid.ParseTimestamp(ts)
	if err != nil {
		return false, err
	}
	first, err := c.connector.bridge.DB.Message.GetFirstPortalMessage(ctx, portal.PortalKey)
	if err != nil {
		return false, fmt.Errorf("look up the first message of %s: %w", portal.PortalKey, err)
	}
	if first == nil {
		return told.Sub(said) < lateOriginal, nil
	}
	return !said.Before(first.Timestamp), nil
}

package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// handleDelete handles message_deleted.
func (c *Client) handleDelete(ctx context.Context, id string, deletion *slackevent.Message) error {
	ts := deletion.DeletedTS
	if ts == "" && deletion.PreviousMessage != nil {
		ts = deletion.PreviousMessage.TS
	}
	return c.remove(ctx, id, deletion, ts)
}

// remove redacts a message that is gone in Slack. The framework's own removal
// forgets the message even when the redaction fails, so this is done here: rows
// go when their events are redacted.
func (c *Client) remove(ctx context.Context, id string, deletion *slackevent.Message, ts string) error {
	said, err := slackid.ParseTimestamp(ts)
	if err != nil {
		return fmt.Errorf("deletion in %s: %w", deletion.Channel, err)
	}
	key, err := c.places.portalKey(ctx, deletion.Channel, deletion.ChannelType)
	if err != nil {
		return err
	}
	gone := slackid.MakeMessageID(c.team, deletion.Channel, ts)
	c.connector.deletions.note(gone, said, timeOf(deletion.EventTS))
	return c.submit(&action{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventUnknown, portal: key, at: timeOf(deletion.EventTS), plan: newSendPlan(id),
		},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			return errors.Join(c.forgetPiece(ctx, portal, gone, ts), c.redactMessage(ctx, portal, gone))
		},
	})
}

// forgetPiece forgets a further piece of a long Matrix message, if that is what
// is gone: the message itself stays, since its first piece is its place in Slack.
// Looked up under the portal's lock, a piece that the bridge itself deleted while
// shortening the message is no piece any more.
func (c *Client) forgetPiece(ctx context.Context, portal *bridgev2.Portal, piece networkid.MessageID, ts string) error {
	message, err := c.connector.db.MessageOf(ctx, portal.Receiver, piece)
	if err != nil || message == piece {
		return err
	}
	row, err := c.connector.bridge.DB.Message.GetPartByID(ctx, portal.Receiver, message, "")
	if err != nil {
		return fmt.Errorf("load message %s: %w", message, err)
	}
	if row != nil {
		if meta, ok := row.Metadata.(*MessageMetadata); ok {
			meta.Pieces = slices.DeleteFunc(meta.Pieces, func(of string) bool { return of == ts })
			if err := c.connector.bridge.DB.Message.Update(ctx, row); err != nil {
				return fmt.Errorf("note that piece %s is gone: %w", piece, err)
			}
		}
	}
	return c.connector.db.DropPieces(ctx, portal.Receiver, message, piece)
}

// redactMessage redacts every part of a message and forgets it. It runs under
// the portal's lock.
func (c *Client) redactMessage(ctx context.Context, portal *bridgev2.Portal, message networkid.MessageID) error {
	parts, err := c.connector.bridge.DB.Message.GetAllPartsByID(ctx, portal.Receiver, message)
	if err != nil {
		return fmt.Errorf("load message %s: %w", message, err)
	}
	for _, part := range parts {
		if err := c.dropOthers(ctx, portal, part); err != nil {
			return err
		}
		if err := c.removePart(ctx, portal, part); err != nil {
			return err
		}
	}
	return errors.Join(
		c.connector.db.DropPieces(ctx, portal.Receiver, message),
		c.connector.db.DropReactors(ctx, portal.Receiver, message),
	)
}

// dropOthers deletes the further pieces in Slack of a Matrix message that lost its
// first there: with its event gone, nobody in Matrix could.
func (c *Client) dropOthers(ctx context.Context, portal *bridgev2.Portal, part *database.Message) error {
	channel, pieces, err := c.ownPieces(portal, part)
	if errors.Is(err, errNotOurs) {
		return nil
	} else if err != nil {
		return err
	}
	return c.dropPieces(ctx, portal, part, channel, pieces, 1)
}

// removePart redacts one part of a message and then forgets it.
func (c *Client) removePart(ctx context.Context, portal *bridgev2.Portal, part *database.Message) error {
	plan := newSendPlan("delete "+part.MXID.String(), "redact")
	if err := c.redact(withSendPlan(ctx, plan), portal, part); err != nil {
		return err
	}
	if err := c.connector.bridge.DB.Message.Delete(ctx, part.RowID); err != nil {
		return fmt.Errorf("forget part %q of %s: %w", part.PartID, part.ID, err)
	}
	return nil
}

// redact takes one part out of the room: as the ghost that said it, or as the
// bridge's bot what somebody in Matrix said.
func (c *Client) redact(ctx context.Context, portal *bridgev2.Portal, part *database.Message) error {
	if part.HasFakeMXID() {
		return nil
	}
	intent := c.connector.bridge.Bot
	ghost, err := c.connector.bridge.GetGhostByMXID(ctx, part.SenderMXID)
	if err != nil {
		return fmt.Errorf("load the ghost %s: %w", part.SenderMXID, err)
	}
	if ghost != nil {
		intent = ghost.Intent
	}
	_, err = intent.SendMessage(ctx, portal.MXID, event.EventRedaction, &event.Content{
		Parsed: &event.RedactionEventContent{Redacts: part.MXID},
	}, nil)
	if err != nil {
		return fmt.Errorf("redact %s: %w", part.MXID, err)
	}
	return nil
}

package connector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// errMayNotRedact is why a message stays that is gone in Slack.
var errMayNotRedact = errors.New("the bridge's bot needs the power level to delete other users' messages in the room")

// handleDelete handles message_deleted.
func (c *Client) handleDelete(ctx context.Context, row *inbox.Attempt, deletion *slackevent.Message) error {
	return c.remove(ctx, row, deletion, deletedTS(deletion))
}

// deletedTS is the ts of the deleted message of a message_deleted.
func deletedTS(deletion *slackevent.Message) string {
	if deletion.DeletedTS == "" && deletion.PreviousMessage != nil {
		return deletion.PreviousMessage.TS
	}
	return deletion.DeletedTS
}

// remove redacts a message that is gone in Slack. The framework's own removal forgets the
// message even when the redaction fails, so the connector does it: rows are deleted once
// their events are redacted.
func (c *Client) remove(ctx context.Context, row *inbox.Attempt, deletion *slackevent.Message, ts string) error {
	said, err := slackid.ParseTimestamp(ts)
	if err != nil {
		return fmt.Errorf("deletion in %s: %w", deletion.Channel, err)
	}
	key, err := c.conversations.portalKey(ctx, deletion.Channel, deletion.ChannelType)
	if err != nil {
		return err
	}
	if carried, err := c.carriesFromSlack(ctx, deletion.Channel); !carried || err != nil {
		return err
	}
	gone := slackid.MakeMessageID(c.team, deletion.Channel, ts)
	if err := c.connector.deletions.note(ctx, goneMessage(gone), latest(toldAt(row, deletion.EventTS), said)); err != nil {
		return err
	}
	return c.submit(ctx, row, &action{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventUnknown, portal: key, at: toldAt(row, deletion.EventTS), plan: newSendPlan(row.Key),
		},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			return errors.Join(c.forgetPiece(ctx, portal, gone), c.redactMessage(ctx, portal, gone, deletion.Message != nil)) // a tombstone has answers
		},
	})
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// forgetPiece forgets a further piece of a long Matrix message, if that is what is gone:
// the message itself stays, since its first piece identifies it in Slack. It is called
// under the portal's lock: a piece that the bridge itself deleted while shortening the
// message is already forgotten then.
func (c *Client) forgetPiece(ctx context.Context, portal *bridgev2.Portal, piece networkid.MessageID) error {
	message, err := c.connector.db.MessageOf(ctx, portal.Receiver, piece)
	if err != nil || message == piece {
		return err
	}
	return c.connector.db.DropPieces(ctx, portal.Receiver, message, piece)
}

// redactMessage redacts every part of a message and forgets it; answered says that it is
// known to have answers. It runs under the portal's lock.
func (c *Client) redactMessage(ctx context.Context, portal *bridgev2.Portal, message networkid.MessageID, answered bool) error {
	parts, err := c.partsOf(ctx, portal.Receiver, message)
	if err != nil {
		return err
	}
	if len(parts) > 0 {
		if err := c.keepLostRoot(ctx, portal, parts[0], answered); err != nil {
			return err
		}
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
		c.forgetReactors(ctx, portal, message),
		c.connector.db.DropFiles(ctx, portal.Receiver, message, ""),
	)
}

// dropOthers deletes the further pieces and the files in Slack of a Matrix message that
// lost its first piece there: with its event gone, no one in Matrix could delete them.
func (c *Client) dropOthers(ctx context.Context, portal *bridgev2.Portal, part *database.Message) error {
	channel, pieces, err := c.ownPieces(ctx, portal, part)
	if errors.Is(err, errNotOurs) {
		return nil
	} else if err != nil {
		return err
	}
	return errors.Join(c.dropPieces(ctx, portal, part, channel, pieces, 1), c.deleteFiles(ctx, part.MXID))
}

// removePart redacts one part of a message and then forgets it.
func (c *Client) removePart(ctx context.Context, portal *bridgev2.Portal, part *database.Message) error {
	plan := newSendPlan("delete "+part.MXID.String(), "redact")
	if !part.HasFakeMXID() {
		err := c.redact(withSendPlan(ctx, plan), portal.MXID, part.MXID, part.SenderMXID)
		if status, _ := matrixStatus(err); status == http.StatusForbidden && c.connector.isPlumbed(portal) {
			return fmt.Errorf("%w: %w", errMayNotRedact, err)
		}
		if err != nil {
			return err
		}
	}
	failpoint.Hit(failpoint.RedactionRow)
	if err := c.connector.bridge.DB.Message.Delete(ctx, part.RowID); err != nil {
		return fmt.Errorf("forget part %q of %s: %w", part.PartID, part.ID, err)
	}
	return nil
}

// redact redacts an event: as the ghost that sent it, or as the bridge's bot if a person
// in Matrix sent it.
func (c *Client) redact(ctx context.Context, room id.RoomID, target id.EventID, sender id.UserID) error {
	intent := c.connector.bridge.Bot
	ghost, err := c.connector.bridge.GetGhostByMXID(ctx, sender)
	if err != nil {
		return fmt.Errorf("load the ghost %s: %w", sender, err)
	}
	if ghost != nil {
		intent = ghost.Intent
	}
	content := &event.Content{Parsed: &event.RedactionEventContent{Redacts: target}}
	_, err = intent.SendMessage(ctx, room, event.EventRedaction, content, nil)
	if status, _ := matrixStatus(err); status == http.StatusForbidden && ghost != nil {
		// The ghost may not speak, as in a read-only room.
		sendPlanOf(ctx).again()
		_, err = c.connector.bridge.Bot.SendMessage(ctx, room, event.EventRedaction, content, nil)
	}
	return wrapped(err, "redact %s", target)
}

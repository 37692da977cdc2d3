package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/slackapi"
)

// HandleMatrixMessageRemove implements bridgev2.RedactionHandlingNetworkAPI.
func (c *Client) HandleMatrixMessageRemove(ctx context.Context, removal *bridgev2.MatrixMessageRemove) error {
	attempt, err := c.connector.attempts.of(removal.Event)
	if err != nil {
		return err
	}
	if err := c.removeMessage(ctx, removal); err != nil {
		return attempt.fail(err)
	}
	return nil
}

// errMayNotDelete is why a message or a reaction stays that another person wants to delete.
var errMayNotDelete = errors.New("only its author and the moderators of the room can delete it")

// mayDelete returns errMayNotDelete if a person may not delete what an author in Matrix has
// sent: homeservers also pass on redactions that they do not apply (Matrix specification, room
// version 3, "Handling redactions").
func (c *Client) mayDelete(ctx context.Context, room id.RoomID, person, author id.UserID) error {
	if person == author {
		return nil
	}
	levels, err := c.connector.bridge.Matrix.GetPowerLevels(ctx, room)
	if err != nil {
		return fmt.Errorf("look up whether %s may delete what others said: %w", person, err)
	}
	if levels.GetUserLevel(person) < levels.Redact() {
		return errMayNotDelete
	}
	return nil
}

func (c *Client) removeMessage(ctx context.Context, removal *bridgev2.MatrixMessageRemove) error {
	if _, err := c.readyIn(removal.Portal); err != nil {
		return err
	}
	channel, pieces, err := c.ownPieces(ctx, removal.Portal, removal.TargetMessage)
	if err != nil {
		return err
	}
	if err := c.mayDelete(ctx, removal.Portal.MXID, removal.Event.Sender, removal.TargetMessage.SenderMXID); err != nil {
		return err
	}
	if err := c.keepLostRoot(ctx, removal.Portal, removal.TargetMessage, false); err != nil {
		return err
	}
	if err := c.dropReactorNote(slackapi.WaitAtMost(ctx, lockPatience), removal.Portal.Receiver, removal.TargetMessage.ID); err != nil {
		return fmt.Errorf("delete the note of who reacted: %w", err)
	}
	if err := c.dropPieces(ctx, removal.Portal, removal.TargetMessage, channel, pieces, 0); err != nil {
		return fmt.Errorf("delete a message: %w", err)
	}
	failpoint.Hit(failpoint.RedactionRow)
	if err := c.deleteFiles(ctx, removal.TargetMessage.MXID); err != nil {
		return fmt.Errorf("the message is deleted in Slack, its file is not: %w", err)
	}
	return c.connector.db.DropReactors(ctx, removal.Portal.Receiver, removal.TargetMessage.ID)
}

// deleteFiles deletes the files that were uploaded for a message, whose message in Slack is
// gone: else people could still find them there.
func (c *Client) deleteFiles(ctx context.Context, message id.EventID, keep ...string) error {
	uploads, err := c.connector.db.UploadsFor(ctx, message)
	if err != nil {
		return err
	}
	for _, upload := range uploads {
		if slices.Contains(keep, upload.FileID) {
			continue
		}
		if err := c.api.DeleteFile(slackapi.WaitAtMost(ctx, lockPatience), upload.FileID); err != nil {
			return err
		}
		if err := c.connector.db.DropUploads(ctx, upload.FileID); err != nil {
			return err
		}
	}
	return nil
}

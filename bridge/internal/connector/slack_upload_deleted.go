package connector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// Administrators of a workspace can delete a file without its message. When the bridge uploaded
// it, its message was said in Matrix, where no one but its author can change it. So a message
// that has lost all of its files is deleted on both sides.

// uploadDeleted deletes the message of a file that the bridge uploaded, if it shows no other.
func (c *Client) uploadDeleted(ctx context.Context, row *inbox.Attempt, deletion *slackevent.FileEvent) error {
	upload, err := c.connector.db.UploadOf(ctx, deletion.FileID)
	if err != nil || upload == nil {
		return err
	}
	said, err := c.connector.bridge.DB.Message.GetPartByMXID(ctx, upload.Event)
	if err != nil || said == nil {
		return wrapped(err, "look up the message of file %s", deletion.FileID)
	}
	team, channel, ts, err := slackid.ParseMessageID(said.ID)
	if err != nil || team != c.team || said.SenderID != c.GetUserID() {
		return nil // another app uploaded it
	}
	message, err := c.messageAt(ctx, channel, ts)
	if err != nil || message == nil {
		return err // its deletion has an event of its own
	}
	message.Channel = channel
	return c.removeWithoutFiles(ctx, row, message, toldAt(row, deletion.EventTS))
}

// lostFile says whether a file of a message was deleted.
func lostFile(message *slackevent.Message) bool {
	return slices.ContainsFunc(message.Files, func(file slackevent.File) bool { return isGone(&file) })
}

// lostAllFiles says whether a message had files, and all of them were deleted.
func lostAllFiles(message *slackevent.Message) bool {
	return len(message.Files) > 0 && !slices.ContainsFunc(message.Files, func(file slackevent.File) bool { return !isGone(&file) })
}

// hasLostUploads says whether a message that was said in Matrix, and that Slack shows without
// its files, is still there.
func (c *Client) hasLostUploads(message *slackevent.Message, stands []*database.Message) bool {
	return len(stands) > 0 && stands[0].SenderID == c.GetUserID() && lostAllFiles(message)
}

// removeWithoutFiles deletes a message that was said in Matrix if all of its files were deleted in
// Slack.
func (c *Client) removeWithoutFiles(ctx context.Context, row *inbox.Attempt, message *slackevent.Message, at time.Time) error {
	if !lostAllFiles(message) {
		return nil
	}
	key, err := c.conversations.portalKey(ctx, message.Channel, "")
	if err != nil {
		return err
	}
	if carried, err := c.carriesFromSlack(ctx, message.Channel); !carried || err != nil {
		return err
	}
	return c.submit(ctx, row, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key, at: at, plan: newSendPlan(row.Key)},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			parts, err := c.partsOf(ctx, portal.Receiver, slackid.MakeMessageID(c.team, message.Channel, message.TS))
			if err != nil || !c.hasLostUploads(message, parts) {
				return err
			}
			return c.dropWithoutFiles(ctx, portal, message, parts[0], at)
		},
	})
}

// dropWithoutFiles runs under the portal's lock. What the bridge itself has deleted or exchanged
// meanwhile is not an upload of the message any more.
func (c *Client) dropWithoutFiles(ctx context.Context, portal *bridgev2.Portal, message *slackevent.Message, said *database.Message, at time.Time) error {
	uploads, err := c.connector.db.UploadsFor(ctx, said.MXID)
	if err != nil || len(uploads) == 0 {
		return err
	}
	for _, upload := range uploads {
		if !slices.ContainsFunc(message.Files, func(file slackevent.File) bool { return file.ID == upload.FileID }) {
			return nil
		}
	}
	if err := c.connector.deletions.note(ctx, goneMessage(said.ID), at); err != nil {
		return err
	}
	if err := c.dropRest(ctx, portal, said); err != nil {
		if isTriedAgain(err) {
			return err
		}
		zerolog.Ctx(ctx).Warn().Err(err).Str("message_ts", message.TS).Msg("Slack keeps the text of a message whose files were deleted")
	}
	return c.redactMessage(ctx, portal, said.ID, message.ReplyCount > 0)
}

// dropRest deletes in Slack what is left of a message that was said in Matrix.
func (c *Client) dropRest(ctx context.Context, portal *bridgev2.Portal, said *database.Message) error {
	channel, pieces, err := c.ownPieces(ctx, portal, said)
	if err != nil {
		return err
	}
	if err := c.dropReactorNote(slackapi.WaitAtMost(ctx, lockPatience), portal.Receiver, said.ID); err != nil {
		return fmt.Errorf("delete the note of who reacted: %w", err)
	}
	return c.dropPieces(ctx, portal, said, channel, pieces, 0)
}

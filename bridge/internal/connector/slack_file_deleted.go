package connector

import (
	"context"
	"slices"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// handleFileDeleted handles file_deleted: the messages that the file was in become what
// Slack shows of them now. Most already are, since Slack also sends a change of each.
func (c *Client) handleFileDeleted(ctx context.Context, row *inbox.Attempt, deletion *slackevent.FileEvent) error {
	if err := c.uploadDeleted(ctx, row, deletion); err != nil {
		return err
	}
	shown, err := c.connector.db.MessagesWithFile(ctx, deletion.FileID)
	if err != nil {
		return err
	}
	for _, file := range shown {
		team, channel, ts, err := slackid.ParseMessageID(file.Message)
		if err != nil || team != c.team {
			continue
		}
		message, err := c.messageAt(ctx, channel, ts)
		if err != nil {
			return err
		}
		if message == nil {
			continue // its deletion has an event of its own
		}
		before := *message
		before.Files = slices.DeleteFunc(slices.Clone(message.Files), func(f slackevent.File) bool { return isGone(&f) })
		if !slices.ContainsFunc(before.Files, func(f slackevent.File) bool { return f.ID == deletion.FileID }) {
			before.Files = append(before.Files, slackevent.File{ID: deletion.FileID}) // it may have left no mark
		}
		change := &slackevent.Message{Subtype: slackevent.SubtypeChanged, Channel: channel, Message: message, PreviousMessage: &before, EventTS: deletion.EventTS}
		if err := c.handleEdit(ctx, row, change); err != nil {
			return err
		}
	}
	return nil
}

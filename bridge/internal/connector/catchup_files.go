package connector

import (
	"context"
	"slices"

	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// The deletion of a file is not an edit of its messages: history shows them with a mark in the
// file's place, and says nothing of when that came.

// lostFiles are the files that Matrix shows with a message and Slack does not any more. What
// another bridge has shown stays.
func (c *Client) lostFiles(message *slackevent.Message, stands []*database.Message) (lost []string) {
	if original := originalOf(stands); original == nil || !c.connector.Ours(original.SenderMXID) {
		return nil
	}
	var shown []slackevent.File
	for _, part := range stands {
		for _, file := range filesOfPart(part, message) {
			if slices.Contains(lost, file) {
				continue
			}
			if shown == nil {
				shown = slices.Concat(message.Files, picturesOf(message))
			}
			if !slices.ContainsFunc(shown, func(there slackevent.File) bool { return there.ID == file && !isGone(&there) }) {
				lost = append(lost, file)
			}
		}
	}
	return lost
}

// hasLostFiles says whether files were deleted that Matrix shows with a message. A list without one says less
// than a mark does: Slack is asked for the file.
func (try *catchup) hasLostFiles(ctx context.Context, message *slackevent.Message, stands []*database.Message) (bool, error) {
	lost := try.lostFiles(message, stands)
	for _, file := range lost {
		if slices.ContainsFunc(message.Files, func(there slackevent.File) bool { return there.ID == file }) {
			continue // with a mark
		}
		switch found, err := try.api.FileInfo(ctx, file); {
		case slackapi.HasCode(err, "file_deleted"), slackapi.HasCode(err, "file_not_found"):
		case err != nil:
			return false, unreadable(ctx, err)
		case !isGone(found):
			return false, nil
		}
	}
	return len(lost) > 0, nil
}

// withLostFiles is a message as it was before its files were deleted, nil if Matrix shows all
// that it has, or if its text was edited too.
func (c *Client) withLostFiles(message *slackevent.Message, stands []*database.Message) *slackevent.Message {
	lost := c.lostFiles(message, stands)
	if len(lost) == 0 || isNewer(message, stands) {
		return nil
	}
	before := *message
	before.Files = slices.DeleteFunc(slices.Clone(message.Files), func(file slackevent.File) bool { return isGone(&file) })
	for _, file := range lost {
		before.Files = append(before.Files, slackevent.File{ID: file})
	}
	return &before
}

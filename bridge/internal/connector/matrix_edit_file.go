package connector

import (
	"cmp"
	"context"
	"html"
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackfmt"
)

// editedPieces is what an edit makes of a message: its text, or what it says besides its file.
func (c *Client) editedPieces(ctx context.Context, attempt *attempt, edit *bridgev2.MatrixEdit, content *event.MessageEventContent, as relaySender) ([]slackfmt.Message, error) {
	files := filesOf(edit.Event, content)
	if len(files) == 0 {
		return c.pieces(ctx, content, as)
	}
	wrong, caption := attempt.wrongWithFiles(), captionOf(edit.Event, content, rawContent(edit.Event))
	if wrong != nil && attempt.noFiles && !attempt.sameFiles {
		return nil, wrong // the message stays as it is
	}
	if wrong != nil {
		var err error
		if caption, err = captionFor(attempt, edit.Event, content); err != nil {
			return nil, err
		}
		if attempt.noFiles { // it shows no file
			return c.pieces(ctx, caption, as)
		}
	}
	if c.shareNames.lost() && as.name != "" {
		as = as.inText()
	}
	if caption == nil && as.prefix == "" { // Slack takes no empty text in the place of another
		caption = &event.MessageEventContent{MsgType: event.MsgText, Body: cmp.Or(files[0].title, files[0].name)}
	}
	return c.captionPieces(ctx, caption, as)
}

// finishFiles finishes the files that a message gets by an edit. If Slack refuses them for good,
// the message goes on to show what it shows, and its sender is told.
func (c *Client) finishFiles(ctx context.Context, attempt *attempt) error {
	if len(attempt.files) == 0 || attempt.noFiles || attempt.sameFiles || len(attempt.pieces) > 0 ||
		!attempt.upload.isWhole(len(attempt.files)-len(attempt.badFiles)) {
		return nil
	}
	for _, file := range attempt.sentFiles() {
		err := c.api.FinishUpload(slackapi.WaitAtMost(ctx, lockPatience), file)
		if slackapi.HasCode(err, fileRefusals...) {
			attempt.sameFiles = !attempt.shows
			return attempt.orBadFiles(c.forgetFiles(ctx, attempt, attempt.slackFilesError(err)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// exchangeFiles returns what changes a message that gets other files. Where Slack does not
// exchange files, an answer in the message's thread says so.
func (c *Client) exchangeFiles(attempt *attempt, edit *bridgev2.MatrixEdit, as relaySender) func(context.Context, slackapi.UpdateRequest) error {
	return func(ctx context.Context, update slackapi.UpdateRequest) error {
		if !attempt.upload.isWhole(len(attempt.files) - len(attempt.badFiles)) {
			return errNoFile
		}
		update.FileIDs = attempt.upload.sent()
		err := c.api.Update(ctx, update)
		if err == nil {
			return c.deleteFiles(ctx, edit.EditTarget.MXID, update.FileIDs...)
		}
		if isTriedAgain(err) || slackapi.HasCode(err, "cant_update_message", "message_not_found", "edit_window_closed", "is_inactive") {
			return err
		}
		return c.tellExchange(ctx, attempt, edit, as, update)
	}
}

// exchangePiece is the number by which the post of tellExchange is known again, beyond those
// of an edit's further pieces.
const exchangePiece = 1000

// exchangeLine tells what Slack shows no more.
func exchangeLine(files []*matrixFile) string {
	if len(files) == 1 {
		return "📎 The file of this message is " + files[0].name + " in Matrix now. Slack does not put it in the place of this one."
	}
	names := make([]string, len(files))
	for n, file := range files {
		names[n] = file.name
	}
	return "📎 The files of this message are " + strings.Join(names, ", ") + " in Matrix now. Slack does not put them in the place of these."
}

// tellExchange says in the thread of a message that its file is another in Matrix now, and
// changes the message's text alone.
func (c *Client) tellExchange(ctx context.Context, attempt *attempt, edit *bridgev2.MatrixEdit, as relaySender, update slackapi.UpdateRequest) error {
	thread, err := threadRootTS(edit.EditTarget)
	if err != nil {
		return err
	}
	link := edit.Portal.MXID.EventURI(edit.EditTarget.MXID).MatrixToURL()
	line := exchangeLine(attempt.files)
	pieces, err := c.pieces(ctx, &event.MessageEventContent{
		MsgType: event.MsgText, Body: line + " " + link,
		Format: event.FormatHTML, FormattedBody: html.EscapeString(line) + ` <a href="` + html.EscapeString(link) + `">See it in Matrix</a>`,
	}, as)
	if err != nil {
		return err
	}
	post := slackapi.PostRequest{
		Channel: update.Channel, ThreadTS: cmp.Or(thread, update.TS), Username: as.name,
		Text: pieces[0].Text, Blocks: pieces[0].Blocks, EventID: edit.Event.ID.String(), Piece: exchangePiece,
		Since: attempt.since, Said: time.UnixMilli(edit.Event.Timestamp),
	}
	if _, err := c.api.Post(ctx, post); err != nil {
		return err
	}
	for _, file := range attempt.upload.sent() {
		if err := c.api.DeleteFile(ctx, file); err != nil {
			return err
		}
		if err := c.connector.db.DropUploads(ctx, file); err != nil {
			return err
		}
	}
	update.FileIDs = nil
	return c.api.Update(ctx, update)
}

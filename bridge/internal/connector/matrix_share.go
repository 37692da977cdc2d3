package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackfmt"
)

// shareWaits are the waits before looks for a message that Slack said it would show, within
// what a portal may be locked; Slack's own event is faster.
func shareWaits() []time.Duration {
	return []time.Duration{500 * time.Millisecond, 500 * time.Millisecond, time.Second}
}

// captionFor is what a message with a file says besides it. Of a file that cannot be brought
// to Slack it tells who reads there. nil means that the file is all.
func captionFor(attempt *attempt, evt *event.Event, content *event.MessageEventContent) (*event.MessageEventContent, error) {
	caption := captionOf(evt, content, rawContent(evt))
	switch {
	case len(attempt.badFiles) > 0:
		return withBadFiles(attempt, evt, caption), nil
	case len(attempt.files) == 0:
		return nil, inbox.Later(shortWait, errNoFile)
	}
	return caption, nil
}

// endWithoutFiles ends a message that is in Slack without some of its files, or without all: its
// sender is told, and it is marked as failed. The framework would mark it as sent as well, and
// either mark could come last; so the connector writes the message's row.
func (c *Client) endWithoutFiles(ctx context.Context, attempt *attempt, message *bridgev2.MatrixMessage, row *database.Message, wrong error) (*bridgev2.MatrixMessageResponse, error) {
	attempt.Doubt()
	if err := c.connector.refuse(ctx, message.Event, refusal(wrong)); err != nil {
		return nil, attempt.fail(err)
	}
	failpoint.Hit(failpoint.SendRow)
	if err := c.saveRow(ctx, message, row); err != nil {
		return nil, attempt.fail(fmt.Errorf("%w: %s", errRowNotSaved, err.Error())) // whatever it is, Slack has the message
	}
	return &bridgev2.MatrixMessageResponse{Pending: true}, nil
}

// saveRow writes the row of a message as the framework does (mautrix v0.30.0,
// bridgev2/portal.go, handleMatrixMessage and fillDBMessage).
func (c *Client) saveRow(ctx context.Context, message *bridgev2.MatrixMessage, row *database.Message) error {
	row.MXID, row.SenderMXID = message.Event.ID, message.Event.Sender
	if to := message.ReplyTo; to != nil {
		row.ReplyTo.MessageID, row.ReplyTo.PartID = to.ID, &to.PartID
	}
	if root := message.ThreadRoot; root != nil {
		row.ThreadRoot = cmp.Or(root.ThreadRoot, root.ID)
	}
	if _, err := c.connector.bridge.GetGhostByID(ctx, row.SenderID); err != nil { // the row refers to it
		return err
	}
	return c.connector.bridge.DB.Message.Insert(ctx, row)
}

// withBadFiles is a caption under a line for each file that is not shown.
func withBadFiles(attempt *attempt, evt *event.Event, caption *event.MessageEventContent) *event.MessageEventContent {
	if caption == nil {
		caption = &event.MessageEventContent{MsgType: event.MsgText}
	}
	link := evt.RoomID.EventURI(shownBy(evt)).MatrixToURL()
	for _, bad := range slices.Backward(attempt.badFiles) {
		line := "📎 " + bad.what() + " is not here: " + bad.why.Error()
		caption = under(line+" ("+link+")", html.EscapeString(line)+` (<a href="`+html.EscapeString(link)+`">see it in Matrix</a>)`, caption)
	}
	return caption
}

// captionPieces is a caption as Slack messages; the first is shown with the file. A caption of
// which Slack can show nothing keeps no file back.
func (c *Client) captionPieces(ctx context.Context, caption *event.MessageEventContent, as relaySender) ([]slackfmt.Message, error) {
	if caption == nil && as.prefix == "" {
		return []slackfmt.Message{{}}, nil
	}
	if caption == nil {
		return c.pieces(ctx, &event.MessageEventContent{MsgType: event.MsgEmote, Body: "sent a file"}, as)
	}
	pieces, err := c.pieces(ctx, caption, as)
	if nothing := (*slackfmt.NothingToSendError)(nil); errors.As(err, &nothing) {
		return c.captionPieces(ctx, nil, as)
	}
	return pieces, err
}

// postFile has Slack show a message's file with its caption, and posts what of the caption
// goes beyond one message.
func (c *Client) postFile(ctx context.Context, attempt *attempt, message *bridgev2.MatrixMessage, caption *event.MessageEventContent, as relaySender, request slackapi.PostRequest) (posted []string, inChannel bool, err error) {
	if as.name != "" && c.shareNames.lost() {
		as = as.inText()
	}
	pieces, err := c.captionPieces(ctx, caption, as)
	if err != nil {
		return nil, false, err
	}
	broadcast := request.Broadcast && request.ThreadTS != ""
	request.Broadcast = false // what goes beyond one message is in the thread alone
	further := c.furtherOf(request.Channel, pieces)
	if len(attempt.pieces) == 0 {
		ts, err := c.shareOnce(ctx, attempt, shareOf(attempt, as, request, pieces[0]))
		if as.name != "" && refusesName(err) {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("Slack does not show a file under the name of its sender; the name is put into the text")
			as = as.inText()
			if pieces, err = c.captionPieces(ctx, caption, as); err != nil {
				return nil, false, err
			}
			ts, err = c.shareOnce(ctx, attempt, shareOf(attempt, as, request, pieces[0]))
		}
		if err != nil {
			return nil, false, err
		}
		if err := c.nameShare(ctx, request, ts, caption, as); err != nil {
			return nil, false, err
		}
		if further == nil {
			return []string{ts}, false, c.broadcastShare(ctx, attempt, broadcast, request, ts, caption, as)
		}
		if err := attempt.keepPieces(ctx, []string{ts}, nil); err != nil {
			return nil, false, err
		}
	}
	request.Username = as.name
	posted, inChannel, err = c.postPieces(ctx, attempt, request, pieces, message.Portal.Receiver, further)
	if err != nil {
		return nil, false, err
	}
	return posted, inChannel, c.broadcastShare(ctx, attempt, broadcast, request, posted[0], caption, as)
}

// broadcastShare has Slack show files that answer in a thread in the channel too. The call that
// shows them cannot; a change of their message can (Slack docs: chat.update, reply_broadcast). It is
// the last step, and repeating it does no harm, so it is made again by each try until it is known.
// If Slack refuses it, the sender is told.
func (c *Client) broadcastShare(ctx context.Context, attempt *attempt, wanted bool, request slackapi.PostRequest, ts string, caption *event.MessageEventContent, as relaySender) error {
	if !wanted {
		return nil
	}
	if as.name != "" && c.shareNames.lost() {
		as = as.inText()
	}
	pieces, err := c.captionPieces(ctx, caption, as)
	if err != nil {
		return err
	}
	update := slackapi.UpdateRequest{Channel: request.Channel, TS: ts, Text: pieces[0].Text, Blocks: pieces[0].Blocks, Broadcast: true}
	if update.Text == "" { // Slack takes no change without a text
		update.Text = slackfmt.Escape(cmp.Or(attempt.files[0].title, attempt.files[0].name))
	}
	err = c.api.Update(slackapi.WaitAtMost(ctx, lockPatience), update)
	if err == nil || isTriedAgain(err) {
		return err
	}
	zerolog.Ctx(ctx).Warn().Err(err).Msg("Slack does not show a file in the channel besides its thread")
	attempt.notInChannel = err
	return nil
}

func shareOf(attempt *attempt, as relaySender, request slackapi.PostRequest, first slackfmt.Message) slackapi.ShareRequest {
	if as.name == "" {
		request.IconURL = "" // the picture goes with the name
	}
	return slackapi.ShareRequest{
		Files: attempt.sentFiles(), Channel: request.Channel, ThreadTS: request.ThreadTS,
		Comment: first.Text, Blocks: first.Blocks, Username: as.name, IconURL: request.IconURL,
	}
}

// sentFiles are the files whose content Slack has, as they are shown.
func (a *attempt) sentFiles() (files []slackapi.SharedFile) {
	for n, file := range a.files {
		if kept := a.upload.at(n); kept.Sent {
			files = append(files, slackapi.SharedFile{ID: kept.File, Title: file.title})
		}
	}
	return files
}

// shareOnce has Slack show the files in one message, and returns its ts. That it may be shown
// is kept before Slack is asked: whatever becomes of the answer or of this process, the next
// try looks before it asks again.
func (c *Client) shareOnce(ctx context.Context, attempt *attempt, share slackapi.ShareRequest) (ts string, err error) {
	if attempt.shared != "" {
		return attempt.shared, nil
	}
	kept, file := *attempt.upload, attempt.upload.sent()[0]
	kept.Completing, kept.Completed = true, false
	if !attempt.upload.Completed {
		if err := attempt.keepUpload(ctx, kept, nil); err != nil {
			return "", err
		}
		failpoint.Hit(failpoint.FileCompleting)
		err := c.api.ShareFiles(slackapi.WaitAtMost(ctx, lockPatience), share)
		if slackapi.HasCode(err, "invalid_blocks", "invalid_blocks_format") {
			share.Blocks = nil
			err = c.api.ShareFiles(slackapi.WaitAtMost(ctx, lockPatience), share)
		}
		failpoint.Hit(failpoint.FileCompleted)
		if err != nil {
			return "", c.notShared(ctx, attempt, err)
		}
	}
	ts, err = c.api.AwaitShared(slackapi.WaitAtMost(ctx, lockPatience), file, share.Channel, c.connector.uploads.told(file), shareWaits()...)
	if ts == "" {
		kept.Completed = true // whatever the look said, Slack has answered that it shows them
		err = errors.Join(c.notSeen(ctx, attempt, err), attempt.keepUpload(ctx, kept, nil))
	}
	attempt.shared = ts
	return ts, err
}

// notSeen is the error of a look that found no message. If Slack does not let the bridge look, the
// row is kept until a person has it tried again.
func (c *Client) notSeen(ctx context.Context, attempt *attempt, err error) error {
	switch {
	case err == nil:
		return inbox.Later(firstWait, errUnseen)
	case slackapi.HasCode(err, "file_deleted"):
		return c.forgetFiles(ctx, attempt, attempt.filesError(errRemoved))
	case isTriedAgain(err):
		return err
	}
	return inbox.Park(fmt.Errorf("the file may be in Slack already, and it cannot be looked for: %w", err))
}

// fileRefusals are the codes by which Slack refuses to show a file (Slack docs:
// files.completeUploadExternal).
var fileRefusals = []string{"file_type_not_allowed", "file_uploads_except_images_disabled", "file_uploads_disabled", "file_update_failed"}

// notShared is the error of a call that should have shown a file. What surely did not happen
// is noted, so that the next try need not look.
func (c *Client) notShared(ctx context.Context, attempt *attempt, err error) error {
	if slackapi.MayHaveHappened(err) {
		return err
	}
	again := *attempt.upload
	again.Completing, again.Completed = false, false
	if slackapi.HasCode(err, "file_not_found") {
		again = *again.unsent()
	}
	if keepErr := attempt.keepUpload(ctx, again, nil); keepErr != nil {
		return keepErr
	}
	switch {
	case slackapi.HasCode(err, "file_not_found") && attempt.Try < maxBroken:
		return inbox.Later(firstWait, fmt.Errorf("its content is not in Slack any more: %w", err)) // it is brought anew
	case slackapi.HasCode(err, fileRefusals...), slackapi.HasCode(err, "file_not_found"):
		return c.forgetFiles(ctx, attempt, attempt.slackFilesError(err))
	}
	return err
}

// forgetFiles notes that files will not be shown, if that is what an error says: an edit of their
// message must not take them for shown.
func (c *Client) forgetFiles(ctx context.Context, attempt *attempt, err error) error {
	if bad := (*fileError)(nil); !errors.As(err, &bad) {
		return err
	}
	files := attempt.upload.all()
	if keepErr := attempt.keepUpload(ctx, *attempt.upload, func(ctx context.Context) error {
		return c.connector.db.DropUploads(ctx, files...)
	}); keepErr != nil {
		return keepErr
	}
	return err
}

// slackFilesError is what Slack says to a message's files: why they are not shown, if that is
// so for good.
func (a *attempt) slackFilesError(err error) error {
	if bad := (*fileError)(nil); errors.As(slackFileError(a.files[0], a.files[0].size, err), &bad) {
		return a.filesError(bad.why)
	}
	return err
}

// refusesName says whether Slack refuses a share for the name that it was to have (Slack docs:
// chat:write.customize; chat.postMessage has reserved_username).
func refusesName(err error) bool {
	return slackapi.HasCode(err, "missing_scope", "reserved_username", "invalid_username")
}

// shareNames is whether Slack shows files under the name that goes with them. That is not
// documented, so it is learned from the first.
type shareNames struct{ state atomic.Int32 }

const (
	namesKept = iota + 1
	namesLost
)

func (s *shareNames) lost() bool  { return s.state.Load() == namesLost }
func (s *shareNames) known() bool { return s.state.Load() != 0 }

func (s *shareNames) learn(kept bool) {
	s.state.Store(namesLost)
	if kept {
		s.state.Store(namesKept)
	}
}

// nameShare puts the sender's name into the text of a file that Slack shows without it.
func (c *Client) nameShare(ctx context.Context, request slackapi.PostRequest, ts string, caption *event.MessageEventContent, as relaySender) error {
	if as.name == "" || c.shareNames.known() && !c.shareNames.lost() {
		return nil
	}
	named, err := c.isNamed(ctx, request, ts)
	if err != nil {
		return err
	}
	if !named {
		pieces, err := c.captionPieces(ctx, caption, as.inText())
		if err != nil {
			return err
		}
		update := slackapi.UpdateRequest{Channel: request.Channel, TS: ts, Text: pieces[0].Text, Blocks: pieces[0].Blocks}
		if err := c.api.Update(slackapi.WaitAtMost(ctx, lockPatience), update); err != nil {
			return err
		}
	}
	c.shareNames.learn(named)
	return nil
}

// isNamed says whether a message has a name of its own. Where Slack does not say, it has.
func (c *Client) isNamed(ctx context.Context, request slackapi.PostRequest, ts string) (bool, error) {
	read, which := c.api.History, slackapi.HistoryRequest{Channel: request.Channel, Oldest: ts, Latest: ts, Inclusive: true, Limit: 2}
	if request.ThreadTS != "" {
		read, which.ThreadTS = c.api.Replies, request.ThreadTS
	}
	page, err := read(slackapi.WaitAtMost(ctx, lockPatience), which)
	if err != nil {
		if isTriedAgain(err) {
			return false, err
		}
		return true, nil
	}
	for _, message := range page.Messages {
		if message.TS == ts {
			return message.Username != "", nil
		}
	}
	return true, nil
}

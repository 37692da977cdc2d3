package slackapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"ops-jrz1/bridge/internal/slackevent"
)

const (
	methodUploadURL = "files.getUploadURLExternal"
	methodShare     = "files.completeUploadExternal"
)

// UploadRequest describes a file that is to be uploaded.
type UploadRequest struct {
	// Name by whose ending Slack tells what the file is.
	Name string
	// Size in bytes, which is not 0: Slack takes no empty files.
	Size int64
	// AltText describes a picture, in at most 1,000 characters.
	AltText string
}

// Upload is a file of Slack's that has no content yet.
type Upload struct {
	// FileID is the file's id from now on.
	FileID string
	// Address takes the content, see [Client.SendFile]. Who has it needs no token: do not
	// log it.
	Address string
}

// BeginUpload makes a file without content (Slack docs: files.getUploadURLExternal). People
// see nothing of it before [Client.ShareFiles]; one that is not completed is gone by itself.
func (c *Client) BeginUpload(ctx context.Context, r UploadRequest) (*Upload, error) {
	form := url.Values{"filename": {r.Name}, "length": {strconv.FormatInt(r.Size, 10)}}
	if r.AltText != "" {
		form.Set("alt_txt", r.AltText)
	}
	var a struct {
		Address string `json:"upload_url" shape:"strict"`
		FileID  string `json:"file_id" shape:"strict"`
	}
	req := request{method: methodUploadURL, form: form}
	err := c.callInto(ctx, req, &a)
	if err == nil && !c.isUploadAddress(a.Address) {
		return nil, &Error{Method: methodUploadURL, kind: Permanent, what: "the answer has no address for the file's content"}
	}
	return named(req, &Upload{FileID: a.FileID, Address: a.Address}, a.FileID, err)
}

// isUploadAddress says whether content may be sent to an address: it is as safe as the API's.
func (c *Client) isUploadAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == c.base.Scheme)
}

// SharedFile is an uploaded file that is to be shown.
type SharedFile struct {
	ID string `json:"id"`
	// Title is shown in the place of the name; "" is the name.
	Title string `json:"title,omitempty"`
}

// ShareRequest is a message that shows uploaded files.
type ShareRequest struct {
	Files []SharedFile
	// Channel in which they are shown, and the root of the thread there, "" for the channel
	// itself.
	Channel, ThreadTS string
	// Comment in mrkdwn is shown with the files. It is not used if there are Blocks.
	Comment string
	Blocks  []slack.Block
	// Username and IconURL replace the bot's own; they need the scope chat:write.customize.
	Username, IconURL string
}

// ShareFiles completes uploads and has Slack show the files in one message (Slack docs:
// files.completeUploadExternal). The message comes after the answer, and the answer does not
// name it: see [Client.FindShared].
//
// The call carries nothing by which its message could be told from that of another call for
// the same files. It is repeated only when it surely did nothing; after an error for which
// [MayHaveHappened] holds it is for the caller to look before it calls again.
func (c *Client) ShareFiles(ctx context.Context, r ShareRequest) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	_, err = c.call(ctx, request{method: methodShare, channel: r.Channel, form: form, effect: twice})
	return err
}

func (r ShareRequest) form() (url.Values, error) {
	files, err := json.Marshal(r.Files)
	if err != nil {
		return nil, fmt.Errorf("slack %s: encode the files: %w", methodShare, err)
	}
	form := url.Values{"files": {string(files)}}
	if len(r.Blocks) > 0 {
		blocks, err := json.Marshal(r.Blocks)
		if err != nil {
			return nil, &Error{Method: methodShare, kind: Permanent, cause: fmt.Errorf("encode the blocks: %w", err)}
		}
		form.Set("blocks", string(blocks)) // a comment would go before them
	} else if r.Comment != "" {
		form.Set("initial_comment", r.Comment)
	}
	for key, value := range map[string]string{
		"channel_id": r.Channel, "thread_ts": r.ThreadTS, "username": r.Username, "icon_url": r.IconURL,
	} {
		if value != "" {
			form.Set(key, value)
		}
	}
	return form, nil
}

// FileInfo returns a file (Slack docs: files.info). One that is not there, or not for the bot,
// is an error of kind Permanent with the code file_not_found or file_deleted.
func (c *Client) FileInfo(ctx context.Context, id string) (*slackevent.File, error) {
	var a struct {
		File slackevent.File `json:"file" shape:"strict"`
	}
	r := request{method: "files.info", form: url.Values{"file": {id}}}
	err := c.callInto(ctx, r, &a)
	return named(r, &a.File, a.File.ID, err)
}

// FindShared returns the first message of a channel that shows a file, "" if there is none
// yet: Slack makes it some time after the call that asked for it.
func (c *Client) FindShared(ctx context.Context, file, channel string) (ts string, err error) {
	found, err := c.FileInfo(ctx, file)
	if err != nil {
		return "", err
	}
	for _, shares := range []map[string][]slackevent.Share{found.Shares.Public, found.Shares.Private} {
		for _, share := range shares[channel] {
			if ts == "" || share.TS < ts { // a ts has a fixed form
				ts = share.TS
			}
		}
	}
	return ts, nil
}

// AwaitShared looks with FindShared after each of the waits, until there is a message. told
// may bring its ts first; it may be nil.
func (c *Client) AwaitShared(ctx context.Context, file, channel string, told <-chan string, waits ...time.Duration) (ts string, err error) {
	for _, pause := range waits {
		timer := time.NewTimer(c.scaled(pause))
		select {
		case <-ctx.Done():
			timer.Stop()
			return "", ctx.Err()
		case ts = <-told:
			timer.Stop()
		case <-timer.C:
			ts, err = c.FindShared(ctx, file, channel)
		}
		if err != nil || ts != "" {
			return ts, err
		}
	}
	return "", nil
}

// FinishUpload completes an upload without showing the file: it may then be put into a
// message with [Client.Update]. Repeating it does no harm.
func (c *Client) FinishUpload(ctx context.Context, file SharedFile) error {
	form, err := ShareRequest{Files: []SharedFile{file}}.form()
	if err != nil {
		return err
	}
	_, err = c.call(ctx, request{method: methodShare, form: form})
	return err
}

// DeleteFile deletes a file that the bot uploaded (Slack docs: files.delete). One that is
// not there any more counts as deleted.
func (c *Client) DeleteFile(ctx context.Context, id string) error {
	_, err := c.call(ctx, request{method: "files.delete", form: url.Values{"file": {id}}})
	return unless(err, "file_not_found", "file_deleted")
}

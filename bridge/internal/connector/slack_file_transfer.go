package connector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/media"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// Media uploads files to the homeserver.
type Media interface {
	// UploadLimit is the size of the largest file that it accepts, 0 if it does not say.
	UploadLimit(ctx context.Context) (int64, error)
	// IsEncrypted says whether files of a room are to be encrypted; "" is one that is made
	// with the next message.
	IsEncrypted(ctx context.Context, room id.RoomID) (bool, error)
	// Upload sends a file once, and reads it while it does.
	Upload(ctx context.Context, file Upload) (id.ContentURIString, error)
}

// Upload is a file on its way to the homeserver.
type Upload struct {
	Content io.Reader
	Size    int64
	// MimeType and Name are what the homeserver may know about it.
	MimeType, Name string
}

const (
	// maxTransfers is how many files are transferred at once. It is less than the number
	// of workers, so that messages without files go on.
	maxTransfers = slackWorkers / 4
	// transferWait is the time after which a file that has to wait for others is tried
	// again.
	transferWait = 500 * time.Millisecond
	// maxThumbnail and maxSnippet limit what is loaded of a thumbnail and of a text.
	maxThumbnail = 4 << 20
	maxSnippet   = 16 << 10
)

var (
	errTransfersBusy = errors.New("other files are being transferred")
	errEnough        = errors.New("that is enough of it")
)

// notBrought is why a file is only a line with a link.
type notBrought struct{ why string }

func (n notBrought) Error() string { return n.why }

// bringFiles uploads the files of a message to the homeserver, one after the other, and
// then the pictures that its blocks show. What is already there is not uploaded again.
func (c *Client) bringFiles(ctx context.Context, message *slackevent.Message, in shownIn) (brought broughtFiles, err error) {
	files := slices.Concat(message.Files, picturesOf(message))
	if len(files) == 0 {
		return brought, nil
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, in.portal)
	if err != nil {
		return brought, fmt.Errorf("load the portal of %s: %w", message.Channel, err)
	}
	to := destination{portal: in.portal, message: slackid.MakeMessageID(c.team, message.Channel, message.TS)}
	to.room = c.connector.roomOf(portal)
	for index := range files {
		file := &files[index]
		if isGone(file) && len(in.existing) > 0 {
			brought.dropped = true
			continue
		}
		shown, err := c.bringFile(ctx, to, file)
		switch {
		case err != nil:
			return brought, err
		case shown.content != nil:
			brought.parts = append(brought.parts, filePart{index, shown.file, shown.content})
		case index >= len(message.Files): // the text of its block has a link
		default:
			brought.lines = append(brought.lines, shown.line)
			if isGone(file) {
				continue
			}
			brought.inText = append(brought.inText, file.ID)
			if err := c.connector.db.PutFile(ctx, slackdb.File{Receiver: in.portal.Receiver, Message: to.message, ID: file.ID}); err != nil {
				return brought, err
			}
		}
	}
	return brought, nil
}

// picturesOf are the files that the blocks of a message show, of which it tells the ids
// alone.
func picturesOf(message *slackevent.Message) (files []slackevent.File) {
	for _, id := range slackfmt.Pictures(slackfmt.InputOf(message)) {
		if !slices.ContainsFunc(message.Files, func(file slackevent.File) bool { return file.ID == id }) {
			files = append(files, slackevent.File{ID: id})
		}
	}
	return files
}

// destination is the message in Matrix that a file belongs to. room is "" if there is none
// yet.
type destination struct {
	portal  networkid.PortalKey
	message networkid.MessageID
	room    id.RoomID
}

// shownFile is a file as it is shown: as the content of an event, or as a line.
type shownFile struct {
	file    *slackevent.File
	content *event.MessageEventContent
	line    slackevent.Attachment
}

func (c *Client) bringFile(ctx context.Context, to destination, file *slackevent.File) (shown shownFile, err error) {
	noted, err := c.connector.db.FileOf(ctx, to.portal.Receiver, to.message, file.ID)
	if err != nil {
		return shown, err
	}
	if noted != nil {
		content := &event.MessageEventContent{}
		err := json.Unmarshal(noted, content)
		return shownFile{file: file, content: content}, wrapped(err, "read what shows file %s", file.ID)
	}
	whole, err := c.wholeFile(ctx, file)
	if err == nil && hasContent(whole) {
		content, err := c.transfer(ctx, to, whole)
		var not notBrought
		if errors.As(err, &not) {
			return shownFile{file: whole, line: fileLine(whole, not.why)}, nil
		}
		return shownFile{file: whole, content: content}, err
	}
	var not notBrought
	switch {
	case errors.As(err, &not):
		return shownFile{file: file, line: fileLine(file, not.why)}, nil
	case err != nil:
		return shown, err
	case whole.Mode == slackevent.FileModeSnippet:
		line, err := c.snippet(ctx, whole)
		return shownFile{file: whole, line: line}, err
	case whole.Mode == slackevent.FileModePost, whole.Mode == slackevent.FileModeSpace:
		line, err := postLine(whole)
		return shownFile{file: whole, line: line}, err
	}
	return shownFile{file: whole, line: fileLine(whole, "")}, nil
}

// wholeFile asks Slack for what a message does not say about its file.
func (c *Client) wholeFile(ctx context.Context, file *slackevent.File) (*slackevent.File, error) {
	switch {
	case file.FileAccess == slackevent.FileAccessDenied, file.FileAccess == slackevent.FileAccessNotFound:
		return nil, notBrought{"Slack does not show it to the bridge"}
	case isGone(file), file.Mode == slackevent.FileModeHidden, !isThin(file):
		return file, nil
	}
	whole, err := c.api.FileInfo(ctx, file.ID)
	switch slackapi.KindOf(err) {
	case slackapi.MissingScope:
		return nil, notBrought{"the bridge's app may not read files"}
	case slackapi.Permanent:
		zerolog.Ctx(ctx).Info().Err(err).Str("file_id", file.ID).Msg("Slack does not describe a file")
		return nil, notBrought{"Slack does not show it to the bridge"}
	}
	return whole, err
}

// transfer uploads the content of a file to the homeserver and notes where it is.
func (c *Client) transfer(ctx context.Context, to destination, file *slackevent.File) (*event.MessageEventContent, error) {
	if c.connector.options.Spool == nil || c.connector.options.Media == nil {
		return nil, notBrought{}
	}
	limit, err := c.sizeLimit(ctx)
	switch {
	case err != nil:
		return nil, err
	case file.Size > limit:
		return nil, tooLarge(limit)
	}
	select {
	case c.connector.transfers <- struct{}{}:
		defer func() { <-c.connector.transfers }()
	default:
		return nil, inbox.Later(transferWait, errTransfersBusy)
	}
	content, err := c.carry(ctx, to.room, file, limit)
	if err != nil {
		return nil, err
	}
	c.addThumbnail(ctx, to.room, file, content)
	encoded, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("write what shows file %s: %w", file.ID, err)
	}
	failpoint.Hit(failpoint.FileUploaded)
	if err := c.connector.db.PutFile(ctx, slackdb.File{Receiver: to.portal.Receiver, Message: to.message, ID: file.ID, Content: encoded}); err != nil {
		return nil, err
	}
	failpoint.Hit(failpoint.FileNoted)
	return content, nil
}

// sizeLimit is the size of the largest file that both sides and the operator allow.
func (c *Client) sizeLimit(ctx context.Context) (int64, error) {
	limit := c.connector.options.MaxFileSize
	theirs, err := c.connector.options.Media.UploadLimit(ctx)
	if theirs > 0 {
		limit = min(limit, theirs)
	}
	return limit, err
}

func tooLarge(limit int64) error {
	return notBrought{"larger than the " + sizeText(limit) + " that may be sent to Matrix"}
}

// carry transfers the content of a file to the homeserver.
func (c *Client) carry(ctx context.Context, room id.RoomID, file *slackevent.File, limit int64) (*event.MessageEventContent, error) {
	spooled, err := c.download(ctx, file, limit)
	if err != nil {
		return nil, err
	}
	defer spooled.Close()
	failpoint.Hit(failpoint.FileSpooled)
	head := make([]byte, media.SniffBytes)
	n, err := spooled.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read file %s: %w", file.ID, err)
	}
	mimetype, class := media.Type(file.Mimetype, head[:n])
	content := fileContent(file, mimetype, class, spooled.Size())
	content.URL, content.File, err = c.upload(ctx, room, spooled, mimetype, content.FileName)
	return content, err
}

// download gets a file from Slack into the spool. It reserves the size that Slack says or,
// if the file turns out to be larger, the limit.
func (c *Client) download(ctx context.Context, file *slackevent.File, limit int64) (*media.File, error) {
	size := file.Size
	if size <= 0 {
		size = limit
	}
	request := slackapi.DownloadRequest{
		Address: cmp.Or(file.URLPrivateDownload, file.URLPrivate), Size: file.Size, Page: strings.HasPrefix(file.Mimetype, "text/html"),
	}
	spooled, err := c.spool(ctx, request, size)
	if errors.Is(err, media.ErrLongerThanSaid) && size < limit {
		spooled, err = c.spool(ctx, request, limit)
	}
	switch {
	case errors.Is(err, media.ErrLongerThanSaid):
		return nil, tooLarge(limit)
	case slackapi.HasCode(err, slackapi.CodeFileGone):
		return nil, notBrought{"Slack does not have it any more"}
	case slackapi.KindOf(err) == slackapi.Permanent:
		zerolog.Ctx(ctx).Info().Err(err).Str("file_id", file.ID).Msg("Slack does not serve a file")
		return nil, notBrought{"Slack does not give it to the bridge"}
	}
	return spooled, wrapped(err, "get file %s", file.ID)
}

// spool downloads into a new file of the spool. If that is full for longer, the row gives
// way.
func (c *Client) spool(ctx context.Context, request slackapi.DownloadRequest, size int64) (*media.File, error) {
	waiting, cancel := context.WithTimeout(ctx, slackPatience)
	defer cancel()
	spooled, err := c.connector.options.Spool.Create(waiting, size)
	var never *media.TooLargeError
	switch {
	case errors.As(err, &never):
		return nil, tooLarge(never.Limit)
	case err != nil && ctx.Err() == nil && waiting.Err() != nil:
		return nil, inbox.Later(transferWait, err)
	case err != nil:
		return nil, err
	}
	if err := c.api.Download(ctx, request, spooled); err != nil {
		return nil, errors.Join(err, spooled.Close())
	}
	return spooled, nil
}

// upload uploads a spooled file to the homeserver, encrypted if the room is.
func (c *Client) upload(ctx context.Context, room id.RoomID, spooled *media.File, mimetype, name string) (id.ContentURIString, *event.EncryptedFileInfo, error) {
	encrypted, err := c.connector.options.Media.IsEncrypted(ctx, room)
	if err != nil {
		return "", nil, err
	}
	if _, err := spooled.Seek(0, io.SeekStart); err != nil {
		return "", nil, err
	}
	upload := Upload{Content: readOnly{spooled}, Size: spooled.Size(), MimeType: mimetype, Name: name}
	if !encrypted {
		address, err := c.connector.options.Media.Upload(ctx, upload)
		return address, nil, uploadError(err)
	}
	info := &event.EncryptedFileInfo{EncryptedFile: *attachment.NewEncryptedFile()}
	secret := info.EncryptStream(upload.Content)
	upload.Content, upload.MimeType, upload.Name = secret, "application/octet-stream", ""
	info.URL, err = c.connector.options.Media.Upload(ctx, upload)
	if err == nil {
		err = secret.Close() // the hash is known only now
	}
	return "", info, uploadError(err)
}

// readOnly hides every method of a file except Read.
type readOnly struct{ io.Reader }

// uploadError is the error of an upload. If the homeserver refuses a file permanently, a
// line in its place says so.
func uploadError(err error) error {
	status, _ := matrixStatus(err)
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return notBrought{"larger than the homeserver takes"}
	case status >= 400 && status < 500 && status != http.StatusUnauthorized && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		return notBrought{"the homeserver does not take it"}
	}
	return err
}

// addThumbnail gives a large picture or a video the small picture that Slack made of it.
// Without one, or if it fails, clients show the file by itself.
func (c *Client) addThumbnail(ctx context.Context, room id.RoomID, file *slackevent.File, content *event.MessageEventContent) {
	info := &event.FileInfo{}
	var address string
	switch {
	case content.MsgType == event.MsgVideo:
		address = file.ThumbVideo
	case content.MsgType == event.MsgImage && max(file.OriginalW, file.OriginalH) > 360:
		address, info.Width, info.Height = file.Thumb360, file.Thumb360W, file.Thumb360H
	}
	if address == "" {
		return
	}
	spooled, err := c.spool(ctx, slackapi.DownloadRequest{Address: address}, min(maxThumbnail, c.connector.options.MaxFileSize))
	if err == nil {
		defer spooled.Close()
		err = c.uploadThumbnail(ctx, room, spooled, info, content)
	}
	if err != nil {
		zerolog.Ctx(ctx).Info().Err(err).Str("file_id", file.ID).Msg("A file is shown without a thumbnail")
	}
}

func (c *Client) uploadThumbnail(ctx context.Context, room id.RoomID, spooled *media.File, info *event.FileInfo, content *event.MessageEventContent) error {
	head := make([]byte, media.SniffBytes)
	n, err := spooled.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	mimetype, class := media.Type("", head[:n])
	if class != media.Image {
		return fmt.Errorf("the thumbnail is of the type %s", mimetype)
	}
	info.MimeType, info.Size = mimetype, int(spooled.Size())
	address, secret, err := c.upload(ctx, room, spooled, mimetype, "")
	if err != nil {
		return err
	}
	content.Info.ThumbnailURL, content.Info.ThumbnailFile, content.Info.ThumbnailInfo = address, secret, info
	return nil
}

// snippet is the line of a text that was written as a file, with the text if it is short.
func (c *Client) snippet(ctx context.Context, file *slackevent.File) (slackevent.Attachment, error) {
	if !file.PreviewIsTruncated && file.LinesMore == 0 && file.Preview != "" {
		return textLine(file, preformatted, file.Preview, false)
	}
	var text shortText
	err := c.api.Download(ctx, slackapi.DownloadRequest{Address: cmp.Or(file.URLPrivateDownload, file.URLPrivate)}, &text)
	switch {
	case err == nil, errors.Is(err, errEnough):
		return textLine(file, preformatted, strings.ToValidUTF8(text.String(), ""), err != nil)
	case slackapi.KindOf(err) == slackapi.Permanent:
		return textLine(file, preformatted, file.Preview, true)
	}
	return slackevent.Attachment{}, wrapped(err, "get the text of file %s", file.ID)
}

// shortText is the beginning of a text in memory.
type shortText struct{ bytes.Buffer }

var _ slackapi.Sink = (*shortText)(nil)

// Size implements slackapi.Sink.
func (s *shortText) Size() int64 { return int64(s.Len()) }

// Restart implements slackapi.Sink.
func (s *shortText) Restart() error { s.Reset(); return nil }

// Write takes no more than maxSnippet.
func (s *shortText) Write(p []byte) (int, error) {
	room := maxSnippet - s.Len()
	if len(p) > room {
		s.Buffer.Write(p[:room])
		return room, errEnough
	}
	return s.Buffer.Write(p)
}

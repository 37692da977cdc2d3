package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixmedia"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackid"
)

const (
	// maxSending bounds how many files are on their way to Slack at once, so that workers
	// are left for what has no file.
	maxSending = 6
	// maxSlackFile is the largest file that Slack takes (Slack help: Add files to Slack).
	maxSlackFile = 1 << 30
	// maxAbsent and maxBroken are how often a file is asked for that the homeserver, which
	// answers, does not get from another server, or does not give whole.
	maxAbsent = 6
	maxBroken = 20
	// maxUnseen is how often it is looked for a message that Slack said it would show.
	maxUnseen = 20
	// busyWait is how long a file waits when too many are on their way.
	busyWait = 500 * time.Millisecond
)

// The waits before looks for a message that Slack was asked to show and that may be there.
func looks() []time.Duration { return []time.Duration{time.Second, 3 * time.Second, 5 * time.Second} }

var (
	errSending = errors.New("as many files as may be at once are on their way to Slack")
	errUnseen  = errors.New("the file is in Slack and not shown yet")
	errNoFile  = errors.New("its file is not in Slack yet")
	errRemoved = errors.New("its file was deleted in Slack while the bridge was about to show it")
)

// fileError is why a message's file is not in Slack, for good.
type fileError struct {
	name string
	size int64 // 0 if it is not known
	why  error
}

// Error tells the sender which file it is, and what is wrong.
func (e *fileError) Error() string { return e.what() + ": " + e.why.Error() }

// Unwrap returns what is wrong.
func (e *fileError) Unwrap() error { return e.why }

// what names the file.
func (e *fileError) what() string {
	if e.size <= 0 {
		return "the file " + e.name
	}
	return fmt.Sprintf("the file %s (%s)", e.name, bytesText(e.size))
}

// uploadFiles brings the files of a message to Slack, where people do not see them yet. No
// portal is locked meanwhile: what is said in Slack, and other rooms, do not wait for it. What
// is wrong with the files themselves is left in the attempt.
func (c *Client) uploadFiles(ctx context.Context, attempt *attempt, portal *bridgev2.Portal, evt *event.Event) error {
	content := newContent(evt)
	if content == nil {
		return nil
	}
	files := filesOf(evt, content)
	if len(files) == 0 {
		return nil
	}
	if _, err := c.readyIn(portal); err != nil {
		return nil // the handler says why
	}
	change, err := c.changeOfFiles(ctx, attempt, evt, files)
	if err != nil || !change.removed && len(change.added) == 0 {
		return err
	}
	attempt.files, attempt.shows = files, change.removed || len(change.kept) > 0
	if kept := attempt.upload; kept != nil && kept.Completing {
		if err := c.lookForShare(ctx, attempt, portal); err != nil || attempt.shared != "" {
			return attempt.orBadFiles(err)
		}
	}
	if attempt.restored && attempt.upload == nil && shownBy(evt) == evt.ID {
		if err := c.findEarlierShare(ctx, attempt, portal, evt); err != nil || attempt.shared != "" || attempt.noFiles {
			return err
		}
	}
	if attempt.upload.isWhole(len(files)) {
		return nil
	}
	if !c.connector.sending.TryAcquire(1) {
		return inbox.Later(busyWait, errSending)
	}
	defer c.connector.sending.Release(1)
	return c.streamFiles(ctx, attempt, evt, change)
}

// streamFiles streams the files that Slack does not have, one after the other. Those that a
// message shows already are sent again only if it gets others.
func (c *Client) streamFiles(ctx context.Context, attempt *attempt, evt *event.Event, change filesChange) error {
	if err := c.streamEach(ctx, attempt, evt, change.added); err != nil {
		return err
	}
	attempt.sameFiles = !change.removed && len(attempt.badFiles) == len(change.added)
	if !attempt.sameFiles {
		if err := c.streamEach(ctx, attempt, evt, change.kept); err != nil {
			return err
		}
	}
	attempt.noFiles = len(attempt.badFiles) == len(attempt.files)
	return nil
}

// streamEach streams some of the files. One with which something is wrong does not keep the
// others back.
func (c *Client) streamEach(ctx context.Context, attempt *attempt, evt *event.Event, which []int) error {
	for _, n := range which {
		if attempt.upload.at(n).Sent {
			continue
		}
		err := c.streamFile(ctx, attempt, evt, n, attempt.files[n])
		if bad := (*fileError)(nil); errors.As(err, &bad) {
			attempt.badFiles = append(attempt.badFiles, bad)
			err = c.dropFile(ctx, attempt, n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dropFile forgets a file that was begun in Slack and will not be shown.
func (c *Client) dropFile(ctx context.Context, attempt *attempt, n int) error {
	file := attempt.upload.at(n).File
	if file == "" {
		return nil
	}
	return attempt.keepUpload(ctx, attempt.upload.with(n, keptFile{}), func(ctx context.Context) error {
		return c.connector.db.DropUploads(ctx, file)
	})
}

// orBadFiles notes an error that says why none of the files is shown, and returns any other.
func (a *attempt) orBadFiles(err error) error {
	var bad *fileError
	if errors.As(err, &bad) {
		a.badFiles, a.noFiles = []*fileError{bad}, true
		return nil
	}
	return err
}

// wrongWithFiles is what is wrong with the files that are not shown, or not where they were to
// be; nil if nothing.
func (a *attempt) wrongWithFiles() error {
	var all []string
	for _, bad := range a.badFiles {
		all = append(all, bad.Error())
	}
	if a.notInChannel != nil {
		all = append(all, "the answer in the channel, besides its thread: "+plain(a.notInChannel))
	}
	if len(all) == 0 {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}

// filesError is why none of a message's files is shown.
func (a *attempt) filesError(why error) *fileError {
	file := a.files[0]
	if more := len(a.files) - 1; more > 0 {
		return &fileError{fmt.Sprintf("%s and %d more", file.name, more), 0, why}
	}
	return &fileError{file.name, file.size, why}
}

// filesChange is what changes with the files of a message, by their numbers.
type filesChange struct {
	// added are those that it does not show yet, kept those that it shows.
	added, kept []int
	// removed says that it shows others besides.
	removed bool
}

// changeOfFiles says which of a message's files are to be brought to Slack: all of a new message,
// and of an edit others than the message shows.
func (c *Client) changeOfFiles(ctx context.Context, attempt *attempt, evt *event.Event, files []*matrixFile) (change filesChange, err error) {
	shown := map[id.ContentURIString]int{}
	if target := shownBy(evt); target != evt.ID {
		edited, err := c.connector.bridge.DB.Message.GetPartByMXID(ctx, target)
		if err != nil || edited == nil || edited.SenderMXID != evt.Sender {
			return change, wrapped(err, "look up the message that %s is about", evt.ID)
		}
		uploads, err := c.connector.db.UploadsFor(ctx, target)
		if err != nil {
			return change, err
		}
		for _, upload := range uploads {
			if !attempt.upload.has(upload.FileID) { // those of an earlier try are not shown yet
				shown[upload.Content]++
			}
		}
	}
	for n, file := range files {
		if shown[file.content] > 0 {
			shown[file.content]--
			change.kept = append(change.kept, n)
		} else {
			change.added = append(change.added, n)
		}
	}
	for _, left := range shown {
		change.removed = change.removed || left > 0
	}
	return change, nil
}

// shownBy is the event that shows what an event says: the one that an edit changes.
func shownBy(evt *event.Event) id.EventID {
	if content, ok := evt.Content.Parsed.(*event.MessageEventContent); ok {
		if target := content.RelatesTo.GetReplaceID(); target != "" {
			return target
		}
	}
	return evt.ID
}

// streamFile streams a file's content from the homeserver to Slack. It begins anew with each
// try: what Slack has of an earlier one is never shown.
func (c *Client) streamFile(ctx context.Context, attempt *attempt, evt *event.Event, n int, file *matrixFile) error {
	if err := c.checkSize(file, file.size); err != nil {
		return err
	}
	download, size, err := c.openFile(ctx, file)
	if err != nil {
		return attempt.mediaError(file, err)
	}
	defer download.Close()
	if err := c.checkSize(file, size); err != nil {
		return err
	}
	begun, err := c.api.BeginUpload(slackapi.WaitAtMost(ctx, matrixPatience), slackapi.UploadRequest{Name: file.name, Size: size, AltText: file.alt})
	if err != nil {
		return slackFileError(file, size, err)
	}
	if err := c.keepFile(ctx, attempt, evt, n, begun.FileID); err != nil {
		return err
	}
	failpoint.Hit(failpoint.FileBegun)
	if err := c.api.SendFile(ctx, begun.Address, download, size); err != nil {
		return attempt.mediaError(file, slackFileError(file, size, err))
	}
	failpoint.Hit(failpoint.FileSent)
	return attempt.keepUpload(ctx, attempt.upload.with(n, keptFile{File: begun.FileID, Sent: true}), nil)
}

// checkSize refuses what one of the sides does not take. A size of 0 is not known, or the
// sender is mistaken.
func (c *Client) checkSize(file *matrixFile, size int64) error {
	most := c.maxUpload()
	if size <= most {
		return nil
	}
	return &fileError{file.name, size, fmt.Errorf("files of more than %s are not transferred", bytesText(most))}
}

// maxUpload is the size of the largest file that is brought to Slack.
func (c *Client) maxUpload() int64 {
	return min(cmp.Or(c.connector.options.MaxFileSize, maxSlackFile), maxSlackFile)
}

// openFile begins to read a file and says how large it is, which Slack has to be told first.
func (c *Client) openFile(ctx context.Context, file *matrixFile) (*matrixmedia.Download, int64, error) {
	if file.content == "" {
		return nil, 0, &fileError{file.name, file.size, errors.New("its file is missing")}
	}
	uri, err := file.content.Parse()
	if err != nil {
		uri = id.ContentURI{} // which Open refuses
	}
	files := c.connector.options.Files
	download, err := files.Open(ctx, uri, file.encrypted)
	if err != nil {
		return nil, 0, err
	}
	size := download.Size
	if size < 0 {
		if size, err = files.Measure(ctx, uri, c.maxUpload()); err != nil {
			_ = download.Close()
			return nil, 0, err
		}
	}
	if size == 0 {
		_ = download.Close()
		return nil, 0, &fileError{file.name, 0, errors.New("it is empty, and Slack takes no empty files")}
	}
	file.size = size
	return download, size, nil
}

// mediaError is the error of a transfer: it says what is wrong with the file if the homeserver
// does not give it and will not.
func (a *attempt) mediaError(file *matrixFile, err error) error {
	kind, tries := matrixmedia.KindOf(err), 0
	var answered *matrixmedia.Error
	switch {
	case kind == 0:
		return err
	case kind == matrixmedia.Absent:
		tries = maxAbsent
	case errors.As(err, &answered) && kind == matrixmedia.Broken && answered.Status != 0:
		tries = maxBroken
	case kind == matrixmedia.Broken:
		return err
	}
	if a.Try < tries {
		return err
	}
	var said *matrixmedia.Error
	errors.As(err, &said)
	return &fileError{file.name, file.size, said}
}

// slackFileError is what Slack says to a file: what is wrong with it, if that is so for good.
func slackFileError(file *matrixFile, size int64, err error) error {
	var said *slackapi.Error
	if !errors.As(err, &said) || said.Kind() != slackapi.Permanent && said.Kind() != slackapi.MissingScope {
		return err
	}
	what, cure := said.Parts()
	return &fileError{file.name, size, errors.New(cmp.Or(cure, what))}
}

// keepFile notes a file's id in the row and, in the same commit, as an upload for the message:
// from now on it is known as the bridge's, whatever becomes of this process.
func (c *Client) keepFile(ctx context.Context, attempt *attempt, evt *event.Event, n int, file string) error {
	earlier := attempt.upload.at(n).File
	c.connector.uploads.note(file)
	return attempt.keepUpload(ctx, attempt.upload.with(n, keptFile{File: file}), func(ctx context.Context) error {
		if earlier != "" {
			if err := c.connector.db.DropUploads(ctx, earlier); err != nil {
				return err
			}
		}
		return c.connector.db.PutUpload(ctx, slackdb.Upload{FileID: file, Event: shownBy(evt), Content: attempt.files[n].content, At: time.Now()})
	})
}

// lookForShare looks for the message that an earlier try may have had Slack show. Only when
// it is surely not there it is asked for again.
func (c *Client) lookForShare(ctx context.Context, attempt *attempt, portal *bridgev2.Portal) error {
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return nil // the handler says so
	}
	kept, file := *attempt.upload, attempt.upload.sent()[0]
	ts, err := c.api.AwaitShared(slackapi.WaitAtMost(ctx, slackPatience), file, channel, c.connector.uploads.told(file), looks()...)
	switch {
	case slackapi.HasCode(err, "file_deleted"):
		return c.forgetFiles(ctx, attempt, attempt.filesError(errRemoved))
	case slackapi.HasCode(err, "file_not_found") && !kept.Completed:
		attempt.upload = kept.unsent() // Slack keeps no content for ever
		return nil
	case err != nil:
		return err
	case ts == "" && kept.Completed:
		if attempt.Try < maxUnseen {
			return inbox.Later(firstWait, errUnseen)
		}
		return c.forgetFiles(ctx, attempt, attempt.filesError(errors.New("it is in Slack and is not shown there")))
	}
	kept.Completing = ts != ""
	attempt.upload, attempt.shared = &kept, ts
	return nil
}

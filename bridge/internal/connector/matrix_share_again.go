package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// When a backup of the database was put back, files that were shown in Slack since are not
// known any more. What Slack shows of files carries no metadata. So a message is known again by
// its app, by the names and sizes of its files, and because no event is noted for it.

// errNotLookedFor is why a file is not shown that may be in Slack already.
var errNotLookedFor = errors.New("it may be in Slack already, from before the bridge's database was restored, and Slack does not show the bridge whether it is")

// findEarlierShare looks for the message in Slack that an earlier process made of an event's
// files, and notes it as that of this process.
func (c *Client) findEarlierShare(ctx context.Context, attempt *attempt, portal *bridgev2.Portal, evt *event.Event) error {
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return nil // the handler says so
	}
	thread, err := c.slackThreadOf(ctx, portal, evt)
	if err != nil {
		return err
	}
	candidates, err := c.api.PostedSince(slackapi.WaitAtMost(ctx, slackPatience), channel, thread, attempt.since, func(message *slackevent.Message) bool {
		return showsFiles(message, attempt.files) && c.connector.clients.any(c.team, func(app *Client) bool { return app.posted(message) })
	})
	if err != nil {
		if isTriedAgain(err) {
			return err
		}
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not look in Slack for a file that may be there already")
		return attempt.orBadFiles(attempt.filesError(errNotLookedFor))
	}
	for _, message := range candidates {
		known, err := c.connector.bridge.DB.Message.GetFirstPartByID(ctx, portal.Receiver, slackid.MakeMessageID(c.team, channel, message.TS))
		if err != nil {
			return fmt.Errorf("load the message %s: %w", message.TS, err)
		}
		if known == nil {
			return c.keepEarlierShare(ctx, attempt, evt, message)
		}
	}
	return nil
}

// slackThreadOf is the ts of the thread that an event's message belongs to in Slack, or "".
func (c *Client) slackThreadOf(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) (string, error) {
	content := newContent(evt)
	message := &bridgev2.MatrixMessage{MatrixEventBase: bridgev2.MatrixEventBase[*event.MessageEventContent]{Event: evt, Content: content, Portal: portal}}
	if err := c.findThreadRoot(ctx, message); err != nil {
		return "", err
	}
	if replyTo := content.RelatesTo.GetReplyTo(); message.ThreadRoot == nil && replyTo != "" {
		// A reply to an answer is in its thread (mautrix v0.30.0, bridgev2/portal.go, handleMatrixMessage).
		target, err := c.connector.bridge.DB.Message.GetPartByMXID(ctx, replyTo)
		if err != nil {
			return "", fmt.Errorf("look up the message %s: %w", replyTo, err)
		}
		if target != nil && target.Room == portal.PortalKey {
			return threadRootTS(target)
		}
	}
	return threadTS(message.ThreadRoot)
}

// keepEarlierShare notes that a message shows an event's files.
func (c *Client) keepEarlierShare(ctx context.Context, attempt *attempt, evt *event.Event, message *slackevent.Message) error {
	var shared keptUpload
	which := filesShown(message, attempt.files)
	for i, n := range which {
		shared = shared.with(n, keptFile{File: message.Files[i].ID, Sent: true})
	}
	shared.Completing = true
	err := attempt.keepUpload(ctx, shared, func(ctx context.Context) error {
		for i, n := range which {
			upload := slackdb.Upload{FileID: message.Files[i].ID, Event: evt.ID, Content: attempt.files[n].content, At: time.Now()}
			if err := c.connector.db.PutUpload(ctx, upload); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, file := range message.Files {
		c.connector.uploads.note(file.ID)
	}
	attempt.shared = message.TS
	return nil
}

// showsFiles says whether a message shows some of the files and no others.
func showsFiles(message *slackevent.Message, files []*matrixFile) bool {
	return len(message.Files) > 0 && len(filesShown(message, files)) == len(message.Files)
}

// filesShown returns the indexes of the files that a message shows, in its order. It stops at the
// message's first file that is not among them. Files that could not be uploaded are skipped.
func filesShown(message *slackevent.Message, files []*matrixFile) (which []int) {
	for n, file := range files {
		if len(which) < len(message.Files) && isFile(&message.Files[len(which)], file) {
			which = append(which, n)
		}
	}
	return which
}

// isFile says whether a file in Slack may be a Matrix message's. A size of 0 is not known.
func isFile(there *slackevent.File, file *matrixFile) bool {
	return there.Name == file.name && (there.Size == 0 || file.size == 0 || there.Size == file.size)
}

// mayBeForgotten says whether a message, if one of the bridge's apps posted it, may show files
// whose upload was noted in the database that was there before a backup was put back: apart from
// people's files, the bridge shows none.
func (c *Connector) mayBeForgotten(message *slackevent.Message) bool {
	if len(message.Files) == 0 || c.restored.IsZero() {
		return false
	}
	at, err := slackid.ParseTimestamp(message.TS)
	return err == nil && at.Before(c.restored.Add(clocksApart))
}

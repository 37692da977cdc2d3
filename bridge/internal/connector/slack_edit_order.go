package connector

import (
	"context"
	"errors"
	"slices"
	"time"

	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// Slack's time of an edit has whole seconds, so of two edits within a second the message does
// not say which is the later one. The times of their events do, but history shows a state
// without its event: that Matrix shows what was read just after an event says nothing of
// which of them is older.

// orderIsUnknown says whether the state that an event tells may be older than the one that
// Matrix shows, although nothing says so.
func orderIsUnknown(change *slackevent.Message, known []*database.Message) bool {
	if change.Message.EventTS != "" {
		return false // it was read
	}
	told, err := slackid.ParseTimestamp(change.TS)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(known, func(part *database.Message) bool {
		meta, ok := part.Metadata.(*MessageMetadata)
		if !ok || meta.State == "" || meta.LastEditTS != editTS(change.Message) || meta.State == stateOf(change.Message) {
			return false
		}
		shown, err := slackid.ParseTimestamp(meta.EditEvent)
		return err == nil && !told.Before(shown) && told.Sub(shown) <= 2*clockPrecision
	})
}

// answersSettle is how old an event is when Slack is believed that the message is not what the event
// tells: an answer may come from a copy that does not have the edit yet.
const answersSettle = 2 * time.Second

var errNotSettled = errors.New("the edit may not be shown by Slack yet")

// newerState handles an event of unknown order, and says whether it did: Slack is asked what the
// message is now. Where that is not what the event tells, Matrix is to show it in its place.
func (c *Client) newerState(ctx context.Context, row *inbox.Attempt, change *slackevent.Message) (handled bool, err error) {
	asked := c.slackNow()
	now, err := c.messageAt(ctx, change.Channel, change.Message.TS)
	if err != nil || now == nil || now.Subtype == slackevent.SubtypeTombstone || stateOf(now) == stateOf(change.Message) {
		return false, err
	}
	if wait := c.connector.scaled(answersSettle) - asked.Sub(toldAt(row, change.TS)); wait > 0 {
		return false, inbox.Later(wait, errNotSettled)
	}
	try := &catchup{Client: c, row: row, span: span{Channel: change.Channel}, asked: asked}
	return true, try.editTo(ctx, try.asRead(now))
}

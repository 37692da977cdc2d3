package connector

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// answerForOthers is called when everything that a reading has found is in Matrix. Readings
// that were requested before it began have nothing left to find, and events that were
// stored before it began bring nothing new; see [Client.answered].
func (try *catchup) answerForOthers(ctx context.Context) error {
	whole := try.state.Read && !try.state.Doubtful
	try.reads.end(try.row.Lane, try.row.ID, whole)
	if !whole || try.row.Lane == try.beside() {
		return nil
	}
	superseded, err := try.connector.inbox.Supersede(ctx, try.row, try.state.Until, func(row inbox.Row) bool {
		var later span
		return json.Unmarshal(row.Payload, &later) == nil && !later.Since.Before(try.span.Since)
	})
	if len(superseded) > 0 {
		zerolog.Ctx(ctx).Debug().Int("readings", len(superseded)).Msg("One reading has answered for others")
	}
	return err
}

// answered handles an event that is older than what a complete reading of its conversation
// has shown: it was stored before the reading began, or Slack delivered it late, after its
// subject had changed. It says whether the event is done.
func (c *Client) answered(ctx context.Context, row *inbox.Attempt, event slackevent.Event) (bool, error) {
	switch event := event.(type) {
	case *slackevent.Reaction:
		return c.reactionAnswered(ctx, row, event)
	case *slackevent.Message:
		return c.messageAnswered(ctx, row, event)
	}
	return false, nil
}

func (c *Client) reactionAnswered(ctx context.Context, row *inbox.Attempt, event *slackevent.Reaction) (bool, error) {
	whole := c.reads.newest(row.Lane, row.ID)
	if !whole.compared(event.Item.TS) || row.ID > whole.until && !whole.isAfter(event.EventTS) {
		return false, nil
	}
	if event.Added() {
		return true, nil
	}
	id := slackid.MakeMessageID(c.team, event.Item.Channel, event.Item.TS) // what was read before must not bring it back
	return true, c.connector.deletions.note(ctx, goneReaction(id, c.ghostID(event.User), event.Reaction), toldAt(row, event.EventTS))
}

func (c *Client) messageAnswered(ctx context.Context, row *inbox.Attempt, event *slackevent.Message) (bool, error) {
	message := event
	if event.Subtype == slackevent.SubtypeChanged && event.Message != nil {
		message = event.Message
	}
	whole := c.reads.newest(row.Lane, row.ID)
	if whole == nil || event.Subtype == slackevent.SubtypeDeleted || c.ownPost(message) {
		return false, nil
	}
	compared, before := whole.compared(message.TS), row.ID <= whole.until
	if compared || message != event || message.Hidden {
		return compared && before, nil
	}
	if !before && (!whole.isAfter(message.TS) || isEarlier(message.TS, whole.from)) {
		return false, nil
	}
	// The reading did not show the new message: it is outside what was read, or deleted.
	try := &catchup{Client: c, row: row, span: span{Channel: event.Channel}}
	gone, err := try.isGone(ctx, event.TS, event.ThreadTS)
	if err != nil || !gone {
		return false, unreadable(ctx, err)
	}
	return true, c.remove(ctx, row, &slackevent.Message{Channel: event.Channel, ChannelType: event.ChannelType}, event.TS)
}

// reads knows what complete readings have shown. A reading answers for every row that was
// in its lane before it began, and for what Slack delivers late: what those events say was
// true before, and may not be true any more.
type reads struct {
	mu    sync.Mutex
	tried map[string]firstTry // by the row's lane
	begun map[string]*reading // by the lane
	whole map[string]*reading // by the lane
}

// firstTry is when the row that was tried last was tried first.
type firstTry struct {
	row int64
	at  time.Time
}

// reading is what the reading of a row has compared with the database.
type reading struct {
	// row is the row, and until the last one that was in the lane when it began.
	row, until int64
	// from is the ts from which on new messages were read, and at when the reading
	// began, as Slack's clock had it.
	from string
	at   time.Time
	// ended is when everything that was found was in Matrix.
	ended time.Time
	// messages are those that were compared: by their microseconds, in order when the
	// reading has ended.
	messages []int64
}

// readingsKept is how long a reading is known: Slack delivers no event later (Slack docs:
// Events API, retries: the last after five minutes, here doubled).
const readingsKept = lateOriginal

// compared says whether a message was compared completely.
func (r *reading) compared(ts string) bool {
	if r == nil {
		return false
	}
	_, found := slices.BinarySearch(r.messages, microseconds(ts))
	return found
}

// isAfter says whether the reading began after a ts.
func (r *reading) isAfter(ts string) bool {
	said, err := slackid.ParseTimestamp(ts)
	return err == nil && !said.After(r.at)
}

// microseconds is a ts as a number, 0 if it is invalid.
func microseconds(ts string) int64 {
	at, err := slackid.ParseTimestamp(ts)
	if err != nil {
		return 0
	}
	return at.UnixMicro()
}

func newReads() *reads {
	return &reads{tried: map[string]firstTry{}, begun: map[string]*reading{}, whole: map[string]*reading{}}
}

// firstTry returns when a row was tried first, which is now if it was not tried before.
func (r *reads) firstTry(lane string, row int64) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tried[lane].row != row {
		r.tried[lane] = firstTry{row: row, at: time.Now()}
	}
	return r.tried[lane].at
}

// begin notes that a row starts to read from the beginning.
func (r *reads) begin(lane string, started *reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun[lane] = started
}

// compared notes that a message was compared completely. What a row has read before this
// process started is not known here: begin was not called for it.
func (r *reads) compared(lane string, row int64, ts string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if begun := r.begun[lane]; begun != nil && begun.row == row {
		begun.messages = append(begun.messages, microseconds(ts))
	}
}

// end notes that what a row has read is in Matrix; whole says that it read everything.
func (r *reads) end(lane string, row int64, whole bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	begun := r.begun[lane]
	if begun == nil || begun.row != row {
		return
	}
	delete(r.begun, lane)
	maps.DeleteFunc(r.whole, func(_ string, old *reading) bool { return time.Since(old.ended) > readingsKept })
	if whole {
		slices.Sort(begun.messages)
		begun.messages, begun.ended = slices.Compact(begun.messages), time.Now()
		r.whole[lane] = begun
	}
}

// newest returns the newest complete reading of a lane that may answer for a row, or nil.
func (r *reads) newest(lane string, row int64) *reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	whole := r.whole[lane]
	if whole != nil && row > whole.until && time.Since(whole.ended) > readingsKept {
		delete(r.whole, lane)
		return nil
	}
	return whole
}

// underWay counts the readings that were begun and have not ended.
func (r *reads) underWay() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.begun)
}

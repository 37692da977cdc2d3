package connector

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"

	"github.com/rs/zerolog"
)

// answerForOthers is called when all that a reading has found is in Matrix. The readings
// that were asked for before it began have nothing left to find, and the events that were
// stored before it began nothing to bring; see [Client.answered].
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
		zerolog.Ctx(ctx).Debug().Int("readings", len(superseded)).Msg("One reading has served for others")
	}
	return err
}

// answered handles an event that was stored before a whole reading of its conversation
// began: what it brings is older than what was read. It says whether that is all there is
// to do.
func (c *Client) answered(ctx context.Context, row *inbox.Attempt, event slackevent.Event) (bool, error) {
	switch event := event.(type) {
	case *slackevent.Reaction:
		_, compared := c.reads.answer(row.Lane, row.ID, event.Item.TS)
		return compared, nil
	case *slackevent.Message:
		return c.messageAnswered(ctx, row, event)
	}
	return false, nil
}

func (c *Client) messageAnswered(ctx context.Context, row *inbox.Attempt, event *slackevent.Message) (bool, error) {
	message := event
	if event.Subtype == slackevent.SubtypeChanged && event.Message != nil {
		message = event.Message
	}
	answers, compared := c.reads.answer(row.Lane, row.ID, message.TS)
	if event.Subtype == slackevent.SubtypeDeleted || !answers || c.ownPost(message) {
		return false, nil
	}
	if compared || message != event || message.Hidden {
		return compared, nil
	}
	// The reading did not show a new message: it is outside of what was read, or deleted.
	try := &catchup{Client: c, row: row, span: span{Channel: event.Channel}}
	gone, err := try.isGone(ctx, event.TS, event.ThreadTS)
	if err != nil || !gone {
		return false, unreadable(ctx, err)
	}
	return true, c.remove(ctx, row, &slackevent.Message{Channel: event.Channel, ChannelType: event.ChannelType}, event.TS)
}

// reads knows what readings have shown that were whole. A reading answers for every row
// that was in its lane before it began: what those events brought was so before, and may
// not be so any more.
type reads struct {
	mu    sync.Mutex
	tried map[string]firstTry // by the row's lane
	begun map[string]*answers // by the lane
	whole map[string]*answers // by the lane; only while such rows wait
}

// firstTry is since when the row that was tried last is tried.
type firstTry struct {
	row int64
	at  time.Time
}

// answers are the messages that the reading of a row compared with the database, by their
// ts, and the last row for which it answers.
type answers struct {
	row, until int64
	messages   map[string]bool
}

func newReads() *reads {
	return &reads{tried: map[string]firstTry{}, begun: map[string]*answers{}, whole: map[string]*answers{}}
}

// firstTry returns since when a row is tried; one that was not is from now on.
func (r *reads) firstTry(lane string, row int64) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tried[lane].row != row {
		r.tried[lane] = firstTry{row: row, at: time.Now()}
	}
	return r.tried[lane].at
}

// begin notes that a row starts to read from nothing, and the last row that waits in its
// lane.
func (r *reads) begin(lane string, row, until int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.whole, lane)
	r.begun[lane] = &answers{row: row, until: until, messages: map[string]bool{}}
}

// compared notes that a message was compared in all it is. What a row has read before the
// process was started is not known here: begin was not called for it.
func (r *reads) compared(lane string, row int64, ts string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if begun := r.begun[lane]; begun != nil && begun.row == row && begun.until > row {
		begun.messages[ts] = true
	}
}

// end notes that what a row has read is in Matrix; whole says that it was all there is.
func (r *reads) end(lane string, row int64, whole bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	begun := r.begun[lane]
	if begun == nil || begun.row != row {
		return
	}
	delete(r.begun, lane)
	if whole && begun.until > row {
		r.whole[lane] = begun
	}
}

// answer says whether a whole reading answers for a row, and whether it has compared a
// message. It forgets a reading for which no row is left.
func (r *reads) answer(lane string, row int64, ts string) (answers, compared bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	whole := r.whole[lane]
	if whole == nil {
		return false, false
	}
	if row > whole.until {
		delete(r.whole, lane)
		return false, false
	}
	return true, whole.messages[ts]
}

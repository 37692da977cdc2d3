package connector

import (
	"sync"
	"time"
)

// reads knows which conversations were read lately, so that of many rows put by a
// connection that came and went, one reads and the others have nothing left to do.
type reads struct {
	mu    sync.Mutex
	tried map[string]read // by the row's lane: the row that was tried last, and since when
	begun map[string]read // by the conversation's lane
	whole map[string]read
}

// read is one reading of a conversation: for which row, back to when, and when it began.
// Everything stored by Slack between the two times was seen, if it ended.
type read struct {
	row      int64
	from, at time.Time
}

func newReads() *reads {
	return &reads{tried: map[string]read{}, begun: map[string]read{}, whole: map[string]read{}}
}

// firstTry returns since when a row is tried; one that was not is from now on.
func (r *reads) firstTry(lane string, row int64) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tried[lane].row != row {
		r.tried[lane] = read{row: row, at: time.Now()}
	}
	return r.tried[lane].at
}

// begin notes that a row starts to read from nothing.
func (r *reads) begin(lane string, row int64, from time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun[lane] = read{row: row, from: from, at: time.Now()}
}

// end notes that a row has read all of its span. It counts only if begin was called for
// the row: what was read before a restart may be older than later rows.
func (r *reads) end(lane string, row int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	begun, ok := r.begun[lane]
	if ok && begun.row == row {
		delete(r.begun, lane)
		r.whole[lane] = begun
	}
}

// spoil notes that something else is handled in a lane. A live event brings what was so
// before the reading, such as a message that is deleted by now: a later row has to look
// again.
func (r *reads) spoil(lane string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.begun, lane)
	delete(r.whole, lane)
}

// cover reports whether a reading that is whole began after a row arrived, and went
// back as far as the row asks.
func (r *reads) cover(lane string, from, arrived time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	whole, ok := r.whole[lane]
	return ok && whole.at.After(arrived) && !whole.from.After(from)
}

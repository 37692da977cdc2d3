package connector

import (
	"sync"
	"time"
)

// reads knows which conversations were read lately, so that of many rows put by a
// connection that came and went, one reads and the others have nothing left to do.
type reads struct {
	mu    sync.Mutex
	begun map[string]read // by channel id
	whole map[string]read
}

// read is one reading of a conversation: for which row, back to when, and when it began.
// Everything stored by Slack between the two times was seen, if it ended.
type read struct {
	row      int64
	from, at time.Time
}

func newReads() *reads {
	return &reads{begun: map[string]read{}, whole: map[string]read{}}
}

// begin notes that a row starts to read from nothing.
func (r *reads) begin(channel string, row int64, from time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun[channel] = read{row: row, from: from, at: time.Now()}
}

// end notes that a row has read all of its span. It counts only if begin was called for
// the row: what was read before a restart may be older than later rows.
func (r *reads) end(channel string, row int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	begun, ok := r.begun[channel]
	if ok && begun.row == row {
		delete(r.begun, channel)
		r.whole[channel] = begun
	}
}

// cover reports whether a reading that is whole began after a row arrived, and went
// back as far as the row asks.
func (r *reads) cover(channel string, from, arrived time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	whole, ok := r.whole[channel]
	return ok && whole.at.After(arrived) && !whole.from.After(from)
}

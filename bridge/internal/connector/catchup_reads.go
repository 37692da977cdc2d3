package connector

import (
	"sync"
	"time"
)

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

package delivery

import (
	"context"
	"time"

	"maunium.net/go/mautrix/id"
)

// reading is what is known of a reading of the rooms that is due: until it is done, a
// transaction that is stored may overtake what was missed before it.
type reading struct {
	// rooms are those to be read, and whether they were; nil before they are known.
	rooms map[id.RoomID]bool
	// knocked says that a transaction waits since the last try, until is until when any
	// waits, and limit how far progress moves that; both are zero if none has come.
	knocked      bool
	until, limit time.Time
	// ticked is when the waiting was last looked at. Much later than it should have been,
	// the process stood still, and so did the reading.
	ticked time.Time
	// changed is closed, and replaced, when rooms were read.
	changed chan struct{}
}

func newReading() *reading { return &reading{changed: make(chan struct{})} }

// waits says whether one of the rooms has to be read first.
func (r *reading) waits(rooms []id.RoomID) bool {
	if r.rooms == nil {
		return true
	}
	for _, room := range rooms {
		if read, listed := r.rooms[room]; listed && !read {
			return true
		}
	}
	return false
}

func (r *reading) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Await holds a transaction with events of rooms until these are read for what may have
// been missed: it would overtake that. All transactions together wait holdAtMost for one
// reading, and longer while it gets on, holdInAll at most; time in which the process stood
// still does not count. Await returns early when ctx ends or end is closed.
func (w *Watch) Await(ctx context.Context, rooms []id.RoomID, end <-chan struct{}) {
	for {
		changed, until := w.knock(rooms)
		if changed == nil {
			return
		}
		timer := time.NewTimer(min(time.Until(until), holdStep))
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		case <-end:
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// knock returns what to wait for before events of rooms are stored, and until when; nil
// if nothing.
func (w *Watch) knock(rooms []id.RoomID) (changed <-chan struct{}, until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.due == nil || len(rooms) == 0 || !w.due.waits(rooms) {
		return nil, time.Time{}
	}
	now := time.Now()
	if w.due.until.IsZero() {
		w.due.until, w.due.limit, w.due.ticked = now.Add(holdAtMost), now.Add(holdInAll), now
		w.due.knocked = true // the homeserver is there, so its rooms can be read now
		w.signal()
		if w.leaveProbe != nil {
			w.leaveProbe()
		}
	}
	w.due.tick(now)
	if !now.Before(w.due.until) {
		return nil, time.Time{}
	}
	return w.due.changed, w.due.until
}

// isWaitedFor says whether a transaction waits for a reading.
func (w *Watch) isWaitedFor() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.due != nil && time.Now().Before(w.due.until)
}

// tick has transactions wait longer by the time in which the process stood still.
func (r *reading) tick(now time.Time) {
	if late := now.Sub(r.ticked) - holdStep; late > holdStep && now.Sub(r.until) < late {
		r.until, r.limit = r.until.Add(late), r.limit.Add(late)
	}
	r.ticked = now
}

// wasKnocked says, once, whether a transaction waits for a reading.
func (w *Watch) wasKnocked() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.due == nil || !w.due.knocked {
		return false
	}
	w.due.knocked = false
	return true
}

// list notes which rooms are to be read, and returns the reading that is due, if one is.
func (w *Watch) list(rooms []id.RoomID) *reading {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.due == nil {
		return nil
	}
	if w.due.rooms == nil {
		w.due.rooms = make(map[id.RoomID]bool, len(rooms))
	}
	for _, room := range rooms {
		if !w.due.rooms[room] {
			w.due.rooms[room] = false // listed
		}
	}
	w.due.tell()
	return w.due
}

// progressed notes that a page was read: who waits for the reading has more patience.
func (w *Watch) progressed(of *reading) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if of == nil || !now.Before(of.until) {
		return
	}
	of.until = now.Add(holdAtMost)
	if of.until.After(of.limit) {
		of.until = of.limit
	}
	of.tell()
}

// read notes that a room was read.
func (w *Watch) read(of *reading, room id.RoomID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if of != nil {
		of.rooms[room] = true
		of.tell()
	}
}

// wereRead notes that a reading is whole.
func (w *Watch) wereRead(of *reading) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.due != nil && w.due == of {
		w.due.tell()
		w.due = nil
	}
}

package inbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"
)

const (
	// hold is how long the first request waits for others while the inbox is busy.
	// An idle inbox commits at once.
	hold = 5 * time.Millisecond
	// maxCommit is how many rows one commit takes, unless one request has more.
	maxCommit = 256
	// linger is how long a row that is done waits for other writes to go with. What
	// is not marked yet when the process dies is handled again, and found to be done.
	linger = 100 * time.Millisecond
	// commitTimeout bounds one commit.
	commitTimeout = 30 * time.Second
	// retryDone is the pause after a mark that could not be written.
	retryDone = time.Second
	// lastWait is how long a request whose context ended waits for the answer to a
	// commit that is being made.
	lastWait = 2 * time.Second
)

// request is something to be written in one piece.
type request struct {
	rows []Row
	also func(ctx context.Context) error
	// after is run, under the inbox's lock, when the commit succeeded.
	after func()

	at    time.Time
	fresh int // how many of rows were new
	ended chan error
}

// committer writes requests in their order, as many as wait in one transaction. Its
// goroutine ends with close.
type committer struct {
	box *Inbox

	mu       sync.Mutex
	waiting  []*request
	rows     int // of waiting
	done     []int64
	unmarked map[int64]head // rows that are handled and still in the database
	doneAt   time.Time      // when the marks are due
	closing  bool
	lost     int // marks that could not be written before the end

	wake chan struct{}
	gone chan struct{}

	// What follows is the goroutine's own.
	last     time.Time // the end of the last commit
	together int       // requests of the last commit, and those that waited at its end
	// unsettled says that a commit failed which may have been made all the same, and
	// since when the database is to be asked.
	unsettled   bool
	unsettledAt time.Time
}

func newCommitter(box *Inbox) *committer {
	c := &committer{box: box, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	go c.run()
	return c
}

// do writes a request and waits until it is committed. If ctx ends while it waits, it
// is not written; if ctx ends while it is written and the database does not answer,
// the error wraps [ErrUnknown].
func (c *committer) do(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, inside := c.box.db.Execable(ctx).(dbutil.Transaction); inside {
		return ErrInTransaction
	}
	r.ended, r.at = make(chan error, 1), time.Now()
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return ErrClosed
	}
	c.waiting = append(c.waiting, r)
	c.rows += max(len(r.rows), 1)
	c.mu.Unlock()
	c.signal()
	select {
	case err := <-r.ended:
		return err
	case <-ctx.Done():
	}
	if c.withdraw(r) {
		return ctx.Err()
	}
	timer := time.NewTimer(lastWait)
	defer timer.Stop()
	select {
	case err := <-r.ended:
		return err
	case <-timer.C:
		return fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
	}
}

// withdraw takes back a request that is not being written yet.
func (c *committer) withdraw(r *request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.Index(c.waiting, r)
	if at < 0 {
		return false
	}
	c.waiting = slices.Delete(c.waiting, at, at+1)
	c.rows -= max(len(r.rows), 1)
	return true
}

// handled notes that a row is handled, before it leaves its lane: from then on its place in
// the database does not mean that it waits.
func (c *committer) handled(h head) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unmarked == nil {
		c.unmarked = map[int64]head{}
	}
	c.unmarked[h.id] = h
}

// isHandled says whether a row is handled, but its mark not known to be committed.
func (c *committer) isHandled(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.unmarked[id]
	return ok
}

// markDone has a handled row, which has left its lane, marked with a later commit.
func (c *committer) markDone(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.done) == 0 {
		c.doneAt = time.Now().Add(linger)
	}
	c.done = append(c.done, id)
	if len(c.done) == 1 || len(c.done) == maxCommit {
		c.signal()
	}
}

func (c *committer) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// close writes what waits and ends the goroutine.
func (c *committer) close(ctx context.Context) error {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.signal()
	select {
	case <-c.gone:
	case <-ctx.Done():
		return fmt.Errorf("close the inbox: %w", ctx.Err())
	}
	err := c.box.store.close()
	if c.lost > 0 {
		err = errors.Join(err, fmt.Errorf("close the inbox: %d rows could not be marked done; they are handled again and found to be done", c.lost))
	}
	return err
}

func (c *committer) run() {
	defer close(c.gone)
	for {
		requests, done, wait := c.next()
		switch {
		case len(requests) > 0 || len(done) > 0:
			c.commit(requests, done)
		case wait < 0:
			return
		case c.unsettled && !time.Now().Before(c.unsettledAt):
			if err := c.settle(); err != nil {
				c.unsettledAt = time.Now().Add(retryDone)
			}
		default:
			c.sleep(wait)
		}
	}
}

func (c *committer) sleep(wait time.Duration) {
	if left := max(time.Until(c.unsettledAt), time.Millisecond); c.unsettled && (wait == 0 || left < wait) {
		wait = left
	}
	var timeout <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-c.wake:
	case <-timeout:
	}
}

// next returns what to commit now, or how long to wait: 0 is until woken, below 0
// means that nothing will come any more.
func (c *committer) next() (requests []*request, done []int64, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if len(c.waiting) > 0 {
		if left := c.waiting[0].at.Add(hold).Sub(now); left > 0 && c.expectsMore(now) {
			return nil, nil, left
		}
		return c.pop(), c.popDone(), 0
	}
	switch left := c.doneAt.Sub(now); {
	case len(c.done) == 0 && c.closing:
		return nil, nil, -1
	case len(c.done) == 0:
		return nil, nil, 0
	case left <= 0 || c.closing || len(c.done) >= maxCommit && left <= linger:
		return nil, c.popDone(), 0
	default:
		return nil, nil, left
	}
}

// expectsMore says whether requests will come that can go with those that wait: fewer
// wait than there were the last time, a moment ago. The lock is held.
func (c *committer) expectsMore(now time.Time) bool {
	return now.Sub(c.last) < hold && len(c.waiting) < c.together && c.rows < maxCommit && !c.closing
}

// pop takes the first requests, at least one and no more than maxCommit rows. The
// lock is held.
func (c *committer) pop() []*request {
	n, rows := 0, 0
	for n < len(c.waiting) && (n == 0 || rows+max(len(c.waiting[n].rows), 1) <= maxCommit) {
		rows += max(len(c.waiting[n].rows), 1)
		n++
	}
	taken := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	c.rows -= rows
	return taken
}

func (c *committer) popDone() []int64 {
	done := c.done
	c.done = nil
	return done
}

// commit writes requests and marks in one transaction. If that fails each is tried
// on its own, so that one that cannot be written does not take the others with it, or
// because there was no connection any more.
func (c *committer) commit(requests []*request, done []int64) {
	done, err := c.certain(done)
	session := c.box.store.session.Load()
	if err == nil {
		err = c.try(requests, done)
	}
	errs := slices.Repeat([]error{err}, len(requests))
	unmade := !errors.Is(err, dbutil.ErrTxnCommit) && c.box.store.session.Load() != session
	if err != nil && (len(requests)+min(len(done), 1) > 1 || unmade) {
		errs = c.commitEach(requests)
		if done, err = c.certain(done); err == nil && len(done) > 0 {
			err = c.try(nil, done)
		}
	}
	if err != nil && len(done) > 0 {
		c.undone(done, err)
	}
	// Before the senders are told: one that goes on now does not count as one that waited.
	c.mu.Lock()
	c.together, c.last = len(requests)+len(c.waiting), time.Now()
	if err == nil {
		c.marked(done)
	}
	c.mu.Unlock()
	for i, r := range requests {
		r.ended <- errs[i]
	}
}

// certain returns which of the rows that are done were handled while the connection for
// commits was the one that it is now. On PostgreSQL what was written for the others may be
// lost, and they are handled again.
func (c *committer) certain(done []int64) ([]int64, error) {
	if len(done) == 0 || c.box.db.Dialect != dbutil.Postgres {
		return done, nil
	}
	session, err := c.box.store.currentSession()
	if err != nil {
		return done, err
	}
	c.mu.Lock()
	var before []int64
	done = slices.DeleteFunc(slices.Clone(done), func(id int64) bool {
		earlier := c.unmarked[id].session != session
		if earlier {
			before = append(before, id)
		}
		return earlier
	})
	c.mu.Unlock()
	if len(before) > 0 {
		c.undone(before, errNewSession)
	}
	return done, nil
}

var errNewSession = errors.New("the connection to the database was lost meanwhile, and with it may be what was written last")

// commitEach writes requests one by one, until it is clear that it is the database
// that fails and not one of them.
func (c *committer) commitEach(requests []*request) []error {
	errs := make([]error, len(requests))
	var err error
	failed := 0
	for i := range requests {
		if failed < 2 {
			err = c.try(requests[i:i+1], nil)
		}
		if err != nil && !isOwn(err) {
			failed++
		}
		errs[i] = err
	}
	return errs
}

// alsoError is a failure of what a request does itself.
type alsoError struct{ error }

func (e alsoError) Unwrap() error { return e.error }

func isOwn(err error) bool {
	var also alsoError
	return errors.As(err, &also) && !errors.Is(err, context.DeadlineExceeded)
}

// undone deals with marks that could not be written. On SQLite they are written later.
// On PostgreSQL what the handlers wrote before may be lost as well, since a server that
// ends does not flush what it was not asked to: the rows are handled again, which finds
// what is there.
func (c *committer) undone(done []int64, err error) {
	c.box.log.Warn("Rows that were handled cannot be marked done yet", zap.Int("rows", len(done)), zap.Error(err))
	c.mu.Lock()
	if c.closing {
		c.lost += len(done)
		c.mu.Unlock()
		return
	}
	if c.box.db.Dialect != dbutil.Postgres {
		c.done = append(done, c.done...)
		c.doneAt = time.Now().Add(retryDone)
		c.mu.Unlock()
		return
	}
	again := c.marked(done)
	c.mu.Unlock()
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	for _, h := range again {
		c.box.again[h.id] = true
	}
	c.box.insert(again)
}

// marked forgets where rows are that need no mark any more, and returns it. The lock is
// held.
func (c *committer) marked(done []int64) (heads []head) {
	for _, id := range done {
		if h, ok := c.unmarked[id]; ok {
			heads = append(heads, h)
			delete(c.unmarked, id)
		}
	}
	return heads
}

// try makes one transaction.
func (c *committer) try(requests []*request, done []int64) error {
	if err := c.settle(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	at := c.box.now()
	var rows []Row
	for _, r := range requests {
		rows = append(rows, r.rows...)
	}
	var fresh []Row
	err := c.box.store.transact(ctx, func(ctx context.Context) (err error) {
		if len(rows) > 0 {
			if fresh, err = c.box.store.insert(ctx, rows, at); err != nil {
				return err
			}
		}
		for _, r := range requests {
			if err := c.runAlso(ctx, r); err != nil {
				return err
			}
		}
		return c.box.store.remove(ctx, done)
	})
	if errors.Is(err, dbutil.ErrTxnCommit) {
		c.unsettled, c.unsettledAt = true, time.Now().Add(retryDone)
	}
	if err != nil {
		return err
	}
	c.box.store.advance(fresh)
	c.box.committed(requests, rows, fresh, done)
	return nil
}

// runAlso runs what belongs to a request. A panic in it is its own failure.
func (c *committer) runAlso(ctx context.Context, r *request) (err error) {
	if r.also == nil {
		return nil
	}
	defer func() {
		if value := recover(); value != nil {
			c.box.counts.panics.Add(1)
			c.box.log.Error("A panic during a commit; please report it", zap.Any("panic", value), zap.ByteString("stack", debug.Stack()))
			err = alsoError{errPanic}
		}
	}()
	if err := r.also(ctx); err != nil {
		return alsoError{err}
	}
	return nil
}

// settle finds out what a commit did whose answer was lost: rows that it stored wait
// in the database, but in no lane.
func (c *committer) settle() error {
	if !c.unsettled {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	heads, err := c.box.store.settled(ctx)
	if err != nil {
		return fmt.Errorf("find out what was committed: %w", err)
	}
	c.box.adopt(heads, c.isHandled)
	c.unsettled = false
	return nil
}

package inbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

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
)

// request is something to be written in one piece.
type request struct {
	rows []Row
	also func(ctx context.Context) error
	// after is run, under the inbox's lock, when the commit succeeded.
	after func()

	fresh int // how many of rows were new
	ended chan error
}

// committer writes requests in their order, as many as wait in one transaction. Its
// goroutine ends with close.
type committer struct {
	box *Inbox

	mu      sync.Mutex
	waiting []*request
	rows    int // of waiting
	since   time.Time
	done    []int64
	doneAt  time.Time // when the marks are due
	closing bool

	wake chan struct{}
	gone chan struct{}
	last time.Time // the end of the last commit; the goroutine's own
}

func newCommitter(box *Inbox) *committer {
	c := &committer{box: box, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	go c.run()
	return c
}

// do writes a request and waits until it is committed. If ctx ends first, the
// outcome is open.
func (c *committer) do(ctx context.Context, r *request) error {
	r.ended = make(chan error, 1)
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return ErrClosed
	}
	if len(c.waiting) == 0 {
		c.since = time.Now()
	}
	c.waiting = append(c.waiting, r)
	c.rows += max(len(r.rows), 1)
	c.mu.Unlock()
	c.signal()
	select {
	case err := <-r.ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// markDone notes that a row is done; the mark is written with a later commit.
func (c *committer) markDone(id int64) {
	c.mu.Lock()
	if len(c.done) == 0 {
		c.doneAt = time.Now().Add(linger)
	}
	c.done = append(c.done, id)
	wake := len(c.done) == 1 || len(c.done) >= maxCommit
	c.mu.Unlock()
	if wake {
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
	c.mu.Lock()
	left := len(c.done)
	c.mu.Unlock()
	err := c.box.store.close()
	if left > 0 {
		err = errors.Join(err, fmt.Errorf("%d rows could not be marked done; they are handled again and found to be done", left))
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
		default:
			c.sleep(wait)
		}
	}
}

func (c *committer) sleep(wait time.Duration) {
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
		if left := c.since.Add(hold).Sub(now); left > 0 && c.rows < maxCommit && !c.closing && now.Sub(c.last) < hold {
			return nil, nil, left
		}
		return c.pop(), c.popDone(), 0
	}
	switch left := c.doneAt.Sub(now); {
	case len(c.done) == 0 && c.closing:
		return nil, nil, -1
	case len(c.done) == 0:
		return nil, nil, 0
	case left <= 0 || c.closing || len(c.done) >= maxCommit && c.doneAt.Sub(now) <= linger:
		return nil, c.popDone(), 0
	default:
		return nil, nil, left
	}
}

// pop takes the first requests, at least one and no more than maxCommit rows. The
// lock is held.
func (c *committer) pop() []*request {
	n, rows := 0, 0
	for n < len(c.waiting) && (n == 0 || rows+len(c.waiting[n].rows) <= maxCommit) {
		rows += max(len(c.waiting[n].rows), 1)
		n++
	}
	taken := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	c.rows -= rows
	c.since = time.Now()
	return taken
}

func (c *committer) popDone() []int64 {
	done := c.done
	c.done = nil
	return done
}

// commit writes requests and marks in one transaction. If that fails each is tried
// on its own, so that one that cannot be written does not take the others with it.
func (c *committer) commit(requests []*request, done []int64) {
	err := c.try(requests, done)
	if err != nil && len(requests)+min(len(done), 1) > 1 {
		failed := 0
		for _, r := range requests {
			if failed < 2 { // else it is the database, and not one request
				err = c.try([]*request{r}, nil)
			}
			if err != nil {
				failed++
			}
			r.ended <- err
		}
		requests, err = nil, nil
		if len(done) > 0 {
			err = c.try(nil, done)
		}
	}
	for _, r := range requests {
		r.ended <- err
	}
	if err != nil && len(done) > 0 {
		c.undone(done, err)
	}
	c.last = time.Now()
}

// undone puts marks back that could not be written.
func (c *committer) undone(done []int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = append(done, c.done...)
	c.doneAt = time.Now().Add(retryDone)
	if c.closing {
		c.done, c.waiting = nil, nil
	}
	c.box.log.Warn("rows that were handled cannot be marked done yet", zap.Int("rows", len(done)), zap.Error(err))
}

func (c *committer) try(requests []*request, done []int64) error {
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
			if r.also != nil {
				if err := r.also(ctx); err != nil {
					return err
				}
			}
		}
		return c.box.store.remove(ctx, done)
	})
	if err != nil {
		return err
	}
	c.box.store.advance(len(fresh))
	c.box.committed(requests, rows, fresh, done)
	return nil
}

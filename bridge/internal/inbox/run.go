package inbox

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Handle handles a row; see [Later] and [Park] for what it may return. It is called
// for one row of a lane at a time. ctx ends when a stop has lasted for
// [Policy.Grace].
type Handle func(ctx context.Context, a *Attempt) error

// Policy says how a source's rows are handled.
type Policy struct {
	// Workers bounds how many rows are handled at once. Default: 8.
	Workers int
	// Transient says whether an error passes by itself, and after which time to try
	// again where it names one. Default: none does.
	Transient func(err error) (after time.Duration, transient bool)
	// Parked tells a person that a row is parked, once: an error means that no one
	// could be told, and is repeated. Default: the log says it.
	Parked func(ctx context.Context, row Parked) error
	// Grace is how long a handler may go on when Run's context ends. Default: 5 s.
	Grace time.Duration
}

func (p *Policy) setDefaults() {
	if p.Workers == 0 {
		p.Workers = 8
	}
	if p.Transient == nil {
		p.Transient = func(error) (time.Duration, bool) { return 0, false }
	}
	if p.Parked == nil {
		p.Parked = func(context.Context, Parked) error { return nil }
	}
	if p.Grace == 0 {
		p.Grace = 5 * time.Second
	}
}

// runner is one Run.
type runner struct {
	box    *Inbox
	source *source
	handle Handle
	policy Policy
	log    *zap.Logger
	// ctx ends when the stop begins; work is what handlers are given.
	ctx, work context.Context
	// parked holds a token while a row may have been parked without being reported.
	parked chan struct{}
	// told are the rows that were reported, but not yet noted as such, and when they
	// were parked. It is the reporting goroutine's own.
	told map[int64]time.Time
}

// Run hands the rows of a source to handle until ctx ends; then it finishes the rows
// that are being handled, within [Policy.Grace], and returns. A source has one Run at
// a time. Rows put before it wait for it.
func (b *Inbox) Run(ctx context.Context, sourceName string, handle Handle, policy Policy) error {
	policy.setDefaults()
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	r := &runner{
		box: b, handle: handle, policy: policy, log: b.log.With(zap.String("source", sourceName)),
		ctx: ctx, work: work, parked: make(chan struct{}, 1), told: map[int64]time.Time{},
	}
	if err := r.begin(sourceName); err != nil {
		return err
	}
	r.tell() // also of those of an earlier process
	var workers, reports sync.WaitGroup
	for range policy.Workers {
		workers.Go(r.workOff)
	}
	reports.Go(r.report)
	<-ctx.Done()
	r.end()
	ended := make(chan struct{})
	go func() { workers.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(policy.Grace):
		cancel()
		<-ended
	}
	cancel()
	reports.Wait()
	return nil
}

// begin makes r the one that runs the source.
func (r *runner) begin(sourceName string) error {
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	r.source = r.box.sourceOf(sourceName)
	if r.source.runner != nil {
		return fmt.Errorf("the inbox runs %s already", sourceName)
	}
	r.source.runner = r
	for _, l := range r.box.lanes {
		for _, q := range l.queues {
			if q.source == r.source {
				r.box.list(q)
			}
		}
	}
	return nil
}

// end takes no further row. Those that are being handled go on.
func (r *runner) end() {
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	r.source.runner = nil
	for _, q := range r.source.ready {
		q.listed = false
	}
	r.source.ready = nil
	r.source.cond.Broadcast()
}

func (r *runner) workOff() {
	for {
		q, id := r.pop()
		if q == nil {
			return
		}
		r.attempt(q, id)
	}
}

// pop waits for a row that can be handled, and keeps its lane busy with it. It
// returns nil when the run ends.
func (r *runner) pop() (*queue, int64) {
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	for r.source.runner == r {
		for len(r.source.ready) > 0 {
			q := r.source.ready[0]
			r.source.ready[0] = nil
			r.source.ready = r.source.ready[1:]
			q.listed = false
			if q.lane.busy != nil {
				continue // listed again when the lane is free
			}
			if len(q.ids) == 0 {
				r.box.sweep(q.lane)
				continue
			}
			q.lane.busy = q
			q.tries++
			return q, q.ids[0]
		}
		r.source.cond.Wait()
	}
	return nil, 0
}

// attempt tries a row once and says what becomes of it.
func (r *runner) attempt(q *queue, id int64) {
	row, err := r.box.load(r.work, q, id)
	if err != nil {
		r.retry(q, id, 0, err)
		return
	}
	if row == nil {
		r.missing(q, id)
		return
	}
	r.box.mu.Lock()
	a := &Attempt{Row: *row, Try: q.tries, Unsure: q.doubt || q.inherited || row.unsure || r.box.again[id], box: r.box, queue: q}
	with := q.lane.parked[topic{row.Source, row.About}]
	r.box.mu.Unlock()
	if with != 0 {
		r.park(q, a, with, fmt.Errorf("it is about row %d, which is parked", with))
		return
	}
	session := r.box.store.session.Load()
	err = r.call(a)
	switch {
	case a.begun:
		if err != nil {
			r.log.Error("A row that is handled at most once failed", zap.Int64("row", id), zap.Error(err))
		}
		r.box.done(q, a)
		r.leave(q, id)
	case err == nil:
		r.box.done(q, a)
		r.box.committer.handled(head{id: id, source: q.source.name, lane: q.lane.name, session: session})
		r.leave(q, id) // before the mark, so that a mark that fails puts it back
		r.box.committer.markDone(id)
	case r.work.Err() != nil: // the stop cut it off
		a.Doubt()
		r.pause(q, id, firstWait, false)
	default:
		r.judge(q, a, err)
	}
}

// judge decides what becomes of a row whose try failed.
func (r *runner) judge(q *queue, a *Attempt, err error) {
	if after, ok := LaterFrom(err); ok {
		r.count(q, a.ID, -1, 0)
		r.pause(q, a.ID, after, endsWithNext(err))
		return
	}
	after, transient := r.policy.Transient(err)
	hard := 1
	if transient {
		hard = 0
	}
	if hard = r.count(q, a.ID, 0, hard); IsPark(err) || hard >= maxTries {
		r.park(q, a, 0, err)
		return
	}
	r.retry(q, a.ID, after, err)
}

// count corrects the tries of a row and returns how many of them failed for good.
func (r *runner) count(q *queue, id int64, tries, hard int) int {
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	if q.isFirst(id) {
		q.tries += tries
		q.hard += hard
	}
	return q.hard
}

// call runs the handler; a panic is an error of it.
func (r *runner) call(a *Attempt) (err error) {
	defer func() {
		if value := recover(); value != nil {
			r.box.counts.panics.Add(1)
			r.log.Error("A panic while handling a row; please report it", zap.Int64("row", a.ID), zap.String("kind", a.Kind),
				zap.Any("panic", value), zap.ByteString("stack", debug.Stack()))
			a.Doubt()
			err = errPanic
		}
	}()
	return r.handle(r.work, a)
}

// retry has a row wait for another try after a fault, at least for a time. The log says
// so when the fault is a new one.
func (r *runner) retry(q *queue, id int64, after time.Duration, err error) {
	r.box.counts.retries.Add(1)
	r.box.mu.Lock()
	after = max(after, backoff(q.tries))
	said := err.Error() == q.said
	q.said = err.Error()
	r.box.mu.Unlock()
	if !said {
		r.log.Warn("A row is not handled yet and is tried again",
			zap.Int64("row", id), zap.String("lane", q.lane.name), zap.Duration("in", after), zap.Error(err))
	}
	r.pause(q, id, after, false)
}

// pause gives the lane back; the row is tried again after a time.
func (r *runner) pause(q *queue, id int64, after time.Duration, orNext bool) {
	b := r.box
	b.mu.Lock()
	defer b.mu.Unlock()
	if q.isFirst(id) {
		if orNext && len(q.ids) > 1 {
			after = 0 // it has come meanwhile
		}
		b.wait(q, after)
		q.orNext = orNext
		b.cache.rest(q.ids)
	}
	b.release(q.lane)
}

// again gives the lane back; the row is tried at once, and this try does not count.
func (r *runner) again(q *queue, id int64) {
	r.count(q, id, -1, 0)
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	r.box.release(q.lane)
}

// leave takes a row out of its lane and lets the next one go on.
func (r *runner) leave(q *queue, id int64) {
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	r.box.remove(q, id)
	r.box.release(q.lane)
}

// load returns a row from memory or, with those behind it, from the database. nil
// means that it does not wait any more.
func (b *Inbox) load(ctx context.Context, q *queue, id int64) (*Row, error) {
	b.mu.Lock()
	row := b.cache.get(id)
	page := make([]int64, 0, pageRows)
	for _, id := range q.ids[:min(len(q.ids), pageRows)] {
		if b.cache.get(id) == nil {
			page = append(page, id)
		}
	}
	b.mu.Unlock()
	if row != nil {
		return row, nil
	}
	b.counts.pages.Add(1)
	loaded, err := b.store.load(ctx, page)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	loaded = slices.DeleteFunc(loaded, func(row *Row) bool {
		_, waits := q.index(row.ID)
		return !waits
	})
	b.cache.page(loaded, id)
	return b.cache.get(id), nil
}

// Keep stores what the next try of this row needs to know. It is committed and
// flushed when Keep returns.
func (a *Attempt) Keep(ctx context.Context, progress []byte) error {
	return a.KeepWith(ctx, progress, nil)
}

// KeepWith is Keep with something else that is written in the same commit: also is
// given a context that carries the transaction.
func (a *Attempt) KeepWith(ctx context.Context, progress []byte, also func(ctx context.Context) error) error {
	r := &request{also: func(ctx context.Context) error {
		if err := a.box.store.keep(ctx, a.ID, progress); err != nil {
			return err
		}
		if also != nil {
			return also(ctx)
		}
		return nil
	}}
	err := a.box.committer.do(ctx, r)
	a.box.mu.Lock()
	defer a.box.mu.Unlock()
	if err != nil {
		a.box.cache.drop(a.ID) // it may have been stored: the next try reads it
		return fmt.Errorf("keep the progress of row %d: %w", a.ID, err)
	}
	a.Progress = progress
	a.box.cache.progress(a.ID, progress)
	return nil
}

// Begin marks the row as done before it is handled: it is handled at most once, and
// its payload is erased from the database when Begin returns. It is for what must
// not be repeated or kept, such as a command.
func (a *Attempt) Begin(ctx context.Context) error {
	err := a.box.committer.do(ctx, &request{also: func(ctx context.Context) error { return a.box.store.remove(ctx, []int64{a.ID}) }})
	if err != nil {
		return fmt.Errorf("erase row %d before it is handled: %w", a.ID, err)
	}
	a.begun = true
	return nil
}

package inbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// Parked is a row that is parked.
type Parked struct {
	Row
	// Since is when it was parked; the zero time means that the row waits for its
	// turn and is not parked.
	Since time.Time
	// With is the id of the parked row that it waits for, if it is parked for no
	// reason of its own.
	With   int64
	Reason string
}

// park parks a row: it leaves its lane and stays in the database. If the row that it
// would be parked with goes on, so does this one.
func (r *runner) park(q *queue, a *Attempt, with int64, reason error) {
	b, row, at := r.box, a.Row, r.box.now()
	var parked bool
	var keeping *parkError
	keeps := errors.As(reason, &keeping) && keeping.progress != nil
	err := b.committer.do(r.work, &request{
		also: func(ctx context.Context) (err error) {
			parked, err = b.store.park(ctx, row.ID, with, a.Unsure || with == 0, reason.Error(), at)
			if err == nil && parked && keeps {
				err = b.store.keep(ctx, row.ID, keeping.progress)
			}
			return err
		},
		after: func() {
			switch {
			case parked:
				q.lane.park(row.Source, row.Self, cmp.Or(with, row.ID))
				b.remove(q, row.ID)
			case with != 0:
				q.lane.unpark(with)
			}
		},
	})
	switch {
	case err != nil:
		r.retry(q, row.ID, firstWait, fmt.Errorf("park it for %w: %w", reason, err))
		return
	case !parked && with == 0: // it was dropped
		r.leave(q, row.ID)
		return
	case !parked:
		r.again(q, row.ID)
		return
	}
	r.leave(q, row.ID)
	b.counts.parked.Add(1)
	if with != 0 {
		r.log.Debug("A row waits with a parked one", zap.Int64("row", row.ID), zap.Int64("parked", with))
		return
	}
	r.log.Error("A row is parked", zap.Int64("row", row.ID), zap.String("kind", row.Kind), zap.String("lane", row.Lane), zap.Error(reason))
	r.tell()
}

// tell has parked rows reported that were not reported yet.
func (r *runner) tell() {
	select {
	case r.parked <- struct{}{}:
	default:
	}
}

// missing takes a row out of its lane that waits no more: it was dropped, or parked by
// a commit whose answer was lost.
func (r *runner) missing(q *queue, id int64) {
	row, err := r.box.Get(r.work, id)
	switch {
	case errors.Is(err, ErrNoRow):
		r.log.Warn("A row that was to be handled is gone: it was dropped, or an attempt without an answer began it", zap.Int64("row", id))
	case err != nil:
		r.retry(q, id, firstWait, err)
		return
	case row.Since.IsZero(): // taken up meanwhile
		r.again(q, id)
		return
	default:
		r.box.mu.Lock()
		q.lane.park(row.Source, row.Self, cmp.Or(row.With, row.ID))
		r.box.mu.Unlock()
		r.tell()
	}
	r.leave(q, id)
}

// report tells a person of parked rows that were not reported, and tries again what could not
// be told.
func (r *runner) report() {
	again := time.NewTimer(time.Hour)
	defer again.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.parked:
		case <-again.C:
		}
		if err := r.tellParked(); err != nil && r.ctx.Err() == nil {
			r.log.Warn("A parked row could not be reported yet", zap.Error(err))
			again.Reset(longestWait)
		}
	}
}

func (r *runner) tellParked() error {
	var failed error
	for after := int64(0); ; {
		parked, err := r.box.store.untold(r.work, r.source.name, after)
		if err != nil || len(parked) == 0 {
			return cmp.Or(err, failed)
		}
		for _, row := range parked {
			after = row.ID
			if err := r.tellOf(row); err != nil {
				failed = err // the others can be reported all the same
			}
		}
	}
}

func (r *runner) tellOf(row Parked) error {
	if r.told[row.ID] != row.Since {
		if err := r.policy.Parked(r.work, row); err != nil {
			return fmt.Errorf("report row %d: %w", row.ID, err)
		}
		r.told[row.ID] = row.Since
	}
	if err := r.box.store.told(r.work, row, r.box.now()); err != nil {
		return err
	}
	delete(r.told, row.ID)
	return nil
}

// List returns what waits and what is parked, in order, without payloads.
func (b *Inbox) List(ctx context.Context) ([]Parked, error) {
	return b.store.parked(ctx, withoutContent, "id > 0 ORDER BY id")
}

// Get returns one row with its payload.
func (b *Inbox) Get(ctx context.Context, id int64) (Parked, error) {
	rows, err := b.store.parked(ctx, rowColumns, "id=$1", id)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("row %d: %w", id, ErrNoRow)
	}
	if err != nil {
		return Parked{}, err
	}
	return rows[0], nil
}

// Retry takes a parked row up again, with those that are parked with it or that it is
// parked with, and has a row that waits for another try tried now. It returns how many
// rows go on.
func (b *Inbox) Retry(ctx context.Context, id int64) (int, error) {
	row, err := b.Get(ctx, id)
	if err != nil {
		return 0, err
	}
	if row.Since.IsZero() {
		b.hurry(row.Row)
		return 1, nil
	}
	return b.takeUp(ctx, func(ctx context.Context) ([]head, error) { return b.store.unpark(ctx, cmp.Or(row.With, id)) })
}

// hurry has the queue of a waiting row go on at once.
func (b *Inbox) hurry(row Row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q := b.find(row.Source, row.Lane); q != nil {
		q.stopRest()
		b.list(q)
	}
}

// Hurry retries at once every row of a source that waits for another try, for when the
// obstacle is known to be gone.
func (b *Inbox) Hurry(sourceName string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lanes {
		for _, q := range l.queues {
			if q.source.name == sourceName && q.rest != nil {
				q.stopRest()
				b.list(q)
			}
		}
	}
}

func (b *Inbox) takeUp(ctx context.Context, unpark func(context.Context) ([]head, error)) (int, error) {
	var heads []head
	err := b.committer.do(ctx, &request{
		also:  func(ctx context.Context) (err error) { heads, err = unpark(ctx); return err },
		after: func() { b.insert(heads) },
	})
	if err != nil {
		return 0, err // heads may still be written to
	}
	return len(heads), nil
}

// Drop removes a row that is parked or waits, and those that are parked with it, for
// good.
func (b *Inbox) Drop(ctx context.Context, id int64) error {
	row, err := b.Get(ctx, id)
	if err != nil {
		return err
	}
	return b.committer.do(ctx, &request{
		also: func(ctx context.Context) error {
			_, err := b.db.Exec(ctx, "DELETE FROM slack_inbox WHERE id=$1 OR parked_with=$1", id)
			return err
		},
		after: func() {
			l := b.laneOf(row.Lane)
			l.unpark(id)
			b.cache.drop(id) // if it is being handled, it is not tried again
			if q := b.find(row.Source, row.Lane); q != nil && !(l.busy == q && q.isFirst(id)) {
				b.remove(q, id)
			}
			b.sweep(l)
		},
	})
}

// ParkSource parks what waits of a source that has no handler any more, such as a
// login that is gone. The source must not be running.
func (b *Inbox) ParkSource(ctx context.Context, sourceName, reason string) error {
	var heads []head
	return b.committer.do(ctx, &request{
		also: func(ctx context.Context) error {
			unsure, err := b.unsureOf(sourceName)
			if err == nil {
				heads, err = b.store.parkAll(ctx, sourceName, reason, unsure, b.now())
			}
			return err
		},
		after: func() {
			for _, h := range heads {
				l := b.laneOf(h.lane)
				l.park(h.source, h.self, h.id)
				if q := b.find(h.source, h.lane); q != nil {
					b.remove(q, h.id)
				}
				b.sweep(l)
			}
		},
	})
}

// unsureOf returns the rows of a source of which a try may have had its effect. It
// fails while the source is running.
func (b *Inbox) unsureOf(sourceName string) (ids []int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.sources[sourceName]; s != nil && s.runner != nil {
		return nil, fmt.Errorf("the rows of %s cannot be parked while it is running", sourceName)
	}
	for _, l := range b.lanes {
		q := b.find(sourceName, l.name)
		switch {
		case q == nil || len(q.ids) == 0:
		case l.busy == q:
			return nil, fmt.Errorf("the rows of %s cannot be parked while one is being handled", sourceName)
		case q.inherited || q.doubt || q.tries > 0:
			ids = append(ids, q.ids[0])
		}
	}
	return ids, nil
}

// RetrySource takes up what [Inbox.ParkSource] parked for a reason. It returns how
// many rows go on.
func (b *Inbox) RetrySource(ctx context.Context, sourceName, reason string) (int, error) {
	return b.takeUp(ctx, func(ctx context.Context) ([]head, error) { return b.store.unparkReason(ctx, sourceName, reason) })
}

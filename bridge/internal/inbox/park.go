package inbox

import (
	"cmp"
	"context"
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

// park parks a row: it leaves its lane and stays in the database.
func (r *runner) park(q *queue, row *Row, with int64, reason error) {
	b := r.box
	at := b.now()
	err := b.committer.do(r.work, &request{
		also:  func(ctx context.Context) error { return b.store.park(ctx, row.ID, with, reason.Error(), at) },
		after: func() { q.lane.park(row.Self, cmp.Or(with, row.ID)); b.remove(q, row.ID); b.release(q.lane) },
	})
	if err != nil {
		r.retry(q, row.ID, firstWait, fmt.Errorf("park it for %w: %w", reason, err))
		return
	}
	b.counts.parked.Add(1)
	r.log.Error("a row is parked", zap.Int64("row", row.ID), zap.String("kind", row.Kind), zap.String("lane", row.Lane), zap.Error(reason))
	if with == 0 {
		select {
		case r.parked <- struct{}{}:
		default:
		}
	}
}

// report tells of parked rows that nobody was told of, and tries again what could not
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
			r.log.Warn("a parked row could not be reported yet", zap.Error(err))
			again.Reset(longestWait)
		}
	}
}

func (r *runner) tellParked() error {
	parked, err := r.box.store.untold(r.work, r.source.name)
	if err != nil {
		return err
	}
	for _, row := range parked {
		if err := r.policy.Parked(r.work, row); err != nil {
			return err
		}
		if err := r.box.store.told(r.work, row.ID, r.box.now()); err != nil {
			return err
		}
	}
	return nil
}

// List returns what waits and what is parked, in order, without payloads.
func (b *Inbox) List(ctx context.Context) ([]Parked, error) {
	rows, err := b.store.parked(ctx, "id > $1", 0)
	for i := range rows {
		rows[i].Payload, rows[i].Progress = nil, nil
	}
	return rows, err
}

// Get returns one row with its payload.
func (b *Inbox) Get(ctx context.Context, id int64) (Parked, error) {
	rows, err := b.store.parked(ctx, "id=$1", id)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("row %d: %w", id, ErrNoRow)
	}
	if err != nil {
		return Parked{}, err
	}
	return rows[0], nil
}

// Retry takes a parked row up again, with those that are parked with it, and has a
// row that waits for another try tried now. It returns how many rows go on.
func (b *Inbox) Retry(ctx context.Context, id int64) (int, error) {
	row, err := b.Get(ctx, id)
	if err != nil {
		return 0, err
	}
	if row.Since.IsZero() {
		b.hurry(row.Row)
		return 1, nil
	}
	return b.takeUp(ctx, func(ctx context.Context) ([]head, error) { return b.store.unpark(ctx, id) })
}

// hurry has the queue of a waiting row go on at once.
func (b *Inbox) hurry(row Row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queueOf(row.Source, row.Lane)
	q.due = time.Time{}
	b.list(q)
}

// Hurry has everything of a source that waits for another try tried now, as when
// what stood in the way is known to be gone.
func (b *Inbox) Hurry(sourceName string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lanes {
		for _, q := range l.queues {
			if q.source.name == sourceName && q.tries > 0 {
				q.due = time.Time{}
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
	return len(heads), err
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
			q := b.queueOf(row.Source, row.Lane)
			q.lane.unpark(id)
			if !(q.lane.busy && len(q.ids) > 0 && q.ids[0] == id) { // else its attempt ends by itself
				b.remove(q, id)
				b.sweep(q.lane)
			}
		},
	})
}

// ParkSource parks what waits of a source that has no handler any more, such as a
// login that is gone. The source must not be running.
func (b *Inbox) ParkSource(ctx context.Context, sourceName, reason string) error {
	return b.committer.do(ctx, &request{
		also: func(ctx context.Context) error { return b.store.parkAll(ctx, sourceName, reason, b.now()) },
		after: func() {
			for _, l := range b.lanes {
				for _, q := range l.queues {
					if q.source.name == sourceName {
						for _, id := range q.ids {
							b.cache.drop(id)
						}
						q.source.waiting -= len(q.ids)
						q.ids = nil
						q.restart()
					}
				}
			}
		},
	})
}

// RetrySource takes up what [Inbox.ParkSource] parked for a reason. It returns how
// many rows go on.
func (b *Inbox) RetrySource(ctx context.Context, sourceName, reason string) (int, error) {
	return b.takeUp(ctx, func(ctx context.Context) ([]head, error) { return b.store.unparkReason(ctx, sourceName, reason) })
}

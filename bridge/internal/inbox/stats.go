package inbox

import (
	"context"
	"sync/atomic"
	"time"
)

// Backlog is what one source has left to be done.
type Backlog struct {
	Waiting int `json:"waiting"`
	Parked  int `json:"parked"`
	// Oldest is when the first of the waiting rows arrived, the zero time if none
	// waits.
	Oldest time.Time `json:"oldest,omitzero"`
}

// counts are what happened since the start.
type counts struct {
	put, known              atomic.Int64
	commits, committed      atomic.Int64
	handled, retries, pages atomic.Int64
	parked, panics          atomic.Int64
}

// Stats is the inbox's condition in numbers. Counters begin at the start of the
// process.
type Stats struct {
	// Waiting rows by source, from memory.
	Waiting map[string]int `json:"waiting"`
	// Lanes have something to do, or hold a parked row.
	Lanes int `json:"lanes"`
	// Put rows were new, Known ones were put before.
	Put   int64 `json:"put"`
	Known int64 `json:"known"`
	// Commits were made, for Committed rows and marks.
	Commits   int64 `json:"commits"`
	Committed int64 `json:"committed"`
	// Handled rows are done. Retries are tries that ended in a fault.
	Handled int64 `json:"handled"`
	Retries int64 `json:"retries"`
	Parked  int64 `json:"parked"`
	Panics  int64 `json:"panics"`
	// Pages were read from the database because a row was not in memory.
	Pages int64 `json:"pages"`
}

// Stats returns the inbox's condition.
func (b *Inbox) Stats() Stats {
	c := &b.counts
	stats := Stats{
		Waiting: map[string]int{},
		Put:     c.put.Load(), Known: c.known.Load(), Commits: c.commits.Load(), Committed: c.committed.Load(),
		Handled: c.handled.Load(), Retries: c.retries.Load(), Parked: c.parked.Load(), Panics: c.panics.Load(), Pages: c.pages.Load(),
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, source := range b.sources {
		stats.Waiting[name] = source.waiting
	}
	stats.Lanes = len(b.lanes)
	return stats
}

// Activity is when something happened last with what one source brings, since the start.
type Activity struct {
	// Received is when a new row was put, Done when one was done.
	Received, Done time.Time
}

// Activity returns the activity of each source.
func (b *Inbox) Activity() map[string]Activity {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make(map[string]Activity, len(b.sources))
	for name, source := range b.sources {
		all[name] = source.activity
	}
	return all
}

// done notes that a row was handled, and tells [Options.Done].
func (b *Inbox) done(q *queue, a *Attempt) {
	b.counts.handled.Add(1)
	now := b.now()
	b.mu.Lock()
	q.source.activity.Done = now
	b.mu.Unlock()
	if b.onDone != nil {
		b.onDone(q.source.name, now.Sub(a.Arrived))
	}
}

// Waiting returns how many rows of a source are not done.
func (b *Inbox) Waiting(sourceName string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if source := b.sources[sourceName]; source != nil {
		return source.waiting
	}
	return 0
}

// WaitingIn returns how many rows of a lane, of any source, are not done and have an
// id below before; 0 means all.
func (b *Inbox) WaitingIn(laneName string, before int64) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	count := 0
	if l := b.lanes[laneName]; l != nil {
		for _, q := range l.queues {
			for _, id := range q.ids {
				if before == 0 || id < before {
					count++
				}
			}
		}
	}
	return count
}

// Backlog reads from the database what each source has, waiting or parked.
func (b *Inbox) Backlog(ctx context.Context) (map[string]Backlog, error) { return b.store.backlog(ctx) }

// Prune forgets the keys of rows that are done and are older than [KeepKeys]. It
// returns how many.
func (b *Inbox) Prune(ctx context.Context) (int64, error) {
	return b.store.prune(ctx, b.now().Add(-KeepKeys))
}

// committed takes note of a commit: rows that were new go into their lanes.
func (b *Inbox) committed(requests []*request, rows, fresh []Row, done []int64) {
	b.counts.commits.Add(1)
	b.counts.committed.Add(int64(len(fresh) + len(done)))
	b.counts.put.Add(int64(len(fresh)))
	b.counts.known.Add(int64(len(rows) - len(fresh)))
	next := 0
	for _, r := range requests {
		for i := range r.rows {
			if next < len(fresh) && fresh[next].Source == r.rows[i].Source && fresh[next].Key == r.rows[i].Key {
				r.fresh++
				next++
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(fresh)
	for _, r := range requests {
		if r.after != nil {
			r.after()
		}
	}
}

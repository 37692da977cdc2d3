package inbox

import "time"

// SetClock replaces the clock that gives rows their time of arrival.
func (b *Inbox) SetClock(now func() time.Time) { b.now = now }

// The bounds that tests hold.
const (
	Hold      = hold
	MaxCommit = maxCommit
	Linger    = linger
	MaxTries  = maxTries
	CacheMax  = maxFresh + maxPaged
)

// Cached returns how many bytes of rows are in memory, as it is counted and as it is.
func (b *Inbox) Cached() (counted, actual int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, rows := range []map[int64]*Row{b.cache.fresh, b.cache.paged} {
		for _, row := range rows {
			actual += weight(row)
		}
	}
	return b.cache.freshBytes + b.cache.pagedBytes, actual
}

// NextID is the id that the next row gets.
func (b *Inbox) NextID() int64 { return b.store.nextID }

// Queued is how many requests and marks wait for the next commit.
func (b *Inbox) Queued() (requests, marks int) {
	b.committer.mu.Lock()
	defer b.committer.mu.Unlock()
	return len(b.committer.waiting), len(b.committer.done)
}

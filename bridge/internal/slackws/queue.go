package slackws

import (
	"context"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/slackevent"
)

// What may wait to be handled. Slack sends up to 30,000 events an hour and gives
// up on an unacknowledged one after three more tries; what exceeds this is older
// than that anyway.
const (
	maxQueued      = 4096
	maxQueuedBytes = 4 * readLimit
)

// item is an envelope to be handled, or a mark that everything before it was.
type item struct {
	sock *socket
	env  slackevent.Envelope
	size int
	at   time.Time     // when it came
	done chan struct{} // closed when the mark is reached; nil for an envelope
}

// queue keeps the envelopes of all sockets in the order of their arrival.
type queue struct {
	mu    sync.Mutex
	items []item
	bytes int
	wake  chan struct{} // holds a token while items may be waiting
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// push appends an envelope and says whether there was room for it.
func (q *queue) push(it item) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if it.done == nil && (len(q.items) >= maxQueued || q.bytes+it.size > maxQueuedBytes) {
		return false
	}
	q.items = append(q.items, it)
	q.bytes += it.size
	q.signal()
	return true
}

// barrier returns a channel that is closed once all that is queued now has been
// handled.
func (q *queue) barrier() <-chan struct{} {
	done := make(chan struct{})
	q.push(item{done: done})
	return done
}

// poke wakes the one that waits in pop.
func (q *queue) poke() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.signal()
}

// pop waits for the next items and returns those that are there, n at most: a mark
// alone, or envelopes up to the next mark. It returns none when it was poked, at a time
// that is not zero, and when ctx is done.
func (q *queue) pop(ctx context.Context, n int, at time.Time) []item {
	if ctx.Err() != nil {
		return nil
	}
	if items := q.take(n); len(items) > 0 {
		return items
	}
	var timeout <-chan time.Time
	if !at.IsZero() {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-ctx.Done():
		return nil
	case <-q.wake:
	case <-timeout:
	}
	return nil
}

func (q *queue) take(n int) (items []item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) > 0 && len(items) < n {
		it := q.items[0]
		if it.done != nil && len(items) > 0 {
			break
		}
		q.items[0] = item{}
		q.items = q.items[1:]
		q.bytes -= it.size
		items = append(items, it)
		if it.done != nil {
			break
		}
	}
	return items
}

// signal leaves a token in wake. mu must be held.
func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

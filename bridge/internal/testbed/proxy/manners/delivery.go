package manners

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// batch is how many events of a queue make the next transaction (DEQUEUE_LIMIT in
// continuwuity's sender.rs).
const batch = 48

// delivery is continuwuity's queue of one appservice (handle_request,
// select_events_current and handle_response_ok in its sender.rs). A failed
// transaction is sent again when the next event comes and the back-off is over.
// There is no timer: without another event it is never sent.
type delivery struct {
	ctx     context.Context
	senders *sync.WaitGroup
	base    time.Duration
	send    func(context.Context, []json.RawMessage) error

	mu sync.Mutex
	// active is the transaction that is under way or failed, queued what follows.
	active, queued []json.RawMessage
	running        bool
	// tries is how often transactions failed since the queue was last empty,
	// failedAt when the last one did; zero while none has.
	tries    int
	failedAt time.Time
	// cancel ends the attempt under way; attempt tells it from the next one.
	cancel  context.CancelFunc
	attempt int
}

func newDelivery(ctx context.Context, senders *sync.WaitGroup, base time.Duration, send func(context.Context, []json.RawMessage) error) *delivery {
	return &delivery{ctx: ctx, senders: senders, base: base, send: send, cancel: func() {}}
}

// add queues one event.
func (d *delivery) add(event json.RawMessage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.running:
		d.queued = append(d.queued, event)
	case len(d.active) == 0:
		d.active = []json.RawMessage{event}
		d.start()
	default: // The last attempt failed.
		d.queued = append(d.queued, event)
		if time.Since(d.failedAt) >= d.base*time.Duration(d.tries) {
			d.start()
		}
	}
}

// start sends what is active; the lock is held.
func (d *delivery) start() {
	ctx, cancel := context.WithCancel(d.ctx)
	d.attempt++
	attempt, events := d.attempt, d.active
	d.running, d.cancel = true, cancel
	d.senders.Go(func() {
		defer cancel()
		d.finish(attempt, d.send(ctx, events))
	})
}

// finish notes the outcome of an attempt and goes on with the queue.
func (d *delivery) finish(attempt int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if attempt != d.attempt || d.ctx.Err() != nil {
		return // The homeserver that began it has died.
	}
	d.running = false
	if err != nil {
		d.tries++
		d.failedAt = time.Now()
		return
	}
	count := min(batch, len(d.queued))
	d.active, d.queued = d.queued[:count:count], d.queued[count:]
	if count == 0 {
		d.tries = 0
		return
	}
	d.start()
}

// restart forgets failures and the answer to the attempt under way, and sends what
// is active.
func (d *delivery) restart() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cancel()
	d.running, d.tries = false, 0
	if len(d.active) > 0 {
		d.start()
	}
}

func (d *delivery) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.active) + len(d.queued)
}

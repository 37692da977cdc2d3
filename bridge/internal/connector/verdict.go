package connector

import (
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// RetryLater is the verdict on a Matrix event that has not reached Slack and may
// yet: try again, not before After has passed.
type RetryLater struct {
	After time.Duration
	Err   error
}

// Error implements error.
func (r *RetryLater) Error() string { return r.Err.Error() }

// Unwrap implements errors.Unwrap.
func (r *RetryLater) Unwrap() error { return r.Err }

// RetryAfter tells the worker how long to wait.
func (r *RetryLater) RetryAfter() time.Duration { return r.After }

// verdicts are the outcomes of Matrix events as the connector's own code saw
// them. The framework's results are not used: it reports success also when a row
// could not be written.
type verdicts struct {
	mu sync.Mutex
	// awaited are the events whose worker will ask for the verdict.
	awaited map[id.EventID]bool
	retries map[id.EventID]*RetryLater
	posted  map[id.EventID][]string
}

func newVerdicts() *verdicts {
	return &verdicts{awaited: map[id.EventID]bool{}, retries: map[id.EventID]*RetryLater{}, posted: map[id.EventID][]string{}}
}

// begin notes that a worker is about to have an event handled.
func (v *verdicts) begin(event id.EventID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.awaited[event] = true
}

// again notes that an event must be handled again. It returns false if no worker
// will ask.
func (v *verdicts) again(event id.EventID, retry *RetryLater) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.awaited[event] {
		v.retries[event] = retry
	}
	return v.awaited[event]
}

// settled notes that an event needs no further handling.
func (v *verdicts) settled(event id.EventID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.retries, event)
	delete(v.posted, event)
}

// progress returns the ts of the pieces of an event that are in Slack already.
func (v *verdicts) progress(event id.EventID) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.posted[event]...)
}

// advance notes the ts of the next piece of an event.
func (v *verdicts) advance(event id.EventID, ts string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.posted[event] = append(v.posted[event], ts)
}

// Verdict says whether a Matrix event that was just dispatched has to be
// dispatched again: a *RetryLater, or nil when it is done with.
func (c *Connector) Verdict(evt *event.Event) error {
	c.verdicts.mu.Lock()
	defer c.verdicts.mu.Unlock()
	delete(c.verdicts.awaited, evt.ID)
	if retry := c.verdicts.retries[evt.ID]; retry != nil {
		delete(c.verdicts.retries, evt.ID)
		return retry
	}
	return nil
}

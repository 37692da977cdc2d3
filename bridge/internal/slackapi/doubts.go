package slackapi

import (
	"sync"
	"time"
)

// doubt names a post whose outcome is unknown.
type doubt struct {
	channel, eventID string
	piece            int
}

// maxDoubts bounds the memory of an outage; the inbox marks the rows of what falls
// out as unsure.
const maxDoubts = 10_000

// doubts remembers posts of unknown outcome until one of them is found or made,
// so that the next attempt looks first. Its zero value is ready.
type doubts struct {
	mu   sync.Mutex
	from map[doubt]time.Time
}

// since is the earliest time at which the post may have been made, by what is
// remembered and what the caller says; zero if it was never tried.
func (d *doubts) since(key doubt, caller time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, found := d.from[key]
	if found && (caller.IsZero() || known.Before(caller)) {
		return known
	}
	return caller
}

func (d *doubts) add(key doubt, since time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.from == nil {
		d.from = map[doubt]time.Time{}
	}
	if known, found := d.from[key]; found && known.Before(since) {
		return
	}
	if len(d.from) >= maxDoubts {
		d.dropOldest()
	}
	d.from[key] = since
}

func (d *doubts) forget(key doubt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.from, key)
}

func (d *doubts) dropOldest() {
	var oldest doubt
	var at time.Time
	for key, since := range d.from {
		if at.IsZero() || since.Before(at) {
			oldest, at = key, since
		}
	}
	delete(d.from, oldest)
}

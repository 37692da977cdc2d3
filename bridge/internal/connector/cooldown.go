package connector

import (
	"sync"
	"time"
)

const (
	firstPause   = time.Minute
	longestPause = time.Hour
)

// pauses keeps what failed from being tried with every message: a minute after the
// first failure, doubling to an hour.
type pauses struct {
	mu   sync.Mutex
	held map[string]pause
}

type pause struct {
	until time.Time
	last  time.Duration
}

func newPauses() *pauses { return &pauses{held: map[string]pause{}} }

// over says whether something may be tried.
func (p *pauses) over(what string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !time.Now().Before(p.held[what].until)
}

// begin notes that something failed.
func (p *pauses) begin(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := min(max(p.held[what].last*2, firstPause), longestPause)
	p.held[what] = pause{until: time.Now().Add(wait), last: wait}
}

// end notes that something went well.
func (p *pauses) end(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.held, what)
}

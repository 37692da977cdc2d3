package connector

import (
	"sync"
	"time"
)

const (
	firstPause   = time.Minute
	longestPause = time.Hour
)

// cooldowns keeps what failed from being tried again with every message: for a minute
// after the first failure, doubling to an hour.
type cooldowns struct {
	mu   sync.Mutex
	held map[string]cooldown
}

type cooldown struct {
	until time.Time
	last  time.Duration
}

func newCooldowns() *cooldowns { return &cooldowns{held: map[string]cooldown{}} }

// over says whether something may be tried.
func (p *cooldowns) over(what string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !time.Now().Before(p.held[what].until)
}

// start notes that something failed.
func (p *cooldowns) start(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := min(max(p.held[what].last*2, firstPause), longestPause)
	p.held[what] = cooldown{until: time.Now().Add(wait), last: wait}
}

// clear notes that something succeeded.
func (p *cooldowns) clear(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.held, what)
}

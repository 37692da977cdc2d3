package face

import (
	"sync"
	"time"
)

// limit lets pass what comes at a rate, and short bursts. Its zero value is not usable.
type limit struct {
	now   func() time.Time
	every time.Duration
	burst int

	mu sync.Mutex
	// free is when all of burst may pass again.
	free time.Time
}

// allow says whether one more may pass now.
func (l *limit) allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.free.Before(now) {
		l.free = now
	}
	next := l.free.Add(l.every)
	if next.Sub(now) > time.Duration(l.burst)*l.every {
		return false
	}
	l.free = next
	return true
}

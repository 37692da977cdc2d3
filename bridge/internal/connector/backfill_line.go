package connector

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Of many new rooms a few are filled at once, so that the messages of all other
// conversations go on, and a room that is begun is filled before another is. Those in which
// live events wait come first, then those whose rooms were made first: rooms are made for
// the newest conversations first, see [Client.choose].

const (
	// fillsAtOnce bounds how many rooms of a login are filled side by side, and idleFills
	// how many of them in which no live event waits. The other workers are left to live
	// events.
	fillsAtOnce = slackWorkers / 4
	idleFills   = 2
	// turnWait is how long the next in line waits before it asks again. Those behind it wait
	// longer, turnWaitMost at most; who has not asked for turnLost is not in line any more.
	turnWait     = shortWait
	turnWaitMost = 5 * time.Second
	turnLost     = 3 * turnWaitMost
)

// turn is a conversation that waits for its turn, or has it.
type turn struct {
	channel string
	// order is its place in line, the least first.
	order   int64
	awaited bool // live events wait for it, since then
	since   time.Time
	begun   bool
	asked   time.Time
	running bool
}

// compareFills puts those first that are to be filled first.
func compareFills(a, b *turn) int {
	first := func(is bool) int {
		if is {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(first(a.awaited), first(b.awaited)), cmp.Compare(first(a.begun), first(b.begun)),
		cmp.Compare(a.order, b.order),
	)
}

// fillLine are the conversations of a login whose rooms are to be filled.
type fillLine struct {
	mu      sync.Mutex
	waiting map[string]*turn // by the channel
	now     func() time.Time
}

func newFillLine() *fillLine { return &fillLine{waiting: map[string]*turn{}, now: time.Now} }

// take returns a function that ends the conversation's turn, or nil and how long to wait until
// it asks again.
func (l *fillLine) take(channel string, asks turn) (end func(), wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	asks.channel, asks.asked, asks.since = channel, now, now
	if before := l.waiting[channel]; before != nil && before.awaited {
		asks.since = before.since
	}
	l.waiting[channel] = &asks
	running, idle := 0, 0
	var before []*turn
	for name, other := range l.waiting {
		switch {
		case name == channel:
		case other.running:
			running++
			if !other.awaited {
				idle++
			}
		case now.Sub(other.asked) > turnLost:
			delete(l.waiting, name)
		case compareFills(other, &asks) < 0:
			before = append(before, other)
		}
	}
	free := fillsAtOnce - running
	if !asks.awaited {
		free = min(free, idleFills-idle)
		before = slices.DeleteFunc(before, func(other *turn) bool { return other.awaited })
	}
	if len(before) < free {
		asks.running = true
		return func() { l.end(&asks) }, 0
	}
	return nil, min(turnWait*time.Duration(1+len(before)/2), turnWaitMost)
}

// end ends a turn. The conversation stays in line, as one that is begun.
func (l *fillLine) end(had *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	had.running, had.begun, had.asked = false, true, l.now()
}

// awaitedFor says how long live events have waited for a conversation's room.
func (l *fillLine) awaitedFor(channel string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if waits := l.waiting[channel]; waits != nil && waits.awaited {
		return l.now().Sub(waits.since)
	}
	return 0
}

// leave takes a conversation out of the line.
func (l *fillLine) leave(channel string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, channel)
}

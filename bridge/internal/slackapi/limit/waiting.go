package limit

import (
	"slices"
	"strings"
	"time"
)

// Waiting is a gate that holds calls back.
type Waiting struct {
	// Gate is its name.
	Gate string
	// Calls are in line. There may be none yet while Slack asked for a pause.
	Calls int
	// Until is when the first of them can pass, as far as can be told now.
	Until time.Time
}

// Waiting returns the gates that hold calls back or keep a pause, by name.
func (l *Limiter) Waiting() (list []Waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for name, g := range l.gates {
		if calls, until := g.waiting(); calls > 0 || until.After(now) {
			list = append(list, Waiting{Gate: name, Calls: calls, Until: until})
		}
	}
	slices.SortFunc(list, func(a, b Waiting) int { return strings.Compare(a.Gate, b.Gate) })
	return list
}

// waiting returns how many are in line, and until when: for a gate without a line only a
// pause counts.
func (g *gate) waiting() (calls int, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	calls = len(g.lines[People]) + len(g.lines[Background])
	if head := g.head(); head != nil {
		return calls, g.opens(head.lane)
	}
	return 0, g.paused
}

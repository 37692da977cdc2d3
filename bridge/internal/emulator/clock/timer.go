package clock

import (
	"container/heap"
	"time"
)

// Timer is one appointment on a Clock.
type Timer struct {
	clock   *Clock
	at      time.Time
	seq     uint64
	f       func()
	stopped bool
}

// AfterFunc calls f once d of emulated time has passed, on the clock's own
// goroutine (or in Step's): f must be short and must not wait for the clock.
func (c *Clock) AfterFunc(d time.Duration, f func()) *Timer {
	c.mu.Lock()
	c.seq++
	t := &Timer{clock: c, at: c.now().Add(d), seq: c.seq, f: f}
	heap.Push(&c.timers, t)
	c.mu.Unlock()
	c.poke()
	return t
}

// Stop keeps the timer from firing. It reports whether it was still to fire.
func (t *Timer) Stop() bool {
	if t == nil {
		return false
	}
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	was := !t.stopped
	t.stopped = true
	return was
}

// fire runs the timer's function unless it was stopped meanwhile.
func (t *Timer) fire() {
	t.clock.mu.Lock()
	run := !t.stopped && !t.clock.closed
	t.stopped = true
	t.clock.mu.Unlock()
	if run {
		t.f()
	}
}

// Pending is the number of timers that have not fired or been stopped.
func (c *Clock) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, t := range c.timers {
		if !t.stopped {
			n++
		}
	}
	return n
}

type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(*Timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// Package clock owns the emulator's time: one clock that runs at a chosen speed,
// on which every schedule that Slack documents (redelivery, ticket expiry, the
// ten seconds of a warning) is kept, and that Go tests can stand still and step.
// It must not know what its timers are for.
package clock

import (
	"container/heap"
	"sync"
	"time"
)

// Clock is emulated time. Its own Now runs Scale times slower or faster than the
// machine's; Wall is what timestamps are made of.
type Clock struct {
	mu     sync.Mutex
	scale  float64 // real seconds that one emulated second takes; 0 = stands still
	base   time.Time
	origin time.Time // real time at base
	skew   time.Duration
	timers timerHeap
	seq    uint64
	wake   chan struct{}
	done   chan struct{}
	closed bool
}

// New returns a clock on which one emulated second takes scale real seconds
// (0.01 is a hundred times faster). A scale of 0 makes a clock that moves by
// Step alone. Close must be called.
func New(scale float64) *Clock {
	now := time.Now()
	c := &Clock{scale: scale, base: now, origin: now, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go c.run()
	return c
}

// Close stops the clock: timers that have not fired never will.
func (c *Clock) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		close(c.done)
	}
}

// Now is the emulated time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.scale <= 0 {
		return c.base
	}
	elapsed := time.Duration(float64(time.Since(c.origin)) / c.scale)
	return c.base.Add(elapsed)
}

// Wall is the time that people see: the machine's, moved on by every Step. It is
// never slower or faster than the machine's, so that message timestamps stay
// close to what other programs call now.
func (c *Clock) Wall() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scale <= 0 {
		return c.base
	}
	return time.Now().Add(c.skew)
}

// Scale is how many real seconds one emulated second takes; 0 when the clock
// stands still.
func (c *Clock) Scale() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.scale
}

// SetScale changes the speed from now on.
func (c *Clock) SetScale(scale float64) {
	c.mu.Lock()
	c.base = c.now()
	c.origin = time.Now()
	c.scale = scale
	c.mu.Unlock()
	c.poke()
}

// Step moves emulated and wall time forward by d and fires what became due, in
// order, before it returns.
func (c *Clock) Step(d time.Duration) {
	c.mu.Lock()
	target := c.now().Add(d)
	if c.scale > 0 {
		c.skew += d
	}
	for {
		next, ok := c.peek()
		if !ok || next.at.After(target) {
			break
		}
		c.moveTo(next.at)
		heap.Pop(&c.timers)
		c.mu.Unlock()
		next.fire()
		c.mu.Lock()
	}
	c.moveTo(target)
	c.mu.Unlock()
	c.poke()
}

// moveTo sets the emulated time, never backwards.
func (c *Clock) moveTo(t time.Time) {
	if t.After(c.now()) {
		c.base, c.origin = t, time.Now()
	}
}

// Floor returns the longer of d and that emulated span which takes at least
// least of real time: deadlines for other programs are not shortened without end.
func (c *Clock) Floor(d, least time.Duration) time.Duration {
	scale := c.Scale()
	if scale <= 0 {
		return d
	}
	return max(d, time.Duration(float64(least)/scale))
}

func (c *Clock) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Clock) peek() (*Timer, bool) {
	for len(c.timers) > 0 {
		if !c.timers[0].stopped {
			return c.timers[0], true
		}
		heap.Pop(&c.timers)
	}
	return nil, false
}

// run fires due timers of a clock that moves by itself.
func (c *Clock) run() {
	for {
		c.mu.Lock()
		var due []*Timer
		wait := time.Hour
		for c.scale > 0 {
			next, ok := c.peek()
			if !ok {
				break
			}
			if left := next.at.Sub(c.now()); left > 0 {
				wait = min(wait, time.Duration(float64(left)*c.scale)+time.Microsecond)
				break
			}
			due = append(due, heap.Pop(&c.timers).(*Timer))
		}
		c.mu.Unlock()
		for _, t := range due {
			t.fire()
		}
		if len(due) > 0 {
			continue
		}
		pause := time.NewTimer(wait)
		select {
		case <-c.done:
			pause.Stop()
			return
		case <-c.wake:
		case <-pause.C:
		}
		pause.Stop()
	}
}

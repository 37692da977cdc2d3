package limit

import (
	"context"
	"slices"
	"sync"
	"time"
)

// gate lets calls through at its rate, one line of waiters a lane. The rate is
// kept as one point in time (the generic cell rate algorithm): full is when the
// bucket will be full again.
type gate struct {
	interval time.Duration
	burst    int
	reserve  int

	mu     sync.Mutex
	full   time.Time
	paused time.Time // nothing passes before
	lines  [lanes][]*waiter
}

// waiter is in a queue; wake tells it to check again.
type waiter struct {
	lane Lane
	wake chan struct{}
}

func newGate(r Rate, scale float64) *gate {
	burst := max(r.Burst, 1)
	return &gate{
		interval: time.Duration(float64(r.Interval) * scale),
		burst:    burst,
		reserve:  min(max(r.Reserve, 0), burst-1),
	}
}

// pass waits for the caller's turn and takes it. It says whether it blocked.
func (g *gate) pass(ctx context.Context, o Options) (blocked bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ahead(o.Lane) == 0 && !g.opens(o.Lane).After(time.Now()) {
		g.take()
		return false, nil
	}
	if wait := g.estimate(o.Lane); o.Patience > 0 && wait > o.Patience {
		return false, &Busy{After: wait}
	}
	w := &waiter{lane: o.Lane, wake: make(chan struct{}, 1)}
	g.lines[o.Lane] = append(g.lines[o.Lane], w)
	defer g.leave(w)
	for {
		wait, turn := g.turn(w)
		if turn {
			g.take()
			return true, nil
		}
		g.mu.Unlock()
		err := sleep(ctx, wait, w.wake)
		g.mu.Lock()
		if err != nil {
			return true, err
		}
	}
}

// resumed waits for the end of a pause only: the caller has its place already.
func (g *gate) resumed(ctx context.Context, o Options) (blocked bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return blocked, err
		}
		g.mu.Lock()
		wait := time.Until(g.paused)
		g.mu.Unlock()
		if wait <= 0 {
			return blocked, nil
		}
		if o.Patience > 0 && wait > o.Patience {
			return blocked, &Busy{After: wait}
		}
		blocked = true
		if err := sleep(ctx, wait, nil); err != nil {
			return blocked, err
		}
	}
}

// pause keeps everybody back until then. Afterwards there is one call to begin
// with, not a whole burst.
func (g *gate) pause(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !until.After(g.paused) {
		return
	}
	g.paused = until
	if full := until.Add(time.Duration(g.burst-1) * g.interval); full.After(g.full) {
		g.full = full
	}
}

// idle says whether forgetting the gate would change nothing.
func (g *gate) idle(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	waiting := len(g.lines[People]) + len(g.lines[Background])
	return waiting == 0 && !g.full.After(now) && !g.paused.After(now)
}

// The methods below need the gate's lock.

// opens is when the next call of a lane could pass if no other were before it.
func (g *gate) opens(lane Lane) time.Time {
	spare := g.burst - 1
	if lane == Background {
		spare -= g.reserve
	}
	at := g.full.Add(-time.Duration(spare) * g.interval)
	if g.paused.After(at) {
		return g.paused
	}
	return at
}

func (g *gate) take() {
	if now := time.Now(); g.full.Before(now) {
		g.full = now
	}
	g.full = g.full.Add(g.interval)
}

// ahead counts those who pass before a newcomer of the lane.
func (g *gate) ahead(lane Lane) int {
	n := len(g.lines[People])
	if lane == Background {
		n += len(g.lines[Background])
	}
	return n
}

// estimate is how long a newcomer of the lane would wait.
func (g *gate) estimate(lane Lane) time.Duration {
	return time.Until(g.opens(lane)) + time.Duration(g.ahead(lane))*g.interval
}

// turn says whether w may pass now, else how long it sleeps; below 0 means until
// it is woken.
func (g *gate) turn(w *waiter) (wait time.Duration, turn bool) {
	if g.head() != w {
		return -1, false
	}
	wait = max(time.Until(g.opens(w.lane)), 0)
	return wait, wait == 0
}

// head is the first in line, people before background.
func (g *gate) head() *waiter {
	for _, line := range g.lines {
		if len(line) > 0 {
			return line[0]
		}
	}
	return nil
}

// leave takes w out of its line and tells the new first one to look again.
func (g *gate) leave(w *waiter) {
	line := g.lines[w.lane]
	if at := slices.Index(line, w); at >= 0 {
		g.lines[w.lane] = slices.Delete(line, at, at+1)
	}
	if head := g.head(); head != nil {
		select {
		case head.wake <- struct{}{}:
		default:
		}
	}
}

// sleep waits for the time to pass (below 0: without limit), for wake, or for the
// context, whose end is the only error.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	var timeout <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-timeout:
	}
	return nil
}

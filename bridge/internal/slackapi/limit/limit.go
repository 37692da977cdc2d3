// Package limit decides when a call may go out. It owns one gate for each thing
// that Slack limits (a method, or a method in one channel), the line of callers
// in front of each gate, and the pauses that Slack asks for. People's calls pass
// before background ones. It must not make calls itself.
package limit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Lane says who waits for a call.
type Lane int

const (
	// People is for what a person is waiting for: a message, an edit, a login.
	People Lane = iota
	// Background is for sync and backfill, which give way to people.
	Background
	lanes
)

// Rate is what a gate lets through.
type Rate struct {
	// Interval is the time in which one more call becomes possible.
	Interval time.Duration
	// Burst is how many calls may go at once after a rest; at least 1.
	Burst int
	// Reserve is how many of Burst the background lane must leave for people.
	Reserve int
}

// Gate names a gate and gives its rate. The rate of a name must not change.
type Gate struct {
	Name string
	Rate Rate
}

// Route returns the gates that a call of method in channel has to pass, the
// narrowest first; channel is "" where it does not matter.
type Route func(method, channel string) []Gate

// Busy is returned instead of waiting longer than the caller wants to.
type Busy struct {
	// After is how long the wait would have been, as far as can be told now.
	After time.Duration
}

// Error implements error.
func (b *Busy) Error() string {
	return fmt.Sprintf("the rate limit would have to be waited for %s", b.After.Round(time.Millisecond))
}

// Options says how a caller waits.
type Options struct {
	Lane Lane
	// Patience is the longest wait; 0 means as long as the context allows.
	Patience time.Duration
}

// claimLife is how long a place held by Ready is kept for the call to come.
const claimLife = 30 * time.Second

// Limiter holds all gates of one Slack app in one workspace.
type Limiter struct {
	scale float64
	route Route

	mu     sync.Mutex
	gates  map[string]*gate
	claims map[claimKey][]time.Time // until when each place is kept
}

type claimKey struct{ method, channel string }

// New returns a limiter. Every interval and pause is multiplied by scale: 1 in
// earnest, less in tests.
func New(scale float64, route Route) *Limiter {
	return &Limiter{scale: scale, route: route, gates: map[string]*gate{}, claims: map[claimKey][]time.Time{}}
}

// Wait blocks until a call of method in channel may go out, and counts it as
// made. It returns how long it blocked. A place held by Ready is used up first.
// The error is the context's, or *Busy.
func (l *Limiter) Wait(ctx context.Context, method, channel string, o Options) (time.Duration, error) {
	start := time.Now()
	gates := l.resolve(method, channel)
	if o.Lane == People && l.takeClaim(claimKey{method, channel}) {
		return l.passAll(ctx, gates, start, o, (*gate).resumed)
	}
	return l.passAll(ctx, gates, start, o, (*gate).pass)
}

// Ready blocks until a call of method in channel may go out, and keeps the place
// for the next such call of the people's lane, which then does not wait. It is
// for callers that are about to take a lock. A place that is not used is given
// up after half a minute.
func (l *Limiter) Ready(ctx context.Context, method, channel string, o Options) error {
	key := claimKey{method, channel}
	gates := l.resolve(method, channel)
	step := (*gate).pass
	if channel != "" && l.hasClaim(key) {
		step = (*gate).resumed
	}
	if _, err := l.passAll(ctx, gates, time.Now(), o, step); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if channel != "" {
		l.claims[key] = nil // one feeder a channel: its places do not add up
	}
	l.claims[key] = append(l.claims[key], time.Now().Add(claimLife))
	return nil
}

// Pause keeps further calls of method in channel back for the time that Slack
// asked for (scaled), and lets them out one by one afterwards. It returns that
// time as it is waited for here. Other channels and methods go on.
func (l *Limiter) Pause(method, channel string, after time.Duration) time.Duration {
	after = l.scaled(after)
	gates := l.resolve(method, channel)
	if len(gates) > 0 {
		gates[0].pause(time.Now().Add(after))
	}
	return after
}

// passAll takes one step at each gate in turn within the caller's patience.
func (l *Limiter) passAll(ctx context.Context, gates []*gate, start time.Time, o Options,
	step func(*gate, context.Context, Options) (bool, error),
) (time.Duration, error) {
	blocked := false
	for _, g := range gates {
		left := o
		if o.Patience > 0 && blocked {
			left.Patience = max(o.Patience-time.Since(start), 1)
		}
		waited, err := step(g, ctx, left)
		blocked = blocked || waited
		if err != nil {
			return time.Since(start), err
		}
	}
	if !blocked {
		return 0, nil
	}
	return time.Since(start), nil
}

func (l *Limiter) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * l.scale)
}

// resolve returns the gates of a call, making those that do not exist yet.
func (l *Limiter) resolve(method, channel string) []*gate {
	wanted := l.route(method, channel)
	out := make([]*gate, 0, len(wanted))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range wanted {
		g := l.gates[w.Name]
		if g == nil {
			l.sweep()
			g = newGate(w.Rate, l.scale)
			l.gates[w.Name] = g
		}
		out = append(out, g)
	}
	return out
}

// maxIdle is how many gates may exist before those that hold nothing are dropped.
const maxIdle = 1024

// sweep forgets gates that would let everybody through at once anyway, and
// places that were not taken. The limiter's lock is held.
func (l *Limiter) sweep() {
	if len(l.gates) < maxIdle {
		return
	}
	now := time.Now()
	for name, g := range l.gates {
		if g.idle(now) {
			delete(l.gates, name)
		}
	}
	for key, claims := range l.claims {
		if len(live(claims, now)) == 0 {
			delete(l.claims, key)
		}
	}
}

// takeClaim uses up a place that Ready held and says whether there was one.
func (l *Limiter) takeClaim(key claimKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	claims := live(l.claims[key], time.Now())
	if len(claims) == 0 {
		delete(l.claims, key)
		return false
	}
	l.claims[key] = claims[1:]
	return true
}

func (l *Limiter) hasClaim(key claimKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(live(l.claims[key], time.Now())) > 0
}

// live returns the claims, oldest first, that have not run out.
func live(claims []time.Time, now time.Time) []time.Time {
	for len(claims) > 0 && !claims[0].After(now) {
		claims = claims[1:]
	}
	return claims
}

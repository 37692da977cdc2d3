package slackws

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// How often the caller is told of a gap again that it could not take, before
// Config.Scale, and the floor below which scaling does not go.
const (
	tellGapFirst = time.Second
	tellGapMax   = 15 * time.Second
	tellGapFloor = 50 * time.Millisecond
)

// gap is the time in which events may have come that were not stored and of which the
// caller does not know yet. Several become one that covers them.
type gap struct {
	mu           sync.Mutex
	open         bool
	since, until time.Time // since is zero if it began before the session

	tries int       // that the caller did not take
	next  time.Time // when it is told again
}

// add notes a gap that is over.
func (g *gap) add(since, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cover(since, until)
}

// cover needs the lock.
func (g *gap) cover(since, until time.Time) {
	if !g.open || since.Before(g.since) {
		g.since = since
	}
	if !g.open || until.After(g.until) {
		g.until = until
	}
	g.open = true
}

// take hands out the gap if the caller is to be told now, and says when if not: the zero
// time means that there is nothing to tell. What is added afterwards is a gap of its own,
// until failed adds this one to it.
func (g *gap) take(now time.Time) (since, until time.Time, due bool, next time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !g.open:
		return since, until, false, next
	case now.Before(g.next):
		return since, until, false, g.next
	}
	g.open = false
	return g.since, g.until, true, next
}

// told notes that the caller took the gap.
func (g *gap) told() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tries, g.next = 0, time.Time{}
}

// nextTell is when the caller is to be told next, or the zero time.
func (g *gap) nextTell() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		return time.Time{}
	}
	return g.next
}

// failed notes that the caller did not take the gap, and when it is told again.
func (g *gap) failed(since, until time.Time, wait func(tries int) time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cover(since, until)
	g.tries++
	g.next = time.Now().Add(wait(g.tries))
}

// line is the socket that is in use, and when one last gave a sign of life.
type line struct {
	mu      sync.Mutex
	current *socket
	heard   time.Time // of the sockets before; zero if there was none
}

// set notes the socket that is in use from now on, or that there is none.
func (l *line) set(current *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil {
		l.heard = l.current.lastHeard()
	}
	l.current = current
}

// silentSince returns since when no socket may have brought what Slack sent, if that
// is so.
func (l *line) silentSince() (since time.Time, silent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.current == nil:
		return l.heard, true
	case !l.current.alive():
		return l.current.lastHeard(), true
	}
	return since, false
}

// hello notes that a new socket is there, before anything is read from it: whatever it
// brings comes after the gap.
func (s *Session) hello() {
	if since, silent := s.line.silentSince(); silent {
		s.gap.add(since, s.wall())
		s.queue.poke()
	}
}

// tellGap tells the caller of a gap, if there is one and it is time, and returns when
// to try again, or the zero time.
func (s *Session) tellGap(ctx context.Context) (next time.Time) {
	since, until, due, next := s.gap.take(time.Now())
	if !due || s.cfg.OnGap == nil {
		return next
	}
	if err := s.cfg.OnGap(ctx, since, until); err != nil {
		s.gap.failed(since, until, s.gapWait)
		if ctx.Err() == nil {
			s.log.Warn("Failed to store that events may have been missed, will try again", zap.Time("since", since), zap.String("error", describe(err)))
		}
	} else {
		s.counts.gaps.Add(1)
		s.gap.told()
	}
	return s.gap.nextTell()
}

func (s *Session) gapWait(tries int) time.Duration {
	wait := tellGapFirst
	for ; tries > 1 && wait < tellGapMax; tries-- {
		wait *= 2
	}
	return max(s.scaled(min(wait, tellGapMax)), tellGapFloor)
}

// missed notes that an envelope which came at a time is not stored.
func (s *Session) missed(at time.Time) {
	s.gap.add(at, s.wall())
	s.queue.poke()
}

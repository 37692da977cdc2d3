package web

import (
	"math/rand/v2"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Latency is how long every call takes beyond its own work: a random time
// between MinMS and MaxMS real milliseconds, a part of it on the way there and
// the rest on the way back.
type Latency struct {
	MinMS int `json:"min_ms"`
	MaxMS int `json:"max_ms"`
}

// check refuses an invalid span.
func (l Latency) check() error {
	if l.MinMS < 0 || l.MaxMS < l.MinMS {
		return workspace.Fail("invalid_arguments", "min_ms must be 0 or more and max_ms not less")
	}
	return nil
}

// wire holds the latency in force.
type wire struct {
	mu   sync.Mutex
	span Latency
}

// draw returns how long a call is on its way, and its answer.
func (w *wire) draw() (there, back time.Duration) {
	w.mu.Lock()
	l := w.span
	w.mu.Unlock()
	whole := time.Duration(l.MinMS) * time.Millisecond
	if spread := time.Duration(l.MaxMS-l.MinMS) * time.Millisecond; spread > 0 {
		whole += rand.N(spread + 1)
	}
	if whole <= 0 {
		return 0, 0
	}
	there = rand.N(whole + 1)
	return there, whole - there
}

// SetLatency makes every call take a random time; the zero Latency takes that
// away.
func (s *Server) SetLatency(l Latency) error {
	if err := l.check(); err != nil {
		return err
	}
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	s.wire.span = l
	return nil
}

// Latency returns the latency in force.
func (s *Server) Latency() Latency {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	return s.wire.span
}

// travel lets time pass for a request or an answer on its way. It does not end
// early when the caller goes away: what was sent arrives, whether or not a caller waits.
func travel(d time.Duration) {
	if d > 0 {
		time.Sleep(d)
	}
}

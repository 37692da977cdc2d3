package app

import (
	"sync"

	"ops-jrz1/bridge/internal/operator"
)

// life knows how far the bridge is, and passes it on to the service manager.
type life struct {
	Notifier

	mu    sync.Mutex
	phase string
	doing string
}

func newLife(next Notifier) *life { return &life{Notifier: next, phase: operator.Starting} }

// Status implements Notifier.
func (l *life) Status(line string) {
	l.set(operator.Starting, line)
	l.Notifier.Status(line)
}

// Up says that everything runs.
func (l *life) Up() {
	l.set(operator.Up, "")
	l.Notifier.Status("up")
}

// Stopping implements Notifier.
func (l *life) Stopping() {
	l.set(operator.Stopping, "")
	l.Notifier.Stopping()
}

func (l *life) set(phase, doing string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase, l.doing = phase, doing
}

// now returns the phase, and what is waited for.
func (l *life) now() (phase, doing string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phase, l.doing
}

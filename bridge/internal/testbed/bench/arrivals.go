package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// marker begins every text that is measured; a run's number and the message's own
// follow it.
const marker = "bench "

// arrivals notes when the message of each number arrived on the other side.
type arrivals struct {
	mu sync.Mutex
	// run counts the flows, so that a late duplicate of one is not counted for another.
	run     int
	at      map[int]time.Time
	doubled int
	want    int
	all     chan struct{}
	toSlack bool
}

func newArrivals() *arrivals { return &arrivals{at: map[int]time.Time{}, all: make(chan struct{})} }

// begin expects that many messages on one side and returns the text of each.
func (a *arrivals) begin(want int, toSlack bool) (text func(n int) string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.run++
	a.at, a.doubled, a.want, a.all, a.toSlack = map[int]time.Time{}, 0, want, make(chan struct{}), toSlack
	run := a.run
	return func(n int) string { return fmt.Sprintf("%s%d %d", marker, run, n) }
}

func (a *arrivals) inMatrix(text string) { a.note(text, false) }

// inSlack notes what the bridge's app posts.
func (a *arrivals) inSlack(e workspace.Event) {
	if e.Type != "message" || e.Body["bot_id"] == nil {
		return
	}
	if text, ok := e.Body["text"].(string); ok {
		a.note(text, true)
	}
}

func (a *arrivals) note(text string, slack bool) {
	now := time.Now()
	rest, ok := strings.CutPrefix(text, marker)
	if !ok {
		return
	}
	var run, n int
	if _, err := fmt.Sscanf(rest, "%d %d", &run, &n); err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if run != a.run || slack != a.toSlack {
		return
	}
	if _, came := a.at[n]; came {
		a.doubled++
		return
	}
	a.at[n] = now
	if len(a.at) == a.want {
		close(a.all)
	}
}

// wait waits until all have arrived and returns when each did.
func (a *arrivals) wait(ctx context.Context) (map[int]time.Time, error) {
	a.mu.Lock()
	all := a.all
	a.mu.Unlock()
	select {
	case <-all:
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case len(a.at) < a.want:
		return nil, fmt.Errorf("%d of %d messages have come: %w", len(a.at), a.want, ctx.Err())
	case a.doubled > 0:
		return nil, fmt.Errorf("%d of %d messages came twice", a.doubled, a.want)
	}
	return a.at, nil
}

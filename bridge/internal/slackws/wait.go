package slackws

import (
	"context"
	"sync"
	"time"
)

// workers are the goroutines of a session, so that Run can wait for them.
type workers struct{ group sync.WaitGroup }

func (w *workers) start(work func()) { w.group.Go(work) }

func (w *workers) wait() { w.group.Wait() }

// sleep waits for d and says whether it did so to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	sleepOr(ctx.Done(), d, nil)
	return ctx.Err() == nil
}

// sleepOr waits for d, for end or for early, whichever comes first.
func sleepOr(end <-chan struct{}, d time.Duration, early <-chan struct{}) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-early:
	case <-end:
	}
}

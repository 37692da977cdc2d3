package connector

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// job is one thing to do in a lane.
type job struct {
	// name says in the log what it is.
	name string
	// run does it. It is repeated while its error is worth another try.
	run func(context.Context) error
	// done is called after run succeeded, or with the error that ended the
	// tries. An error of done's own repeats done alone.
	done func(context.Context, error) error
}

// retryPolicy says whether a job whose attempt-th try (from 1) ended with err is
// tried again, and after how long.
type retryPolicy func(err error, attempt int) (after time.Duration, again bool)

// lanes runs jobs in order within a lane and side by side across lanes: the one
// feeder that each portal has for the direction from Slack. A lane exists while
// it has jobs.
type lanes struct {
	ctx    context.Context
	stop   context.CancelFunc
	log    zerolog.Logger
	policy retryPolicy

	mu      sync.Mutex
	waiting map[string][]job
	workers sync.WaitGroup
}

// newLanes starts with no lanes. Jobs run under ctx's values, not its end: only
// Stop ends them.
func newLanes(ctx context.Context, policy retryPolicy) *lanes {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	return &lanes{ctx: ctx, stop: stop, log: *zerolog.Ctx(ctx), policy: policy, waiting: map[string][]job{}}
}

// Add puts a job at the end of a lane; it never waits. After Stop it does
// nothing.
func (l *lanes) Add(lane string, j job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return
	}
	queue, running := l.waiting[lane]
	l.waiting[lane] = append(queue, j)
	if !running {
		l.workers.Go(func() { l.work(lane) })
	}
}

// Stop ends the lanes: the job that a lane is at is finished, those behind it
// are dropped. It returns when all lanes have ended.
func (l *lanes) Stop() {
	l.mu.Lock()
	l.stop()
	l.mu.Unlock()
	l.workers.Wait()
}

// Waiting counts the jobs that have not ended.
func (l *lanes) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := 0
	for _, queue := range l.waiting {
		count += len(queue)
	}
	return count
}

func (l *lanes) work(lane string) {
	for {
		l.mu.Lock()
		queue := l.waiting[lane]
		if len(queue) == 0 || l.ctx.Err() != nil {
			delete(l.waiting, lane)
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		l.finish(lane, queue[0])
		l.mu.Lock()
		l.waiting[lane] = l.waiting[lane][1:]
		l.mu.Unlock()
	}
}

// finish runs a job until it succeeds, is given up or the lanes stop.
func (l *lanes) finish(lane string, j job) {
	err := l.repeat(lane, j.name, j.run)
	if l.ctx.Err() != nil && err != nil {
		return // not done; the journal still has it
	}
	if j.done == nil {
		return
	}
	if err := l.repeat(lane, j.name, func(ctx context.Context) error { return j.done(ctx, err) }); err != nil {
		l.log.Err(err).Str("lane", lane).Str("job", j.name).Msg("Handled, but could not be marked so; it will be handled again after a restart")
	}
}

// repeat calls run until it succeeds or policy says that another try is of no
// use. What has begun is not cut off when the lanes stop.
func (l *lanes) repeat(lane, name string, run func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := run(context.WithoutCancel(l.ctx))
		if err == nil {
			return nil
		}
		after, again := l.policy(err, attempt)
		if !again {
			return err
		}
		level := zerolog.WarnLevel
		if errors.Is(err, context.Canceled) {
			level = zerolog.DebugLevel // the bridge is stopping
		}
		l.log.WithLevel(level).Err(err).Str("lane", lane).Str("job", name).Int("attempt", attempt).
			Stringer("again_in", after).Msg("Not handled yet, will try again")
		select {
		case <-time.After(after):
		case <-l.ctx.Done():
			return err
		}
	}
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/testbed/await"
)

// flow is what was measured while messages were sent in one direction.
type flow struct {
	count   int
	elapsed time.Duration
	// late is how long each message took, in ascending order.
	late []time.Duration
	// cpu is the bridge's CPU time for all of them.
	cpu time.Duration
}

func (f flow) perSecond() float64     { return float64(f.count) / f.elapsed.Seconds() }
func (f flow) cpuEach() time.Duration { return f.cpu / time.Duration(f.count) }

// quantile returns the latency that a share of the messages keeps to.
func (f flow) quantile(share float64) time.Duration { return quantile(f.late, share) }

// quantile of ascending durations, by the nearest rank.
func quantile(ascending []time.Duration, share float64) time.Duration {
	if len(ascending) == 0 {
		return 0
	}
	return ascending[min(len(ascending)-1, int(share*float64(len(ascending))))]
}

// load is how many messages go into how many channels, in turn: one every pace, or
// as fast as possible if that is 0.
type load struct {
	count, channels int
	pace            time.Duration
	// first is the first of the channels.
	first int
}

// slackToMatrix has people in Slack write.
func (w *world) slackToMatrix(ctx context.Context, l load) (flow, error) {
	return w.flow(ctx, l, w.inSlack(l))
}

// inSlack has people in Slack write the messages of a load.
func (w *world) inSlack(l load) func(n int) error {
	text, people := w.seen.begin(l.count, false), writers()
	return func(n int) error {
		_, err := w.slack.Workspace.Post(workspace.Post{
			Actor: workspace.Person(people[n%len(people)]), Channel: channelID(l.first + n%l.channels), Text: text(n),
		})
		return err
	}
}

// matrixToSlack has the owner write in Matrix.
func (w *world) matrixToSlack(ctx context.Context, l load) (flow, error) {
	text := w.seen.begin(l.count, true)
	return w.flow(ctx, l, func(n int) error {
		return w.home.say(ctx, w.rooms[n%l.channels], text(n))
	})
}

// flow sends every message and waits until all have arrived. It begins and ends when
// the bridge has nothing to do.
func (w *world) flow(ctx context.Context, l load, say func(n int) error) (flow, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := w.idle(ctx); err != nil {
		return flow{}, err
	}
	before, err := cpuOf(w.bridge.Process().PID())
	if err != nil {
		return flow{}, err
	}
	f, err := w.through(ctx, l, say)
	if err != nil {
		return flow{}, err
	}
	if err := w.idle(ctx); err != nil {
		return flow{}, err
	}
	after, err := cpuOf(w.bridge.Process().PID())
	f.cpu = after - before
	return f, err
}

// through is flow while the bridge may have other things to do.
func (w *world) through(ctx context.Context, l load, say func(n int) error) (flow, error) {
	begin := time.Now()
	said, err := l.run(begin, say)
	if err != nil {
		return flow{}, err
	}
	came, err := w.seen.wait(ctx)
	if err != nil {
		return flow{}, err
	}
	f := flow{count: l.count}
	for n, at := range came {
		f.late = append(f.late, at.Sub(said[n]))
		f.elapsed = max(f.elapsed, at.Sub(begin))
	}
	slices.Sort(f.late)
	return f, nil
}

// run sends the messages and returns when it began to send each. Without a pace each
// channel has its own sender.
func (l load) run(begin time.Time, say func(n int) error) ([]time.Time, error) {
	said, speakers := make([]time.Time, l.count), 1
	if l.pace == 0 {
		speakers = l.channels
	}
	errs := make([]error, speakers)
	var speaking sync.WaitGroup
	for s := range speakers {
		speaking.Go(func() {
			for n := s; n < l.count && errs[s] == nil; n += speakers {
				if l.pace > 0 {
					time.Sleep(time.Until(begin.Add(time.Duration(n) * l.pace)))
				}
				said[n] = time.Now()
				if err := say(n); err != nil {
					errs[s] = fmt.Errorf("send message %d: %w", n, err)
				}
			}
		})
	}
	speaking.Wait()
	return said, errors.Join(errs...)
}

// idle waits until every envelope is acknowledged and the bridge's process has used no
// CPU for a while, so that one flow does not pay for another.
func (w *world) idle(ctx context.Context) error {
	const step, quiet = 100 * time.Millisecond, 4
	still, last := 0, time.Duration(-1)
	return await.Every(ctx, step, "the bridge to have nothing to do", func(context.Context) (bool, error) {
		used, err := cpuOf(w.bridge.Process().PID())
		if err != nil {
			return false, err
		}
		if used-last <= tick && w.unacknowledged() == 0 {
			still++
		} else {
			still = 0
		}
		last = used
		return still >= quiet, nil
	})
}

// acknowledged waits until Slack has an ack for everything.
func (w *world) acknowledged(ctx context.Context) error {
	return await.Every(ctx, 100*time.Millisecond, "the bridge to acknowledge everything", func(context.Context) (bool, error) {
		return w.unacknowledged() == 0, nil
	})
}

func (w *world) unacknowledged() int {
	n := 0
	for _, record := range w.slack.Hub.Records() {
		if record.Outcome == socket.Pending {
			n++
		}
	}
	return n
}

package torture

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix/id"
)

// run is a world with people in it, and its outcome so far.
type run struct {
	*world
	ledger *Ledger
	view   *view
	report *Report
	// changes counts what happened on either side.
	changes atomic.Int64

	// fail ends the traffic with an error that is not the bridge's fault.
	fail context.CancelCauseFunc
	work sync.WaitGroup
}

// progressEvery is how often the targets are looked at.
const progressEvery = time.Second

// traffic has people talk while things break, until the targets are reached or the
// limit is. When it returns everything runs again.
func (r *run) traffic(ctx context.Context) error {
	if err := r.slack.SetLatency(ctx, answerDelay); err != nil {
		return err
	}
	ctx, r.fail = context.WithCancelCause(ctx)
	defer r.fail(nil)
	limited, stop := context.WithTimeout(ctx, r.options.Limit)
	defer stop()
	r.log.say("people begin to talk")
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	var watchers sync.WaitGroup
	watchers.Go(func() { r.must(r.watchSlack(watching)) })
	watchers.Go(func() { r.must(r.watchMatrix(watching)) })
	r.people(limited)
	r.breakThings(limited)
	for limited.Err() == nil && !r.reached() {
		select {
		case <-limited.Done():
		case <-time.After(progressEvery):
		}
	}
	stop()
	r.log.say("people stop talking, everything broken is repaired")
	r.work.Wait()
	stopWatching()
	watchers.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return r.slack.ClearFaults(ctx) // Planned faults that have not hit anything yet.
}

// must ends the traffic when something that has to work did not.
func (r *run) must(err error) {
	if err != nil {
		r.fail(err)
	}
}

// begin runs do in the background until the traffic ends.
func (r *run) begin(ctx context.Context, do func(context.Context) error) {
	r.work.Go(func() { r.must(do(ctx)) })
}

// people starts every person.
func (r *run) people(ctx context.Context) {
	for side, names := range map[Side][]string{Slack: {"alice", "bob", "cleo", "dora"}, Matrix: append([]string{owner}, others...)} {
		for _, name := range names {
			p := &person{
				side: side, name: name, dice: source(r.options.Seed, string(side)+name), ledger: r.ledger, view: r.view,
				voice: r.voiceOf(side, name),
			}
			for _, at := range r.places {
				for _, member := range at.people[side] {
					if member == name {
						p.places = append(p.places, at)
					}
				}
			}
			rate := r.options.Rate / float64(len(names))
			r.begin(ctx, func(ctx context.Context) error { return p.live(ctx, rate) })
		}
	}
}

func (r *run) voiceOf(side Side, name string) voice {
	if side == Slack {
		return &inSlack{slack: r.slack, user: users[name]}
	}
	return &inMatrix{client: r.accounts[name].Client, prefix: "torture-" + name, reactions: map[[2]string]id.EventID{}}
}

// reached says whether every target is.
func (r *run) reached() bool {
	kills, o := r.report.Kills(), r.options
	all := o.Weather == Storm
	return (o.Weather == Calm || kills.Bridge >= o.Kills) &&
		(!all || kills.Homeserver >= o.HomeserverKills) &&
		(!all || !o.Postgres || kills.Database >= o.DatabaseKills) &&
		r.ledger.Items(Slack) >= o.Items && r.ledger.Items(Matrix) >= o.Items
}

// settleLimit is how long the bridge has to finish after everything works again.
const settleLimit = 15 * time.Minute

// settle waits until nothing has changed on either side for options.Quiet, and the bridge has
// no row left: a reading of many threads shows nothing for longer than that. Nothing is
// written meanwhile: what is missing has to arrive without a new message.
func (r *run) settle(ctx context.Context) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	watching, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	failed := make(chan error, 2)
	watchers.Go(func() { failed <- r.watchSlack(watching) })
	watchers.Go(func() { failed <- r.watchMatrix(watching) })
	defer watchers.Wait()
	defer stop()
	last, since := r.changes.Load(), time.Now()
	for time.Since(since) < r.options.Quiet {
		select {
		case <-ctx.Done():
			r.report.Restless = true
			return nil
		case err := <-failed:
			return fmt.Errorf("watch both sides: %w", err)
		case <-time.After(progressEvery):
		}
		if now := r.changes.Load(); now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) < r.options.Quiet {
			continue
		}
		if rows := r.unfinished(ctx); rows > 0 {
			r.log.say("nothing has changed for %s, but %d rows are unfinished", r.options.Quiet, rows)
			since = time.Now()
		}
	}
	r.report.Settled = time.Since(begin) - r.options.Quiet
	r.log.say("nothing has changed for %s", r.options.Quiet)
	return nil
}

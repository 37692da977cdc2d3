// Package torture runs a whole bridge of real processes while people talk on both
// sides and everything that can fail does, and then compares what both sides show.
// It owns who says what, what breaks when, and the verdict: nothing lost, nothing
// doubled, the order kept. It must not look into the bridge for the verdict: both
// sides are read through their public APIs.
//
// Everything random comes from the seed. The exact timing between processes does not:
// a seed repeats what is done and when, not each race.
package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"ops-jrz1/bridge/internal/emulator/socket"
)

// Weather is what breaks during a run.
type Weather string

// The kinds of weather. In calm weather every finding is a fault of the run itself, or
// one that the bridge always has.
const (
	Storm      Weather = "all"   // Everything that can.
	KillsAlone Weather = "kills" // The bridge is killed at random instants.
	Calm       Weather = "none"
)

// Options say what to run. Targets that are 0 are not waited for.
type Options struct {
	// Root is the repository's folder, Dir an empty one for every file of the run.
	Root, Dir string
	// Seed is what everything random is made of.
	Seed uint64
	// Limit ends the run, whether the targets are reached or not.
	Limit time.Duration
	// Postgres has the bridge on PostgreSQL, else on SQLite.
	Postgres bool
	// Continuwuity has the homeserver treat the bridge as continuwuity does.
	Continuwuity bool
	// Bridge is another bridge program to run; empty is this repository's, with its
	// failpoints.
	Bridge string
	// Weather is what breaks.
	Weather Weather
	// Kills, HomeserverKills and DatabaseKills are how many kills there have to be.
	Kills, HomeserverKills, DatabaseKills int
	// Items is how much has to happen on each side, and Rate how much per second.
	Items int
	Rate  float64
	// Quiet is how long nothing may have changed before both sides are compared.
	Quiet time.Duration
	// TimeScale multiplies Slack's limits and waits.
	TimeScale float64
	// Log gets a line for everything that is done.
	Log io.Writer
}

// Run runs everything. The report is nil only if the world could not be built; err says
// why, or why the run could not go on. What the bridge did wrong is in the report.
func Run(ctx context.Context, options Options) (report *Report, err error) {
	w, err := build(ctx, options)
	defer func() { err = errors.Join(err, w.close()) }()
	if err != nil {
		return nil, err
	}
	r := &run{world: w, ledger: newLedger(), view: newView()}
	r.report = newReport(options)
	begin := time.Now()
	if err := r.traffic(ctx); err != nil {
		return nil, err
	}
	r.report.Traffic = time.Since(begin)
	if err := r.settle(ctx); err != nil {
		return nil, err
	}
	seen, err := w.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read both sides: %w", err)
	}
	acks, err := w.acks(ctx)
	if err != nil {
		return nil, fmt.Errorf("read Slack's deliveries: %w", err)
	}
	if r.report.Envelopes, err = w.slack.DeliverySummary(ctx, socket.Filter{App: bridgeApp}); err != nil {
		return nil, fmt.Errorf("count Slack's deliveries: %w", err)
	}
	r.report.Verdict = compare(r.ledger.Messages(), seen, acks)
	if err := w.keep(map[string]any{"written": r.ledger.Messages(), "seen": seen, "acks": acks}); err != nil {
		return nil, err
	}
	r.report.count(r.ledger)
	r.report.Took = time.Since(begin)
	return r.report, nil
}

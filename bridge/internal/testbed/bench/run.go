package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/testbed/postgres"
)

// Config says what to measure.
type Config struct {
	// Root is the repository's folder, whose bridge is measured.
	Root string
	// Others are what it is compared with, in the same run: commits or programs.
	Others []string
	// Quick measures very little, to check that everything works.
	Quick bool
	// Rounds is how often each part is measured, 0 for three times.
	Rounds int
	// Only is the one part that is measured, "" for all.
	Only string
	// Say is told what is going on.
	Say func(format string, args ...any)
}

// bench is one run.
type bench struct {
	Config
	sizes    sizes
	programs []program
	postgres *postgres.Server
	report   *Report
}

// part is one part of a run.
type part struct {
	name    string
	measure func(*bench, context.Context) error
}

func parts() []part {
	return []part{
		{"fast", (*bench).fast},
		{"statements", (*bench).statements},
		{"logins", (*bench).firstLogins},
		{"history", (*bench).histories},
		{"synapse", (*bench).behindSynapse},
	}
}

// chosen are the parts that are measured.
func (c Config) chosen() ([]part, error) {
	if c.Only == "" {
		return parts(), nil
	}
	var names []string
	for _, p := range parts() {
		if p.name == c.Only {
			return []part{p}, nil
		}
		names = append(names, p.name)
	}
	return nil, fmt.Errorf("there is no part %q: there are %s", c.Only, strings.Join(names, ", "))
}

// Run measures everything and returns the report. It takes about half an hour for
// each program. If a part fails, or ctx ends, the report says so and has the other parts:
// it is there together with the error.
func Run(ctx context.Context, config Config) (report *Report, err error) {
	chosen, err := config.chosen()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-programs-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the programs: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	config.Say("building the programs")
	b := &bench{Config: config, sizes: fullSizes()}
	if config.Quick {
		b.sizes = quickSizes()
	}
	b.sizes.rounds = cmp.Or(config.Rounds, b.sizes.rounds)
	if b.programs, err = programs(ctx, config.Root, dir, config.Others); err != nil {
		return nil, err
	}
	if b.postgres, err = postgres.Start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.postgres.Remove()) }()
	if b.report, err = newReport(ctx, config.Root, b.programs, b.sizes); err != nil {
		return nil, err
	}
	return b.report, b.measure(ctx, chosen)
}

// measure measures the parts one after the other. One that fails does not keep the others
// from being measured.
func (b *bench) measure(ctx context.Context, parts []part) (failed error) {
	for _, p := range parts {
		if err := p.measure(b, ctx); err != nil {
			b.report.lacks(p.name)
			failed = errors.Join(failed, fmt.Errorf("part %s: %w", p.name, err))
		}
	}
	return errors.Join(failed, b.report.end())
}

// each runs the same steps with every program on both databases, once each round. The
// programs take turns at every step, in one round forwards and in the next backwards,
// so that other load on the machine affects all of them.
func (b *bench) each(ctx context.Context, rounds int, at place, o options, steps func(*round) []step) error {
	for n := range rounds {
		for _, database := range []Database{SQLite, PostgreSQL} {
			b.Say("%s, %s, round %d of %d", at, database, n+1, rounds)
			begin := time.Now()
			if err := b.turns(ctx, at, database, o, n%2 == 1, steps); err != nil {
				return fmt.Errorf("%s, %s: %w", at, database, err)
			}
			b.Say("  took %s", time.Since(begin).Round(time.Second))
		}
	}
	return nil
}

// turns makes a world for each program and takes the steps.
func (b *bench) turns(ctx context.Context, at place, database Database, o options, backwards bool, steps func(*round) []step) (err error) {
	var taken [][]step
	var names []string
	var worlds []*world
	defer func() {
		failed := err
		for _, w := range worlds {
			err = errors.Join(err, w.close(failed))
		}
	}()
	for _, p := range b.programs {
		o.bridge = p.path
		if o.counting {
			if o.bridge = p.counting; o.bridge == "" {
				continue // The report says so.
			}
		}
		if database == PostgreSQL {
			if o.uri, err = b.postgres.NewDatabase(ctx); err != nil {
				return err
			}
		}
		w, err := newWorld(ctx, o)
		worlds = append(worlds, w)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		taken, names = append(taken, steps(&round{w, b.sizes, database, func(m measure, value float64) {
			b.report.add(at, database, p.name, m, value)
		}})), append(names, p.name)
	}
	turns := make([]int, len(taken))
	for i := range turns {
		turns[i] = i
	}
	if backwards {
		slices.Reverse(turns)
	}
	for n := range taken[0] {
		for _, i := range turns {
			if err := taken[i][n](ctx); err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
		}
	}
	return nil
}

func (b *bench) fast(ctx context.Context) error {
	return b.each(ctx, b.sizes.rounds, atOnce, options{channels: channels}, (*round).ceilings)
}

func (b *bench) behindSynapse(ctx context.Context) error {
	o := options{channels: channels, synapse: filepath.Join(b.Root, ".cache", "synapse")}
	return b.each(ctx, b.sizes.rounds, behindSynapse, o, (*round).behindSynapse)
}

func (b *bench) firstLogins(ctx context.Context) error {
	for _, login := range []struct {
		measure  measure
		channels int
	}{{firstFifty, b.sizes.few}, {firstHundreds, b.sizes.many}} {
		err := b.each(ctx, b.sizes.rounds, atOnce, options{channels: login.channels}, func(r *round) []step {
			return []step{func(ctx context.Context) error { return r.firstLogin(ctx, login.measure) }}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// histories measures live messages during a first login with history, paired with the same
// login without. Only this program is measured: others may have no history.
func (b *bench) histories(ctx context.Context) error {
	alone := *b
	alone.programs = b.programs[:1]
	for range b.sizes.rounds {
		for _, history := range []bool{true, false} {
			o := options{channels: b.sizes.many, said: b.sizes.said, history: history}
			err := alone.each(ctx, 1, atOnce, o, func(r *round) []step { return []step{r.liveMeanwhile} })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// statements counts in two worlds: bursts without Slack's limits, and what is paced at Slack's
// own pace, at which the bridge's own checks come as rarely as they do.
func (b *bench) statements(ctx context.Context) error {
	for _, paced := range []bool{false, true} {
		err := b.each(ctx, 1, atOnce, options{channels: channels, counting: true, paced: paced}, func(r *round) []step {
			return []step{func(ctx context.Context) error {
				counted, err := r.statements(ctx)
				if r.options.bridge == b.programs[0].counting {
					b.report.counted[r.database] = append(b.report.counted[r.database], counted...)
				}
				return err
			}}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ops-jrz1/bridge/internal/testbed/postgres"
)

// Config says what to measure.
type Config struct {
	// Root is the repository's folder, whose bridge is measured.
	Root string
	// Others are what it is compared with, in the same run: commits or programs.
	Others []string
	// Quick measures next to nothing, to see that everything works.
	Quick bool
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

// Run measures everything and returns the report. It takes about half an hour for
// each program.
func Run(ctx context.Context, config Config) (report *Report, err error) {
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
	for _, step := range []func(context.Context) error{b.fast, b.behindSynapse, b.firstLogins, b.statements} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return b.report, b.report.end()
}

// each runs a part with every program on both databases, as often as there are
// rounds: A B A B, so that what else the machine does meets all of them.
func (b *bench) each(ctx context.Context, rounds int, place place, o options, part func(context.Context, *round) error) error {
	for n := range rounds {
		for _, database := range []Database{SQLite, PostgreSQL} {
			for _, p := range b.programs {
				b.Say("%s, %s, round %d of %d: %s", place, database, n+1, rounds, p.name)
				if err := b.one(ctx, place, database, p, o, part); err != nil {
					return fmt.Errorf("%s, %s, %s: %w", place, database, p.name, err)
				}
			}
		}
	}
	return nil
}

func (b *bench) one(ctx context.Context, at place, database Database, p program, o options, part func(context.Context, *round) error) (err error) {
	o.bridge = p.path
	if o.counting {
		if o.bridge = p.counting; o.bridge == "" {
			return nil // It is said in the report.
		}
	}
	if database == PostgreSQL {
		if o.uri, err = b.postgres.NewDatabase(ctx); err != nil {
			return err
		}
	}
	w, err := newWorld(ctx, o)
	defer func() { err = errors.Join(err, w.close(err)) }()
	if err != nil {
		return err
	}
	begin := time.Now()
	err = part(ctx, &round{w, b.sizes, func(m measure, value float64) {
		b.report.add(at, database, p.name, m, value)
	}})
	b.Say("  took %s", time.Since(begin).Round(time.Second))
	return err
}

func (b *bench) fast(ctx context.Context) error {
	return b.each(ctx, b.sizes.rounds, atOnce, options{channels: channels}, func(ctx context.Context, r *round) error {
		return r.ceilings(ctx)
	})
}

func (b *bench) behindSynapse(ctx context.Context) error {
	o := options{channels: channels, synapse: filepath.Join(b.Root, ".cache", "synapse")}
	return b.each(ctx, b.sizes.rounds, behindSynapse, o, func(ctx context.Context, r *round) error {
		return r.behindSynapse(ctx)
	})
}

func (b *bench) firstLogins(ctx context.Context) error {
	for _, login := range []struct {
		measure  measure
		channels int
	}{{firstFifty, b.sizes.few}, {firstHundreds, b.sizes.many}} {
		err := b.each(ctx, 1, atOnce, options{channels: login.channels}, func(ctx context.Context, r *round) error {
			return r.firstLogin(ctx, login.measure)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) statements(ctx context.Context) error {
	return b.each(ctx, 1, atOnce, options{channels: channels, counting: true}, func(ctx context.Context, r *round) error {
		counted, err := r.statements(ctx)
		if r.options.bridge == b.programs[0].counting {
			database := SQLite
			if r.uri != "" {
				database = PostgreSQL
			}
			b.report.counted[database] = counted
		}
		return err
	})
}

// Command bench-e2e measures the bridge between the Slack emulator and a
// homeserver and writes the figures into a page. With -absence it measures memory
// while there is no homeserver instead, and with -size the login in a large workspace, or
// with -files what large files cost, and prints that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/testbed/bench"
	"ops-jrz1/bridge/internal/testbed/stack"
)

// options are the command line.
type options struct {
	bridge, out string
	only        string
	rounds      int
	quick, size bool
	files       bool
	absence     time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.bridge, "bridge", "", "`programs` or commits to compare with, separated by commas")
	flag.StringVar(&o.out, "out", "", "`page` whose figures are replaced; without it they are printed")
	flag.BoolVar(&o.quick, "quick", false, "measure next to nothing, to see that everything works")
	flag.StringVar(&o.only, "only", "", "the one `part` that is measured: fast, statements, logins, history or synapse")
	flag.IntVar(&o.rounds, "rounds", 0, "how `often` each part is measured (default 3)")
	flag.BoolVar(&o.size, "size", false, "a login in a workspace of 500 channels and 2,000 people, at Slack's limits")
	flag.DurationVar(&o.absence, "absence", 0, "how long the homeserver is away under 20 messages a second")
	flag.BoolVar(&o.files, "files", false, "files of 200 MiB each way, as root")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-e2e:", secret.Redact(err.Error()))
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	root, err := stack.Root(ctx)
	if err != nil {
		return err
	}
	if o.absence > 0 {
		return absence(ctx, root, o.absence)
	}
	if o.size {
		return size(ctx, root)
	}
	if o.files {
		return files(ctx, root)
	}
	var others []string
	if o.bridge != "" {
		others = strings.Split(o.bridge, ",")
	}
	report, err := bench.Run(ctx, bench.Config{Root: root, Others: others, Quick: o.quick, Only: o.only, Rounds: o.rounds, Say: say})
	switch {
	case report == nil:
	case o.out != "":
		err = errors.Join(err, report.Update(o.out))
	default:
		fmt.Print(report.Markdown())
	}
	return err
}

// onBoth builds the bridge and measures it on one database after the other.
func onBoth(ctx context.Context, root string, measure func(program string, database bench.Database) error) (err error) {
	dir, remove, err := bench.Folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	program, err := bench.Program(ctx, root, dir)
	if err != nil {
		return err
	}
	for _, database := range []bench.Database{bench.SQLite, bench.PostgreSQL} {
		if err := measure(program, database); err != nil {
			return err
		}
	}
	return nil
}

// absence measures on both databases and fails where the bridge holds too much.
func absence(ctx context.Context, root string, away time.Duration) error {
	const pace = time.Second / 20
	return onBoth(ctx, root, func(program string, database bench.Database) error {
		say("%s: no homeserver for %s", database, away)
		endured, err := bench.Absence{
			Bridge: program, Database: database, Messages: int(away / pace), Pace: pace, Say: say,
		}.Endure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		fmt.Printf("%s: %d messages in %s without a homeserver; memory %d MiB before, %d MiB at most; all arrived %s after its return\n",
			database, endured.Messages, endured.Away.Round(time.Second), endured.Before>>20, endured.Most>>20, endured.Caught.Round(time.Second))
		if endured.Most > bench.MaxMemory {
			return fmt.Errorf("%s: the bridge held %d MiB, which is more than %d", database, endured.Most>>20, bench.MaxMemory>>20)
		}
		return nil
	})
}

// size measures on both databases and fails where what must hold does not.
func size(ctx context.Context, root string) error {
	return onBoth(ctx, root, func(program string, database bench.Database) error {
		say("%s: 500 channels and 2,000 people", database)
		sized, err := bench.Size{
			Bridge: program, Database: database, Channels: 500, People: 2000, PerChannel: 20, Rooms: 50,
			Messages: 40, Pace: 1200 * time.Millisecond, Say: say,
		}.Measure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		fmt.Println(sized.Markdown())
		if err := sized.Judge(); err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		return nil
	})
}

// say tells what is going on; the results alone go to standard output.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Command bench-e2e measures the bridge between the Slack emulator and a
// homeserver and writes the figures into a page. With -absence it measures memory
// while there is no homeserver instead, and with -files what large files cost, and prints
// that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
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
	quick       bool
	files       bool
	absence     time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.bridge, "bridge", "", "`programs` or commits to compare with, separated by commas")
	flag.StringVar(&o.out, "out", "", "`page` whose figures are replaced; without it they are printed")
	flag.BoolVar(&o.quick, "quick", false, "measure next to nothing, to see that everything works")
	flag.DurationVar(&o.absence, "absence", 0, "how long the homeserver is away under 20 messages a second")
	flag.BoolVar(&o.files, "files", false, "bring files of 200 MiB each way, as root")
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
	if o.files {
		return files(ctx, root)
	}
	var others []string
	if o.bridge != "" {
		others = strings.Split(o.bridge, ",")
	}
	report, err := bench.Run(ctx, bench.Config{Root: root, Others: others, Quick: o.quick, Say: say})
	switch {
	case err != nil:
		return err
	case o.out != "":
		return report.Update(o.out)
	}
	_, err = fmt.Print(report.Markdown())
	return err
}

// absence measures on both databases and fails where the bridge holds too much.
func absence(ctx context.Context, root string, away time.Duration) (err error) {
	const pace = time.Second / 20
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
	}
	return nil
}

// files measures on both databases and fails where a file costs too much memory.
func files(ctx context.Context, root string) (err error) {
	dir, remove, err := bench.Folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	program, err := bench.Program(ctx, root, dir)
	if err != nil {
		return err
	}
	const size = 200 << 20
	for _, database := range []bench.Database{bench.SQLite, bench.PostgreSQL} {
		say("%s: files of %d MiB", database, size>>20)
		done, err := bench.Transfer{
			Bridge: program, Synapse: filepath.Join(root, ".cache", "synapse"), Database: database, Size: size, Say: say,
		}.Measure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		fmt.Printf("%s: memory grew by %.1f MiB for %d MiB from Slack, and by %.1f MiB for as much to Slack\n",
			database, mib(done.FromSlack.Grown), size>>20, mib(done.ToSlack.Grown))
		if most := max(done.FromSlack.Grown, done.ToSlack.Grown); most > bench.MaxFileMemory {
			return fmt.Errorf("%s: a file cost %.1f MiB, which is more than %d", database, mib(most), bench.MaxFileMemory>>20)
		}
	}
	return nil
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// say tells what is going on; the results alone go to standard output.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

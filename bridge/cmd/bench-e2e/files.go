package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"ops-jrz1/bridge/internal/testbed/bench"
)

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

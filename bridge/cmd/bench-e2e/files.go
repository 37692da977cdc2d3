package main

import (
	"context"
	"fmt"
	"path/filepath"

	"ops-jrz1/bridge/internal/testbed/bench"
)

// files measures on both databases and fails where a file costs too much memory.
func files(ctx context.Context, root string) error {
	const size = 200 << 20
	return onBoth(ctx, root, func(program string, database bench.Database) error {
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
		return nil
	})
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

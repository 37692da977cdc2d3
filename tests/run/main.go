// Command run executes the project's test suites one after the other and counts
// what ran: the unit tests under the race detector, the scenarios on real
// processes, and on the emulator the official Slack SDKs and a browser. It fails
// when a test failed, when one was skipped, when none ran, and when one did not run that a
// row of docs/features.yaml relies on. It must not set anything up; the Makefile does that.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ops-jrz1/tests/features"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx)
	stop()
	os.Exit(code)
}

func run(ctx context.Context) int {
	verbose := flag.Bool("v", false, "print every test's output")
	pattern := flag.String("run", "", "run only the Go tests that match, as `pattern` of go test")
	tags := flag.String("tags", "goolm", "build `tags` of the Go tests")
	flag.Parse()

	suites, err := plan(ctx, *tags, *pattern, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "tests:", err)
		return 1
	}
	report := newReport(os.Stdout, *verbose)
	for _, suite := range suites {
		if err := suite.run(ctx, report); err != nil {
			report.broke(suite.name, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if *pattern == "" && flag.NArg() == 0 {
		prove(features.File, report)
	}
	return report.finish()
}

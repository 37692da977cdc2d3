package main

import (
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"time"
)

// report counts results and prints what a person needs: a line a package, and
// everything about a test that failed or was skipped.
type report struct {
	out     io.Writer
	verbose bool
	started time.Time

	passed, failed, skipped int
	// broken holds suites and packages that failed without a failed test.
	broken []string
	// seen are the Go tests that passed, parents too, as "package Test/sub-test".
	seen map[string]bool
}

func newReport(out io.Writer, verbose bool) *report {
	return &report{out: out, verbose: verbose, started: time.Now(), seen: map[string]bool{}}
}

// add takes over what another report has counted.
func (r *report) add(part *report) {
	r.passed += part.passed
	r.failed += part.failed
	r.skipped += part.skipped
	r.broken = append(r.broken, part.broken...)
	maps.Copy(r.seen, part.seen)
}

// lockedWriter takes one write at a time, so that the lines of two commands do not mix.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(text)
}

func (r *report) begin(suite string) { fmt.Fprintf(r.out, "== %s\n", suite) }

func (r *report) pass(n int) { r.passed += n }

func (r *report) fail(name, output string) {
	r.failed++
	fmt.Fprintf(r.out, "FAILED %s\n%s", name, output)
}

func (r *report) skip(name, output string) {
	r.skipped++
	fmt.Fprintf(r.out, "SKIPPED %s\n%s", name, output)
}

// broke notes something that ended badly although no single test is to blame: a
// build error, a panic outside tests, a tool that is missing.
func (r *report) broke(name string, err error) {
	r.broken = append(r.broken, name)
	fmt.Fprintf(r.out, "BROKEN %s: %v\n", name, err)
}

// finish prints the last lines and returns the exit code.
func (r *report) finish() int {
	if len(r.broken) > 0 {
		fmt.Fprintf(r.out, "broken: %s\n", strings.Join(r.broken, ", "))
	}
	if r.skipped > 0 {
		fmt.Fprintln(r.out, "a skipped test counts as a failure here")
	}
	if r.passed+r.failed+r.skipped == 0 {
		fmt.Fprintln(r.out, "no test ran")
	}
	fmt.Fprintf(r.out, "took %s\n", time.Since(r.started).Round(time.Second))
	fmt.Fprintf(r.out, "tests: %d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	if len(r.broken) > 0 || r.failed > 0 || r.skipped > 0 || r.passed == 0 {
		return 1
	}
	return 0
}

package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// readTAP counts the tests of Node's test runner with its TAP reporter: it ends
// with lines such as "# pass 12" and "# skipped 0" (Node's documentation, "Test
// runner", "Test reporters"). The lines of failed tests are printed whole.
func readTAP(from io.Reader, to *report) error {
	totals := map[string]int{}
	var lines strings.Builder
	scan := bufio.NewScanner(from)
	scan.Buffer(nil, 1<<24)
	for scan.Scan() {
		line := scan.Text()
		lines.WriteString(line + "\n")
		if to.verbose {
			fmt.Fprintln(to.out, line)
		}
		word, number, ok := strings.Cut(strings.TrimPrefix(line, "# "), " ")
		if n, err := strconv.Atoi(number); ok && err == nil && strings.HasPrefix(line, "# ") {
			totals[word] = n
		}
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("read the TAP output: %w", err)
	}
	if _, ended := totals["tests"]; !ended {
		return fmt.Errorf("the run did not end with its totals:\n%s", lines.String())
	}
	to.pass(totals["pass"])
	failed := totals["fail"] + totals["cancelled"]
	skipped := totals["skipped"] + totals["todo"]
	if failed+skipped > 0 {
		fmt.Fprint(to.out, lines.String())
	} else {
		fmt.Fprintf(to.out, "ok  %4d tests\n", totals["pass"])
	}
	to.failed += failed
	to.skipped += skipped
	return nil
}

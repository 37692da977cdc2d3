package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// suite is commands, run at the same time, whose output says which tests ran.
type suite struct {
	name     string
	dir      string
	commands [][]string
	read     func(io.Reader, *report) error
}

// scenarios is the package whose tests each start a bridge, with the race detector (see
// testbed.Main), a homeserver and the emulator. One scenario keeps about one core busy.
const scenarios = "/bridge/e2e"

// sequential lists the other packages whose tests start real servers. They run
// without the race detector and one package at a time, so that their deadlines
// do not measure how busy the machine is with something else.
var sequential = []string{"/bridge/internal/testbed", "/bridge/cmd/", "/tests/deploy"}

// plan lists the suites: everything, or with a pattern only the Go tests that
// match it in the named packages.
func plan(ctx context.Context, tags, pattern string, packages []string) ([]suite, error) {
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	goTest := []string{"go", "test", "-json", "-tags", tags}
	if pattern != "" {
		args := append(goTest, "-count", "1", "-timeout", "30m", "-run", pattern)
		return []suite{{name: "go", commands: [][]string{append(args, packages...)}, read: readGo}}, nil
	}
	parts, err := split(ctx, tags, packages)
	if err != nil {
		return nil, err
	}
	suites := []suite{}
	if len(parts.units) > 0 {
		args := append(slices.Clone(goTest), "-race", "-timeout", "10m")
		suites = append(suites, suite{name: "units, with -race", commands: [][]string{append(args, parts.units...)}, read: readGo})
	}
	if len(parts.servers) > 0 {
		args := append(slices.Clone(goTest), "-count", "1", "-p", "1", "-timeout", "30m")
		suites = append(suites, suite{name: "real processes", commands: [][]string{append(args, parts.servers...)}, read: readGo})
	}
	for _, pkg := range parts.scenarios {
		tests, err := list(ctx, tags, pkg)
		if err != nil {
			return nil, err
		}
		var commands [][]string
		for _, half := range halves(tests) {
			commands = append(commands, append(slices.Clone(goTest), "-count", "1", "-timeout", "60m", "-run", half, pkg))
		}
		suites = append(suites, suite{name: "scenarios, in two halves at once", commands: commands, read: readGo})
	}
	if _, err := os.Stat("tests/sdk/package.json"); err == nil {
		args := []string{"npm", "test", "--silent", "--", "--test-reporter=tap"}
		suites = append(suites, suite{name: "Slack SDKs and the page", dir: "tests/sdk", commands: [][]string{args}, read: readTAP})
	}
	return suites, nil
}

// parts are packages by how their tests run.
type parts struct{ units, servers, scenarios []string }

// split resolves package patterns and parts those that start servers from the rest.
func split(ctx context.Context, tags string, patterns []string) (p parts, err error) {
	out, err := output(ctx, append([]string{"go", "list", "-tags", tags}, patterns...))
	if err != nil {
		return p, fmt.Errorf("list the packages: %w", err)
	}
	for pkg := range strings.FieldsSeq(out) {
		switch {
		case strings.HasSuffix(pkg, scenarios):
			p.scenarios = append(p.scenarios, pkg)
		case slices.ContainsFunc(sequential, func(part string) bool { return strings.Contains(pkg+"/", part) }):
			p.servers = append(p.servers, pkg)
		default:
			p.units = append(p.units, pkg)
		}
	}
	return p, nil
}

// list returns the names of a package's tests.
func list(ctx context.Context, tags, pkg string) (tests []string, err error) {
	out, err := output(ctx, []string{"go", "test", "-tags", tags, "-list", ".", pkg})
	if err != nil {
		return nil, fmt.Errorf("list the tests of %s: %w\n%s", pkg, err, out)
	}
	for line := range strings.Lines(out) {
		if name := strings.TrimSpace(line); strings.HasPrefix(name, "Test") {
			tests = append(tests, name)
		}
	}
	return tests, nil
}

// halves deals tests out in turn, so that both halves have some of every file, and returns
// the patterns that run them.
func halves(tests []string) (patterns []string) {
	var dealt [2][]string
	for i, test := range tests {
		dealt[i%2] = append(dealt[i%2], test)
	}
	for _, half := range dealt {
		if len(half) > 0 {
			patterns = append(patterns, "^("+strings.Join(half, "|")+")$")
		}
	}
	return patterns
}

func output(ctx context.Context, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(out), err
}

// run runs the suite's commands at the same time and waits for all.
func (s suite) run(ctx context.Context, to *report) error {
	to.begin(s.name)
	errs, found := make([]error, len(s.commands)), make([]*report, len(s.commands))
	out := &lockedWriter{to: to.out}
	var all sync.WaitGroup
	for i, args := range s.commands {
		found[i] = newReport(out, to.verbose)
		all.Go(func() { errs[i] = s.runOne(ctx, args, found[i]) })
	}
	all.Wait()
	for _, one := range found {
		to.add(one)
	}
	return errors.Join(errs...)
}

// runOne starts a command, feeds its output to the report and waits. Its exit status
// matters only where the report saw no failure that explains it.
func (s suite) runOne(ctx context.Context, args []string, to *report) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = s.dir
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := s.read(bufio.NewReader(out), to); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil && to.failed == 0 {
		return fmt.Errorf("%s: %w", strings.Join(args[:2], " "), err)
	}
	return nil
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// suite is one command whose output says which tests ran.
type suite struct {
	name string
	dir  string
	args []string
	read func(io.Reader, *report) error
}

// sequential lists the packages whose tests start real servers. They run
// without the race detector and one package at a time, so that their deadlines
// do not measure how busy the machine is with something else. The bridge that
// bridge/e2e starts has the race detector (see testbed.Main).
var sequential = []string{"/bridge/e2e", "/bridge/internal/testbed", "/bridge/cmd/", "/tests/deploy"}

// plan lists the suites: everything, or with a pattern only the Go tests that
// match it in the named packages.
func plan(ctx context.Context, tags, pattern string, packages []string) ([]suite, error) {
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	goTest := []string{"go", "test", "-json", "-tags", tags}
	if pattern != "" {
		args := append(goTest, "-count", "1", "-timeout", "30m", "-run", pattern)
		return []suite{{name: "go", args: append(args, packages...), read: readGo}}, nil
	}
	units, servers, err := split(ctx, tags, packages)
	if err != nil {
		return nil, err
	}
	suites := []suite{}
	if len(units) > 0 {
		args := append(slices.Clone(goTest), "-race", "-timeout", "10m")
		suites = append(suites, suite{name: "units, with -race", args: append(args, units...), read: readGo})
	}
	if len(servers) > 0 {
		args := append(slices.Clone(goTest), "-count", "1", "-p", "1", "-timeout", "75m")
		suites = append(suites, suite{name: "real processes", args: append(args, servers...), read: readGo})
	}
	if _, err := os.Stat("tests/sdk/package.json"); err == nil {
		args := []string{"npm", "test", "--silent", "--", "--test-reporter=tap"}
		suites = append(suites, suite{name: "Slack SDKs and the page", dir: "tests/sdk", args: args, read: readTAP})
	}
	return suites, nil
}

// split resolves package patterns and parts those that start servers from the rest.
func split(ctx context.Context, tags string, patterns []string) (units, servers []string, err error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-tags", tags}, patterns...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("list the packages: %w", err)
	}
	for pkg := range strings.FieldsSeq(string(out)) {
		if slices.ContainsFunc(sequential, func(part string) bool { return strings.Contains(pkg+"/", part) }) {
			servers = append(servers, pkg)
		} else {
			units = append(units, pkg)
		}
	}
	return units, servers, nil
}

// run starts the suite's command, feeds its output to the report and waits. Its
// exit status matters only where the report saw no failure that explains it.
func (s suite) run(ctx context.Context, to *report) error {
	to.begin(s.name)
	cmd := exec.CommandContext(ctx, s.args[0], s.args[1:]...)
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
	failedBefore := to.failed
	if err := s.read(bufio.NewReader(out), to); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil && to.failed == failedBefore {
		return fmt.Errorf("%s: %w", strings.Join(s.args[:2], " "), err)
	}
	return nil
}

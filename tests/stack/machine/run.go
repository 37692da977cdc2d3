package machine

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Path is where a file of the machine lies for this process. Links in the middle
// that are absolute lead out of the machine: name files by their real paths.
func (m *Machine) Path(path string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", m.PID()), path)
}

// Enter is the command line that runs a command on the machine, for a person too.
func (m *Machine) Enter(args ...string) []string {
	return append([]string{"nsenter", "--target", strconv.Itoa(m.PID()), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--wd=/", "--"}, args...)
}

// Run runs a command on the machine as root and returns what it printed; what it
// said on standard error is in the error.
func (m *Machine) Run(ctx context.Context, args ...string) (string, error) {
	line := m.Enter(args...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// Booted waits until systemd has started everything that it is to start. The state
// may be degraded: what failed is for the tests to say.
func (m *Machine) Booted(ctx context.Context) error {
	for {
		state, err := m.Run(ctx, "systemctl", "is-system-running")
		switch strings.TrimSpace(state) {
		case "running", "degraded":
			return nil
		}
		select {
		case <-m.Ended():
			return fmt.Errorf("the machine ended while it started: %w\n%s", m.first.Err(), m.Console())
		case <-ctx.Done():
			return fmt.Errorf("the machine does not come up: %s (%w)\n%s", strings.TrimSpace(state), err, m.Console())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

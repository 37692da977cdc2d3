//go:build stack

package stack_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/await"
	"ops-jrz1/tests/stack/host"
)

const (
	bridge       = "slack-bridge.service"
	registration = "slack-bridge-registration.service"
	homeserver   = "continuwuity.service"
	installer    = "sops-install-secrets.service"
	web          = "nginx.service"
)

// watched are the units whose journals explain a failure.
var watched = [...]string{installer, passwords, registration, homeserver, settling, bridge, copying, offsite, web, "postgresql.service", "postgresql-setup.service", alerting, "prometheus.service", "alertmanager.service"}

// noKernel fails in a machine without a kernel of its own.
const noKernel = "systemd-modules-load.service"

func testFirstStart(t *testing.T, s *site) {
	t.Run("no unit has failed", func(t *testing.T) {
		var failed []string
		for line := range strings.Lines(s.run(t, "systemctl", "list-units", "--failed", "--plain", "--no-legend")) {
			if unit := strings.Fields(line)[0]; unit != noKernel {
				failed = append(failed, unit)
			}
		}
		require.Empty(t, failed)
	})
	for unit, state := range map[string]string{
		installer: "exited", passwords: "exited", registration: "exited", settling: "exited", homeserver: "running", bridge: "running",
		"postgresql.target": "active", web: "running",
	} {
		t.Run(unit+" is "+state, func(t *testing.T) {
			require.Equal(t, state, s.show(t, unit, "SubState")["SubState"])
		})
	}
	t.Run("every unit of the host is there", func(t *testing.T) {
		for unit := range s.host.Units {
			if strings.HasPrefix(unit, "acme-order-renew-") {
				// It has ended, and has not failed.
				require.Equal(t, map[string]string{"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "10"},
					s.show(t, unit, "ActiveState", "Result", "ExecMainStatus"), unit)
				continue
			}
			require.Equal(t, "active", s.show(t, unit, "ActiveState")["ActiveState"], unit)
		}
	})
	t.Run("the order is that of the design", func(t *testing.T) {
		s.requireOrder(t)
	})
	t.Run("the bridge says which tokens it waits for and how to bring them", func(t *testing.T) {
		s.awaitJournal(t, bridge, "A declared login waits", "slack-bot-token", "slack-app-token", "sops secrets/secrets.yaml")
	})
}

// requireOrder wants each unit to have been started when the one before it was up.
func (s *site) requireOrder(t *testing.T) {
	t.Helper()
	order := []string{installer, registration, homeserver, bridge}
	for i, unit := range order[1:] {
		before := s.monotonic(t, order[i], "ActiveEnterTimestampMonotonic")
		require.Positive(t, before, order[i])
		require.LessOrEqual(t, before, s.monotonic(t, unit, "InactiveExitTimestampMonotonic"), "%s was started before %s was up", unit, order[i])
	}
}

func (s *site) monotonic(t *testing.T, unit, property string) int64 {
	t.Helper()
	value, err := strconv.ParseInt(s.show(t, unit, property)[property], 10, 64)
	require.NoError(t, err)
	return value
}

// run runs a command on the machine.
func (s *site) run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := s.machine.Run(ctx, args...)
	require.NoError(t, err)
	return out
}

// show returns properties of a unit as systemd has them in force.
func (s *site) show(t *testing.T, unit string, properties ...string) map[string]string {
	t.Helper()
	shown := map[string]string{}
	for line := range strings.Lines(s.run(t, "systemctl", "show", unit, "--property="+strings.Join(properties, ","))) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		shown[key] = value
	}
	return shown
}

// mainPID is the process of a unit that runs.
func (s *site) mainPID(t *testing.T, unit string) string {
	t.Helper()
	pid := s.show(t, unit, "MainPID")["MainPID"]
	require.NotEqual(t, "0", pid, "%s does not run", unit)
	return pid
}

// journal is what a unit has said since a moment.
func (s *site) journal(t *testing.T, unit string, since time.Time) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	out, err := s.machine.Run(ctx, "journalctl", "--no-pager", "--output=short-precise", "--unit="+unit, fmt.Sprintf("--since=@%d", since.Unix()))
	if err != nil {
		return err.Error()
	}
	return out
}

// lastLines are the last that the machine as a whole has said.
func (s *site) lastLines(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	out, err := s.machine.Run(ctx, "journalctl", "--no-pager", "--output=short-precise", "--lines=50")
	if err != nil {
		return fmt.Sprintf("the machine has no journal: %v", err)
	}
	return "the last lines of the machine's journal:\n" + out
}

// awaitJournal waits for a line of a unit's that has all of these parts.
func (s *site) awaitJournal(t *testing.T, unit string, parts ...string) {
	t.Helper()
	s.await(t, fmt.Sprintf("%s to say %q", unit, parts), func(ctx context.Context) (bool, error) {
		out, err := s.machine.Run(ctx, "journalctl", "--no-pager", "--output=cat", "--unit="+unit)
		for line := range strings.Lines(out) {
			if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) }) {
				return true, nil
			}
		}
		return false, err
	})
}

// await waits until a question is answered with yes.
func (s *site) await(t *testing.T, what string, ask func(context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, await.Until(ctx, what, ask))
}

// awaitState waits until a unit is in a state and no job waits for it.
func (s *site) awaitState(t *testing.T, unit, state string) {
	t.Helper()
	s.await(t, unit+" to be "+state, func(ctx context.Context) (bool, error) {
		out, err := s.machine.Run(ctx, "systemctl", "show", unit, "--property=ActiveState,Job")
		fields := strings.Fields(out)
		return slices.Contains(fields, "ActiveState="+state) && slices.Contains(fields, "Job="), err
	})
}

// ours calls run for each unit of ours.
func ours(t *testing.T, run func(t *testing.T, unit string)) {
	t.Helper()
	for _, unit := range host.Ours() {
		t.Run(unit, func(t *testing.T) { run(t, unit) })
	}
}

//go:build stack

package stack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const state = "/var/lib/slack-bridge"

// snapshot is every file of the bridge's state: owner, mode and content. The order of a
// folder says nothing.
func (s *site) snapshot(t *testing.T) string {
	t.Helper()
	lines := strings.Split(s.run(t, "find", state, "-printf", "%p %M %U:%G %y %l\n", "-type", "f", "-exec", "sha256sum", "{}", ";"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// testStages runs both stages of both units again and again: nothing changes.
func testStages(t *testing.T, s *site) {
	before := s.snapshot(t)
	require.Contains(t, before, state+"/config.yaml")
	require.Contains(t, before, state+"/registration.yaml")
	again := func(t *testing.T) {
		t.Helper()
		entered := s.monotonic(t, registration, "ActiveEnterTimestampMonotonic")
		pid := s.mainPID(t, bridge)
		s.run(t, "systemctl", "restart", registration, bridge)
		require.Greater(t, s.monotonic(t, registration, "ActiveEnterTimestampMonotonic"), entered)
		require.NotEqual(t, pid, s.mainPID(t, bridge))
	}
	for _, turn := range []string{"a second time", "a third time"} {
		t.Run(turn, func(t *testing.T) {
			again(t)
			require.Equal(t, before, s.snapshot(t))
		})
	}
	t.Run("after what can be rendered was lost", func(t *testing.T) {
		s.run(t, "rm", state+"/config.yaml", state+"/registration.yaml", state+"/slack-bridge-registration.toml")
		again(t)
		require.Equal(t, before, s.snapshot(t))
	})
	t.Run("after root has touched it", func(t *testing.T) {
		s.run(t, "chown", "root:root", state, state+"/config.yaml", state+"/secrets/appservice.as_token")
		s.run(t, "chmod", "0755", state)
		again(t)
		require.Equal(t, before, s.snapshot(t))
	})
	t.Run("the stages leave nothing in the runtime folders", func(t *testing.T) {
		require.Equal(t, "/run/slack-bridge\n", s.run(t, "find", "/run/slack-bridge", "-not", "-name", "control.sock"))
		_, err := s.machine.Run(t.Context(), "test", "-e", "/run/slack-bridge-registration/config.yaml")
		require.Error(t, err, "the tokens lie in the runtime folder")
	})
}

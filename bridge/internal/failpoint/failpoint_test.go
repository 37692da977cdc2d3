package failpoint_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/failpoint"
)

// TestHit runs a program that reaches send-row five times, built with the tag and
// without.
func TestHit(t *testing.T) {
	with, without := build(t, "failpoint"), build(t, "")
	for _, tc := range []struct {
		name    string
		program string
		value   string
		killed  bool
		reached int
	}{
		{"the first hit", with, "send-row:1", true, 1},
		{"the third hit", with, "send-row:3", true, 3},
		{"more hits than there are", with, "send-row:6", false, 5},
		{"another failpoint", with, "page-put:1", false, 5},
		{"nothing is armed", with, "", false, 5},
		{"without the tag", without, "send-row:1", false, 5},
		{"without the tag nothing is read", without, "nonsense", false, 5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, err := run(tc.program, failpoint.EnvKill+"="+tc.value)
			require.Equal(t, tc.killed, killed(err), "%s: %v", out, err)
			require.Equal(t, tc.reached, strings.Count(out, "before"))
			if tc.killed {
				require.Contains(t, out, "failpoint send-row: hit")
			}
		})
	}
}

// TestUnknownFailpoint refuses to run for nothing when a name or a number is wrong.
func TestUnknownFailpoint(t *testing.T) {
	program := build(t, "failpoint")
	for value, says := range map[string]string{
		"send-roe:1": `"send-roe" is no failpoint`,
		"send-row":   `names no hit; write send-row:1`,
		"send-row:0": `names no hit`,
		"send-row:x": `names no hit`,
	} {
		t.Run(value, func(t *testing.T) {
			out, err := run(program, failpoint.EnvKill+"="+value)
			require.Contains(t, out, says)
			require.Equal(t, 64, exitCode(err))
		})
	}
}

func TestClockJumps(t *testing.T) {
	file := filepath.Join(t.TempDir(), "jump")
	program := build(t, "failpoint")
	env := failpoint.EnvClock + "=" + file
	out, err := run(program, env)
	require.NoError(t, err, out)
	require.Contains(t, out, "jumped 0s")

	require.NoError(t, os.WriteFile(file, []byte("-3h\n"), 0o600))
	out, err = run(program, env)
	require.NoError(t, err, out)
	require.Contains(t, out, "jumped -3h0m0s")

	out, err = run(build(t, ""), env)
	require.NoError(t, err, out)
	require.Contains(t, out, "jumped 0s")

	require.NoError(t, os.WriteFile(file, []byte("soon"), 0o600))
	out, err = run(program, env)
	require.Contains(t, out, "does not hold a duration")
	require.Equal(t, 64, exitCode(err))
}

func build(t *testing.T, tag string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "hit")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", tag, "-o", program, "./testdata/hit").CombinedOutput()
	require.NoError(t, err, string(out))
	return program
}

func run(program string, env ...string) (string, error) {
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signal() == syscall.SIGKILL
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0
	}
	return exit.ExitCode()
}

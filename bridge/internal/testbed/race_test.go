package testbed

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/stack"
)

// TestDataRace finds what the race detector of this Go writes, between lines of a log.
func TestDataRace(t *testing.T) {
	root, err := stack.Root(t.Context())
	require.NoError(t, err)
	run := exec.CommandContext(t.Context(), "go", "run", "-race", "./bridge/internal/testbed/testdata/race")
	run.Dir = root
	out, err := run.CombinedOutput()
	require.Error(t, err, "a race changes the exit code")
	require.Contains(t, dataRace("{\"msg\":\"before\"}\n"+string(out)), filepath.Join("testdata", "race", "main.go"))
	require.NotContains(t, dataRace(string(out)), "after the race")

	require.Empty(t, dataRace("{\"msg\":\"no race\"}\n"))
}

// TestRaceExceptions allows exceptions for other modules only, each by its function.
func TestRaceExceptions(t *testing.T) {
	text, err := os.ReadFile("race-exceptions.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			require.Regexp(t, `^race_top:[a-z]+(\.[a-z]+)+/\S+\.\S+$`, line)
		}
	}
}

package testbed

import (
	"os/exec"
	"path/filepath"
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

package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// longestStop is how long the bridge takes at most to end after SIGTERM.
const longestStop = 10 * time.Second

// TestStopFitsItsUnit requires that systemd waits at least ten seconds more than the
// longest stop before it kills the bridge, and that docs/reliability.md names both times.
func TestStopFitsItsUnit(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join("..", "..", "modules", "slack-bridge", "units", "bridge.nix"))
	require.NoError(t, err)
	found := regexp.MustCompile(`TimeoutStopSec = (\d+);`).FindSubmatch(unit)
	require.NotNil(t, found)
	seconds, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	require.LessOrEqual(t, longestStop+10*time.Second, time.Duration(seconds)*time.Second)
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "reliability.md"))
	require.NoError(t, err)
	require.Contains(t, string(docs), fmt.Sprintf("within %.0f s of SIGTERM", longestStop.Seconds()))
	require.Contains(t, string(docs), fmt.Sprintf("`TimeoutStopSec` of the unit is %d.", seconds))
}

package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/stack"
	"ops-jrz1/bridge/internal/torture"
)

// TestTorture is a minute of `make torture`, which docs/testing.md describes.
func TestTorture(t *testing.T) {
	root, err := stack.Root(t.Context())
	require.NoError(t, err)
	var log, text strings.Builder
	report, err := torture.Run(t.Context(), torture.Options{
		Root: root, Dir: t.TempDir(), Seed: 1, Limit: time.Minute, Weather: torture.Storm, Continuwuity: true,
		Kills: 8, HomeserverKills: 2, Items: 150, Rate: 4, Quiet: 10 * time.Second, TimeScale: 0.05, Log: &log,
	})
	require.NoError(t, err, log.String())
	require.NoError(t, report.Write(&text))
	require.True(t, report.OK(), "%s\n%s\nmake torture SEED=1 MINUTES=1 MANNERS=continuwuity", text.String(), log.String())
	t.Log(text.String())
}

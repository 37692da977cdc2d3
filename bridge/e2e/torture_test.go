package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/testbed/stack"
	"ops-jrz1/bridge/internal/torture"
)

// TestTorture is a minute of `make torture`, which docs/testing.md describes.
func TestTorture(t *testing.T) {
	root, err := stack.Root(t.Context())
	require.NoError(t, err)
	dir, err := os.MkdirTemp("", "torture-")
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the files of this run: ", dir)
			return
		}
		require.NoError(t, os.RemoveAll(dir))
	})
	var log, text strings.Builder
	report, err := torture.Run(t.Context(), torture.Options{
		Root: root, Dir: dir, Seed: 1, Limit: time.Minute, Weather: torture.Storm, Continuwuity: true,
		Kills: 8, HomeserverKills: 2, Items: 150, Rate: 4, Quiet: 20 * time.Second, TimeScale: 0.05, Log: &log,
	})
	require.NoError(t, err, log.String())
	require.NoError(t, report.Write(&text))
	require.True(t, report.OK(), "%s\n%s\nmake torture SEED=1 MINUTES=1 MANNERS=continuwuity", text.String(), log.String())
	t.Log(text.String())
	checkLogs(t, dir)
}

// checkLogs searches the logs of every process for tokens, the bridge's own included:
// continuwuity shows the hs_token in a URL.
func checkLogs(t *testing.T, dir string) {
	t.Helper()
	registration, err := os.ReadFile(filepath.Join(dir, "bridge", "registration.yaml"))
	require.NoError(t, err)
	var tokens struct {
		AS string `yaml:"as_token"`
		HS string `yaml:"hs_token"`
	}
	require.NoError(t, yaml.Unmarshal(registration, &tokens))
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	require.NoError(t, err)
	require.Len(t, logs, 3)
	for _, path := range logs {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		secrettest.Check(t, path, string(text), tokens.AS, tokens.HS)
	}
}

package testbed

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLogsOfAScenario: logs for people are searched, in any folder. The journal of a
// RocksDB has the same ending and is not searched: it holds what the homeserver stores,
// tokens included.
func TestLogsOfAScenario(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"homeserver.log", "bridge/torture.log", "000001.log",
		"homeserver/db/CURRENT", "homeserver/db/000012.log", "homeserver/db/notes.log",
		"homeserver/other/000013.log", "homeserver/db/000011.sst",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	logs, err := logsBelow(dir)
	require.NoError(t, err)
	for i, path := range logs {
		logs[i], err = filepath.Rel(dir, path)
		require.NoError(t, err)
	}
	require.ElementsMatch(t, []string{
		"homeserver.log", "bridge/torture.log", "000001.log",
		"homeserver/db/notes.log", "homeserver/other/000013.log",
	}, logs)
}

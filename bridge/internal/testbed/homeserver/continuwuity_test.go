package homeserver_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/homeserver"
)

// TestContinuwuityLogsNoToken: continuwuity here has the log filter that it has on a host.
func TestContinuwuityLogsNoToken(t *testing.T) {
	module, err := os.ReadFile("../../../../modules/slack-bridge/continuwuity-log.nix")
	require.NoError(t, err)
	silent := []string{"info"}
	for _, found := range regexp.MustCompile(`"([a-z_:]+=off)"`).FindAllStringSubmatch(string(module), -1) {
		silent = append(silent, found[1])
	}
	require.Greater(t, len(silent), 1)

	dir := t.TempDir()
	_, err = homeserver.Continuwuity(homeserver.Config{Dir: dir, ServerName: "bed.test", Port: 1}, "continuwuity")
	require.NoError(t, err)
	settings, err := os.ReadFile(filepath.Join(dir, "continuwuity.toml"))
	require.NoError(t, err)
	require.Contains(t, string(settings), `log = "`+strings.Join(silent, ",")+`"`)
}

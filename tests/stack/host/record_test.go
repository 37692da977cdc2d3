package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/host"
)

const golden = "../../nix/golden/host.json"

func TestReadTheHost(t *testing.T) {
	for _, path := range []string{golden, "../../nix/golden/host-renamed.json"} {
		r, err := host.Read(path)
		require.NoError(t, err)
		for _, unit := range host.Ours() {
			require.Contains(t, r.Systemd.Services, strings.TrimSuffix(unit, ".service"))
		}
	}
}

// TestReadRefusesWhatIsNew adds something to each part of the record.
func TestReadRefusesWhatIsNew(t *testing.T) {
	text, err := os.ReadFile(golden)
	require.NoError(t, err)
	for name, at := range map[string]string{
		"the host":     "{\n",
		"a service":    `"services": {` + "\n",
		"a unit":       `"slack-bridge-registration": {` + "\n",
		"nginx":        `"nginx": {` + "\n",
		"a location":   `"/_matrix/": {` + "\n",
		"postgresql":   `"postgresql": {` + "\n",
		"users":        `"users": {` + "\n",
		"the secrets'": `"sops": {` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, string(text), at)
			path := filepath.Join(t.TempDir(), "host.json")
			changed := strings.Replace(string(text), at, at+`"somethingNew": true,`, 1)
			require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
			_, err := host.Read(path)
			require.ErrorContains(t, err, "somethingNew")
		})
	}
}

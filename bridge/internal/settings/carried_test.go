package settings_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

// TestEveryKeyPeopleBringIsKnownOrAdvised tries the keys that a configuration of
// mautrix-slack on mautrix-go v0.30.0 can have, one at a time: a person who brings one that
// this bridge does not have is told what to do about it.
func TestEveryKeyPeopleBringIsKnownOrAdvised(t *testing.T) {
	data, err := os.ReadFile("testdata/framework-keys.txt")
	require.NoError(t, err)
	known, advised := 0, 0
	for path := range strings.Lines(string(data)) {
		path = strings.TrimSpace(path)
		config := complete
		if section, rest, below := strings.Cut(path, "."); below {
			config = section + ": {" + strings.ReplaceAll(rest, ".", ": {") + ": null" + strings.Repeat("}", 1+strings.Count(rest, "."))
		} else {
			config = path + ": null"
		}
		_, problems := settings.Parse("config.yaml", []byte(config))
		require.NotContains(t, problems.Error(), "unknown key", path)
		require.NotContains(t, problems.Error(), "not valid", path)
		if strings.Contains(problems.Error(), ": is no key of this bridge; ") {
			advised++
		} else {
			known++
		}
	}
	require.Greater(t, known, 60)
	require.Greater(t, advised, 60)
}

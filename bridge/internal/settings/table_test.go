package settings_test

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

// TestEveryKeyIsDecoded: a key of the table that no field takes would be a setting
// without effect.
func TestEveryKeyIsDecoded(t *testing.T) {
	forgotten, err := settings.ForgottenKeys(func(a, b *settings.Config) bool { return reflect.DeepEqual(a, b) })
	require.NoError(t, err)
	require.Empty(t, forgotten)
}

// TestSecretsOfTheModule: the NixOS module has a file option for each secret of the
// table, and knows which of them the bridge makes itself.
func TestSecretsOfTheModule(t *testing.T) {
	data, err := os.ReadFile("../../../modules/slack-bridge/secret-keys.json")
	require.NoError(t, err)
	var rows []struct {
		Key       string
		Generated bool
	}
	require.NoError(t, json.Unmarshal(data, &rows))
	module := map[string]bool{}
	for _, row := range rows {
		module[row.Key] = row.Generated
	}
	table := settings.SecretKeys()
	require.Contains(t, table, "double_puppet.secrets")
	delete(table, "double_puppet.secrets") // the option doublePuppet.secretFiles has a file for each server
	require.Equal(t, table, module)
}

package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

func TestProxiesOfTheEnvironment(t *testing.T) {
	for address, good := range map[string]bool{
		"": true, "127.0.0.1:3128": true, "http://127.0.0.1:3128": true, "http://ann:Xy7%2FSecretPart@127.0.0.1:3128/": true, "socks5://127.0.0.1": true,
		"http://ann:Xy7SecretPart/rest@127.0.0.1:3128": false, "ann:Xy7SecretPart#rest@127.0.0.1:3128": false, "http://ann:Xy7%Secret@127.0.0.1": false, "127.0.0.1:Xy7SecretPart": false,
	} {
		problems := settings.ProxyProblems(func(name string) (string, bool) { return address, name == "HTTPS_PROXY" })
		require.Equal(t, good, problems == nil, address)
		require.NotContains(t, problems.Error(), "Xy7")
		require.NotContains(t, problems.Error(), "rest")
		if !good {
			require.Contains(t, problems.Error(), "environment: HTTPS_PROXY: ")
		}
	}
}

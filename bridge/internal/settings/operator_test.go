package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

func TestOperatorSocket(t *testing.T) {
	for name, tc := range map[string]struct {
		set, runtime, want string
	}{
		"next to the configuration":        {"", "", "/etc/bridge/control.sock"},
		"in the runtime directory":         {"", "/run/slack-bridge", "/run/slack-bridge/control.sock"},
		"in the first of several":          {"", "/run/one:/run/two", "/run/one/control.sock"},
		"as it is set":                     {"/run/here.sock", "/run/slack-bridge", "/run/here.sock"},
		"as it is set, from its own place": {"run/here.sock", "", "/etc/bridge/run/here.sock"},
	} {
		t.Run(name, func(t *testing.T) {
			config := settings.Config{Path: "/etc/bridge/config.yaml", Operator: settings.Operator{Socket: tc.set}}
			require.Equal(t, tc.want, config.OperatorSocket(func(string) (string, bool) { return tc.runtime, tc.runtime != "" }))
		})
	}
}

func TestOperatorSocketIsNoFolder(t *testing.T) {
	_, problems := settings.Parse("config.yaml", []byte(complete+"\noperator: {socket: /run/slack-bridge/}\n"))
	require.Len(t, problems, 1)
	require.Contains(t, problems.Error(), "operator.socket: is no path of a file; write the path of the socket, not of its folder, or nothing")
}

//go:build stack

package stack_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testSettings: the program itself looks at the settings of the evaluated host, as it
// does when a host is built, and at what became of them on the machine.
func testSettings(t *testing.T, s *site) {
	t.Run("as the host is built", func(t *testing.T) { s.testBuildCheck(t) })
	t.Run("as they were rendered", func(t *testing.T) { s.testRendered(t) })
}

// misspelt is a key that the program does not know.
const misspelt = "conversation_cuont"

// testBuildCheck runs the script that checks settings when a host is built.
func (s *site) testBuildCheck(t *testing.T) {
	check := func(t *testing.T, settings map[string]any) (string, error) {
		t.Helper()
		text, err := json.Marshal(settings)
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "settings.json")
		require.NoError(t, os.WriteFile(file, text, 0o600))
		args := append([]string{
			filepath.Join(s.root, "modules/slack-bridge/scripts/check-settings.sh"), s.folder + "/bin/slack-bridge", file,
		}, s.secretKeys(t)...)
		out, err := exec.CommandContext(t.Context(), "bash", args...).CombinedOutput()
		return string(out), err
	}
	evaluated := func(t *testing.T) map[string]any {
		t.Helper()
		return s.make(t, record).Record.Services.SlackBridge.Settings
	}
	t.Run("those of the host are accepted", func(t *testing.T) {
		out, err := check(t, evaluated(t))
		require.NoError(t, err, out)
	})
	t.Run("a misspelt key is named", func(t *testing.T) {
		wrong := evaluated(t)
		wrong["network"].(map[string]any)[misspelt] = 1
		out, err := check(t, wrong)
		require.Error(t, err)
		require.Contains(t, out, "network."+misspelt)
	})
}

// secretKeys are the keys that the bridge's unit brings from files.
func (s *site) secretKeys(t *testing.T) []string {
	t.Helper()
	var keys []string
	for _, stage := range s.host.Record.Systemd.Services["slack-bridge"].ServiceConfig["ExecStartPre"].([]any) {
		for word := range strings.FieldsSeq(stage.(string)) {
			if key, _, ok := strings.Cut(word, "="); ok {
				keys = append(keys, key)
			}
		}
	}
	require.Contains(t, keys, "appservice.as_token")
	return keys
}

// testRendered asks the machine's program, as the bridge's user, about the files that
// the stages have written.
func (s *site) testRendered(t *testing.T) {
	check := func(t *testing.T, config string) (int, string) {
		t.Helper()
		out, err := s.machine.Run(t.Context(), "runuser", "-u", "slack_bridge", "--",
			"/nix/store/slack-bridge/bin/slack-bridge", "config", "check", "-c", config, "-r", state+"/registration.yaml")
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			return ended.ExitCode(), err.Error()
		}
		require.NoError(t, err)
		return 0, out
	}
	t.Run("the program accepts them", func(t *testing.T) {
		code, said := check(t, state+"/config.yaml")
		require.Zero(t, code, said)
	})
	const copied = "/run/settings-test"
	for name, tc := range map[string]struct{ edit, named string }{
		"a misspelt key is refused":                     {`s/^\( *\)conversation_count:/\1` + misspelt + `:/`, "network." + misspelt},
		"and a token that the registration has not":     {`s/^\( *as_token: \).*/\1` + strings.Repeat("0123456789abcdef", 4) + `/`, "as_token"},
		"and a homeserver at a name instead of address": {`s#^\( *address: \)http://127.0.0.1:8008#\1localhost:8008#`, "homeserver.address"},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, "install", "-d", "-m", "0700", "-o", "slack_bridge", copied)
			defer s.run(t, "rm", "-r", copied)
			s.run(t, "runuser", "-u", "slack_bridge", "--", "sh", "-euc",
				fmt.Sprintf("umask 077; sed '%s' %s/config.yaml >%s/config.yaml; ! cmp -s %[2]s/config.yaml %[3]s/config.yaml", tc.edit, state, copied))
			code, said := check(t, copied+"/config.yaml")
			require.Contains(t, []int{65, 78}, code, said)
			require.Contains(t, said, tc.named)
		})
	}
}

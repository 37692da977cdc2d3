package registration_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/registration"
)

// admin are commands that create the administrator.
var admin = []string{"users create-user admin"}

func TestContinuwuity(t *testing.T) {
	config := load(t)
	toml, err := registration.Continuwuity(config, admin)
	require.NoError(t, err)

	golden := filepath.Join("testdata", "continuwuity.golden")
	if *update {
		require.NoError(t, os.WriteFile(golden, toml, 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(toml))

	commands := commandsOf(t, string(toml))
	require.Len(t, commands, 2)
	require.Equal(t, "users create-user admin", commands[0], "the administrator comes first")
	yaml, err := registration.Render(config)
	require.NoError(t, err)
	require.Equal(t, "appservices register\n```\n"+string(yaml)+"```", commands[1])
	for _, line := range strings.Split(commands[1], "\n") {
		require.NotEmpty(t, strings.TrimSpace(line), "continuwuity drops empty lines")
	}
}

// commandsOf reads the array of the file; a TOML array of basic strings is JSON but
// for the comma after the last one.
func commandsOf(t *testing.T, toml string) (commands []string) {
	t.Helper()
	_, array, found := strings.Cut(toml, "[global]\nadmin_execute = ")
	require.True(t, found)
	require.NoError(t, json.Unmarshal([]byte(strings.Replace(array, ",\n]", "\n]", 1)), &commands))
	return commands
}

func TestContinuwuityRefusesAnAdminThatIsNone(t *testing.T) {
	for name, admin := range map[string]string{
		"empty":             "",
		"a whole id":        "@admin:engines.test",
		"a second argument": "admin password",
		"a second line":     "admin\nserver shutdown",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := registration.CreateAdmin(admin)
			require.ErrorContains(t, err, "no localpart")
		})
	}
}

func TestContinuwuityRunsCommandsBeforeTheRegistration(t *testing.T) {
	first := []string{"users create-user ada 0123abcd", "users make-user-admin ada"}
	toml, err := registration.Continuwuity(load(t), first)
	require.NoError(t, err)
	commands := commandsOf(t, string(toml))
	require.Len(t, commands, 3)
	require.Equal(t, first, commands[:2])
	require.Contains(t, commands[2], "appservices register")

	for name, first := range map[string][]string{
		"none":          nil,
		"an empty line": {"users create-user ada", " "},
		"two lines":     {"users create-user ada\nserver shutdown"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := registration.Continuwuity(load(t), first)
			require.Error(t, err)
		})
	}
}

func TestContinuwuityRefusesAFenceInTheRegistration(t *testing.T) {
	_, err := registration.Continuwuity(load(t, "0123456789abcdef-as", "0123456789ab```def-as"), admin)
	require.ErrorContains(t, err, "would end it")
}

func TestWriteContinuwuity(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registration.toml")
	changed, err := registration.WriteContinuwuity(path, load(t), admin)
	require.NoError(t, err)
	require.True(t, changed)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(registration.Mode), info.Mode())

	changed, err = registration.WriteContinuwuity(path, load(t), admin)
	require.NoError(t, err)
	require.False(t, changed, "the same configuration changes nothing")
}

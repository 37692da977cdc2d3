//go:build stack

package stack_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// secretFiles are all files and folders in the places where secrets lie.
const secretFiles = "testdata/secret-files.txt"

// generation is the number of the secrets' folder.
var generation = regexp.MustCompile(`/run/secrets\.d/\d+`)

// testSecretFiles holds every file in the places of secrets, with its mode and
// owner, against the list.
func testSecretFiles(t *testing.T, s *site) {
	s.awaitState(t, settling, "active")
	found := s.run(t, "find", "/run/secrets", "/run/secrets.d", "/run/credentials", "/run/slack-bridge", state,
		"/var/lib/private", "/var/lib/continuwuity", "/var/lib/continuwuity-admin", "/run/continuwuity-admin", "/etc/ssh/ssh_host_ed25519_key", "-maxdepth", "3",
		"-not", "-path", "/var/lib/private/continuwuity/*", "-printf", "%M %u:%g %p\n")
	lines := strings.Split(strings.TrimSpace(generation.ReplaceAllString(found, "/run/secrets.d/N")), "\n")
	want, err := os.ReadFile(secretFiles)
	require.NoError(t, err)
	require.ElementsMatch(t, strings.Split(strings.TrimSpace(string(want)), "\n"), lines, "found:\n%s", strings.Join(lines, "\n"))
}

// testSecretsStaySecret looks for every secret that was ever in force where it
// must not be.
func testSecretsStaySecret(t *testing.T, s *site) {
	s.needTokens(t)
	values := append(s.used, strings.Fields(s.run(t, "find", state+"/secrets", "-type", "f", "-exec", "cat", "{}", ";", "-printf", "\n"))...)
	var secrets []string
	for _, value := range values {
		if !strings.HasPrefix(value, "REPLACE_WITH_") {
			secrets = append(secrets, value)
		}
	}
	require.GreaterOrEqual(t, len(secrets), 8, "the generated ones, Slack's tokens, the token for accounts")
	search := func(t *testing.T, where, text string) {
		t.Helper()
		for line := range strings.Lines(text) {
			for _, value := range secrets {
				require.False(t, strings.Contains(line, value), "%s shows a secret, here as ***: %.500s", where, strings.ReplaceAll(line, value, "***"))
			}
		}
	}
	t.Run("the journal", func(t *testing.T) {
		search(t, "the journal", s.run(t, "journalctl", "--no-pager", "--output=cat"))
	})
	t.Run("command lines and environments", func(t *testing.T) {
		search(t, "/proc", s.run(t, "sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || true"))
	})
	t.Run("files that others may read", func(t *testing.T) {
		search(t, "a file that others may read", s.run(t, "find", "/etc", "/run", "/tmp", "/var", "/nix", "/opt/stand-in", "-type", "f",
			"-perm", "/o=r", "-size", "-4M", "-not", "-path", "/var/lib/dpkg/*", "-exec", "cat", "{}", ";"))
	})
	t.Run("what the world is shown of Slack and the machine's own console", func(t *testing.T) {
		log, err := os.ReadFile(s.folder + "/slack.log")
		require.NoError(t, err)
		search(t, "the Slack emulator's log", string(log))
		search(t, "the console", s.machine.Console())
	})
}

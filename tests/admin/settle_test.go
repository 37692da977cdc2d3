// Package admin_test runs scripts of the modules by themselves: those that give continuwuity's
// administrator a password (modules/continuwuity-admin), with a homeserver of the test's own,
// and the one that refuses to begin next to an older homeserver. The stack test runs them in
// their units.
package admin_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	scripts = "../../modules/continuwuity-admin"

	once     = "0123456789abcdef0123456789abcdef"
	password = `Pass"word\ with $everything`
	previous = "the-one-before"
)

// settle runs the script. It returns whether the gate is open, and what was said.
func settle(t *testing.T, h *homeserver, with map[string]string) (open bool, said string, err error) {
	t.Helper()
	folder := t.TempDir()
	for name, value := range map[string]string{"once": once, "password": password, "previous": "", "reset": "\n"} {
		if other, ok := with[name]; ok {
			value = other
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(value), 0o600))
	}
	gate := filepath.Join(folder, "settled")
	cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(scripts, "settle.sh"), h.URL, "admin", gate)
	cmd.Env = append(os.Environ(), "CREDENTIALS_DIRECTORY="+folder, "CONTINUWUITY_ADMIN_PAUSE=0", "CONTINUWUITY_ADMIN_TRIES=5")
	out, err := cmd.CombinedOutput()
	_, missing := os.Stat(gate)
	for _, secret := range []string{once, password, previous, "token-"} {
		require.NotContains(t, string(out), secret)
	}
	return missing == nil, string(out), err
}

func TestSettle(t *testing.T) {
	for name, tc := range map[string]struct {
		has       string
		with      map[string]string
		createdAt int
		want      string
		said      string
	}{
		"what the homeserver has printed":         {has: once, want: password, said: "was changed"},
		"an account that comes a little later":    {has: once, createdAt: 4, want: password, said: "was changed"},
		"one that comes between two questions":    {has: once, createdAt: 1, want: password, said: "was changed"},
		"the one that was there before":           {has: previous, with: map[string]string{"previous": previous}, want: password, said: "was changed"},
		"one that a person has chosen":            {has: "chosen", want: "chosen", said: "has a password of its own"},
		"the right one already":                   {has: password, want: password, said: "has a password of its own"},
		"one that is being reset by the commands": {has: once, with: map[string]string{"reset": "reset\n"}, want: password, said: "was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHomeserver(t, tc.has, "another-persons")
			h.createdAt = tc.createdAt
			open, said, err := settle(t, h, tc.with)
			require.NoError(t, err, said)
			require.True(t, open)
			require.Contains(t, said, tc.said)
			require.Equal(t, tc.want, h.password)
			if tc.has != tc.want {
				require.Empty(t, h.sessions, "every session is ended")
			} else {
				require.Contains(t, h.sessions, "another-persons", "no one is signed out")
			}
		})
	}
}

// TestSettleFails: whatever is not as it must be keeps the homeserver hidden.
func TestSettleFails(t *testing.T) {
	for name, tc := range map[string]struct {
		has    string
		with   map[string]string
		before func(path string) int
		never  bool
		said   string
	}{
		"the account is never made": {has: once, never: true, said: "the account admin is not there or cannot sign in"},
		"it is never reset":         {has: "chosen", with: map[string]string{"reset": "reset\n"}, said: "the account admin is not there or cannot sign in: 403"},
		"the homeserver does not answer": {has: once, said: "cannot sign in: 502", before: func(string) int {
			return http.StatusBadGateway
		}},
		"the password is not changed": {has: once, said: "does not change the password of admin: 500", before: func(path string) int {
			if strings.HasSuffix(path, "/password") {
				return http.StatusInternalServerError
			}
			return 0
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHomeserver(t, tc.has)
			h.before = tc.before
			if tc.never {
				h.createdAt = 1000
			}
			open, said, err := settle(t, h, tc.with)
			require.Error(t, err)
			require.False(t, open, "the gate is open")
			require.Contains(t, said, tc.said)
			require.Equal(t, tc.has, h.password)
		})
	}
}

// TestSettleAnOldPasswordThatStaysGood: a homeserver that says that it has changed the
// password, and has not.
func TestSettleAnOldPasswordThatStaysGood(t *testing.T) {
	h := newHomeserver(t, once)
	h.before = func(path string) int {
		if strings.HasSuffix(path, "/logout/all") {
			h.password = once
		}
		return 0
	}
	open, said, err := settle(t, h, nil)
	require.Error(t, err)
	require.False(t, open)
	require.Contains(t, said, "the old password of admin still opens the account")
}

// prepare runs the script that makes the passwords, and returns its files.
func prepare(t *testing.T, folder, given string) map[string]string {
	t.Helper()
	credentials := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(credentials, "given"), []byte(given), 0o600))
	cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(scripts, "prepare.sh"), folder, "admin")
	cmd.Env = append(os.Environ(), "CREDENTIALS_DIRECTORY="+credentials)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, string(out))
	files := map[string]string{}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), entry.Name())
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		require.NoError(t, err)
		files[entry.Name()] = string(text)
	}
	return files
}

func TestPrepare(t *testing.T) {
	folder := t.TempDir()
	first := prepare(t, folder, "\n")
	t.Run("passwords are made", func(t *testing.T) {
		require.Regexp(t, "^[0-9a-f]{32}$", first["once"])
		require.Regexp(t, "^[0-9a-f]{32}$", first["password"])
		require.NotEqual(t, first["once"], first["password"])
		require.Equal(t, "users create-user admin "+first["once"]+"\nusers make-user-admin admin\n", first["commands"])
		require.Equal(t, "[global]\nadmin_execute = [\n  \"users create-user admin "+first["once"]+"\",\n  \"users make-user-admin admin\",\n]\n", first["commands.toml"])
	})
	t.Run("once", func(t *testing.T) { require.Equal(t, first, prepare(t, folder, "\n")) })
	t.Run("a given one takes their place", func(t *testing.T) {
		files := prepare(t, folder, "\n  "+password+"  \nsecond line\n")
		require.Equal(t, password, files["password"])
		require.Equal(t, first["password"], files["previous"])
		require.Equal(t, first["once"], files["once"])
	})
	t.Run("and is remembered when it changes", func(t *testing.T) {
		files := prepare(t, folder, "another")
		require.Equal(t, "another", files["password"])
		require.Equal(t, password, files["previous"])
	})
	t.Run("without it what was given last stays", func(t *testing.T) {
		require.Equal(t, "another", prepare(t, folder, "")["password"])
	})
	t.Run("a reset is a command of its own", func(t *testing.T) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "reset"), []byte("reset\n"), 0o600))
		files := prepare(t, folder, "")
		require.Contains(t, files["commands"], "users reset-password admin "+first["once"]+"\n")
		require.NoError(t, os.Remove(filepath.Join(folder, "reset")))
		require.NotContains(t, prepare(t, folder, "")["commands"], "reset-password")
	})
}

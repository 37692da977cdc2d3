package slackapp_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapp"
)

var update = flag.Bool("update", false, "rewrite golden files")

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run this test with -update")
	require.Equal(t, string(want), string(got), "run this test with -update and read the difference")
}

func TestReferencePage(t *testing.T) {
	golden(t, filepath.Join("..", "..", "..", "docs", "reference", "slack-app.md"), slackapp.Markdown())
}

func TestEveryRowIsWhole(t *testing.T) {
	seen := map[string]bool{}
	row := func(name, reason, lost string, need slackapp.Need) {
		require.Contains(t, []slackapp.Need{slackapp.Required, slackapp.Optional}, need, name)
		require.NotEmpty(t, reason, name)
		require.NotEmpty(t, lost, name)
		require.NotContains(t, reason+lost, "|", name)
		require.False(t, strings.HasSuffix(reason, ".") || strings.HasSuffix(lost, "."), name)
		require.False(t, seen[name], "%s is there twice", name)
		seen[name] = true
	}
	for _, s := range slackapp.Scopes() {
		row(s.Name, s.Reason, s.Lost, s.Need)
	}
	for _, e := range slackapp.Events() {
		row(e.Name, e.Reason, e.Lost, e.Need)
	}
}

// An event whose scope is not asked for would never be delivered, and one that
// is needed now must not hang on a scope that MissingScopes leaves out.
func TestEventsHaveTheirScopes(t *testing.T) {
	for _, e := range slackapp.Events() {
		for _, name := range e.Scopes {
			scope, found := slackapp.LookupScope(name)
			require.True(t, found, "%s needs %s, which is not in the table", e.Name, name)
			require.Equal(t, slackapp.BotToken, scope.Token, e.Name)
			require.LessOrEqual(t, scope.Need, max(e.Need, slackapp.Optional), "%s is %s, its scope %s is %s", e.Name, e.Need, name, scope.Need)
		}
	}
}

func TestMissingScopes(t *testing.T) {
	all, required := []string{}, []string{}
	for _, s := range slackapp.Scopes() {
		if s.Token == slackapp.BotToken {
			all = append(all, s.Name)
			if s.Need == slackapp.Required {
				required = append(required, s.Name)
			}
		}
	}
	names := func(scopes []slackapp.Scope) (out []string) {
		for _, s := range scopes {
			out = append(out, s.Name)
		}
		return out
	}
	without := func(names ...string) (out []string) {
	next:
		for _, s := range all {
			for _, n := range names {
				if s == n {
					continue next
				}
			}
			out = append(out, s)
		}
		return out
	}

	require.Empty(t, slackapp.MissingScopes(all))
	require.Empty(t, slackapp.MissingScopes(append(all, "admin")), "more than enough is enough")
	require.Equal(t, []string{"chat:write", "reactions:write"}, names(slackapp.MissingScopes(without("reactions:write", "chat:write"))))
	none := names(slackapp.MissingScopes(nil))
	require.Equal(t, required, none[:len(required)], "the required ones come first")
	require.NotContains(t, none, "connections:write", "a bot token cannot carry it")
	require.Equal(t, []string{"connections:write"}, names(slackapp.MissingAppScopes(all)))
}

func TestLookup(t *testing.T) {
	s, found := slackapp.LookupScope("chat:write.customize")
	require.True(t, found)
	require.Equal(t, slackapp.Optional, s.Need)
	_, found = slackapp.LookupScope("admin")
	require.False(t, found)
	e, found := slackapp.LookupEvent("message.im")
	require.True(t, found)
	require.Equal(t, []string{"im:history"}, e.Scopes)
	_, found = slackapp.LookupEvent("message")
	require.False(t, found)
}

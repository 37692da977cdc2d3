package settings_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
)

var update = flag.Bool("update", false, "rewrite golden files and generated pages")

// TestProblems checks every configuration of testdata/problems against the lines
// that an operator reads about it. The name of a fixture is what is wrong in it.
func TestProblems(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/problems/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, fixtures)
	for _, fixture := range fixtures {
		name := strings.TrimSuffix(filepath.Base(fixture), ".yaml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(fixture)
			require.NoError(t, err)
			_, problems := settings.Parse("config.yaml", data)
			if !strings.HasSuffix(name, "-is-the-default") {
				require.NotEmpty(t, problems)
			}
			for _, problem := range problems {
				require.NotContains(t, problem.String(), "\n")
				require.Empty(t, secret.Find(problem.String()))
				require.NotEmpty(t, problem.Cure, "a problem says its cure: %s", problem)
			}
			golden(t, strings.TrimSuffix(fixture, ".yaml")+".golden", problems.Error())
		})
	}
}

func TestReferencePage(t *testing.T) {
	golden(t, filepath.Join("..", "..", "..", "docs", "reference", "config.md"), string(settings.Markdown()))
}

// golden compares got with a golden file, or rewrites that with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "make it with: go test -tags goolm ./bridge/internal/settings -update")
	require.Equal(t, string(want), got)
}

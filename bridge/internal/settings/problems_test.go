package settings_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
)

var update = flag.Bool("update", false, "rewrite golden files and generated pages")

// TestProblems checks every configuration of testdata/problems against the lines
// that an operator reads about it. The name of a fixture is what is wrong in it.
func TestProblems(t *testing.T) {
	t.Run("51 every error at once, each with its cure", func(t *testing.T) {
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
					secrettest.Check(t, "the problem", problem.String())
					require.NotEmpty(t, problem.Cure, "a problem says its cure: %s", problem)
				}
				golden(t, strings.TrimSuffix(fixture, ".yaml")+".golden", problems.Error())
			})
		}
	})
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

func TestProblemAsJSON(t *testing.T) {
	token := "xox" + "b-1111-2222-aaaabbbb"
	encoded, err := json.Marshal(settings.Problems{{File: "config.yaml", Line: 3, Key: "a.b", What: "holds " + token, Cure: "remove it"}})
	require.NoError(t, err)
	require.JSONEq(t, `[{"file":"config.yaml","line":3,"key":"a.b","what":"holds [redacted]","cure":"remove it"}]`, string(encoded))
}

func TestProblemsAsAnError(t *testing.T) {
	require.NoError(t, settings.Problems(nil).Err())
	err := settings.Problems{{File: "config.yaml", What: "is\nbad"}, {File: "b", Line: 1, What: "too"}}.Err()
	require.EqualError(t, err, "config.yaml: is bad\nb:1: too")
	require.Equal(t, exit.Config, exit.Of(err))
}

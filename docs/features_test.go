package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/features"
)

// TestFeaturesAreWritten: the table's page, and its rows in README, are what `make docs` writes.
func TestFeaturesAreWritten(t *testing.T) {
	rows, err := features.Load(filepath.Join(root, features.File))
	require.NoError(t, err)
	require.Equal(t, string(features.Markdown(rows)), documents(t)["docs/features.md"], "run make docs")
	readme, err := features.Readme(rows, []byte(documents(t)["README.md"]))
	require.NoError(t, err)
	require.Equal(t, string(readme), documents(t)["README.md"], "run make docs")
}

// TestFeaturesNameTests: a sub-test that a row relies on is in its package. That it passes, a
// run of `make test` sees.
func TestFeaturesNameTests(t *testing.T) {
	rows, err := features.Load(filepath.Join(root, features.File))
	require.NoError(t, err)
	for _, row := range rows {
		for _, proof := range row.Tests {
			source := testsIn(t, proof.Package())
			require.Contains(t, source, "func "+proof.Function()+"(t *testing.T)", "row %d: %s", row.Number, proof)
			require.Contains(t, source, `"`+proof.Last()+`"`, "row %d: %s", row.Number, proof)
		}
	}
}

// testsIn is the source of all tests of a package.
func testsIn(t *testing.T, pkg string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pkg, "*_test.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}

package sqlcount_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/sqlcount"
)

// TestStatementsAreNoted builds a program with fake drivers and reads what it noted:
// each statement once, whichever way it reached the driver, with the calling function;
// no transactions.
func TestStatementsAreNoted(t *testing.T) {
	dir := t.TempDir()
	program, notes := filepath.Join(dir, "program"), filepath.Join(dir, "notes")
	require.NoError(t, sqlcount.Build(t.Context(), ".", "./testdata/program", program))

	run := exec.CommandContext(t.Context(), program)
	run.Env = append(os.Environ(), sqlcount.FileVariable+"="+notes)
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)

	noted, err := sqlcount.Read(notes, 0)
	require.NoError(t, err)
	var queries []string
	for _, statement := range noted {
		queries = append(queries, statement.Query)
		require.Equal(t, "main.use", statement.Callers[0])
	}
	require.Equal(t, []string{
		"INSERT INTO direct VALUES (1), (2)", "SELECT direct", "UPDATE direct", "UPDATE direct",
		"INSERT INTO prepared VALUES (1), (2)", "SELECT prepared", "UPDATE prepared", "UPDATE prepared",
	}, queries)

	rest, err := sqlcount.Read(notes, 6)
	require.NoError(t, err)
	require.Equal(t, noted[6:], rest)
}

func TestAProgramThatIsNotAskedNotesNothing(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	require.NoError(t, sqlcount.Build(t.Context(), ".", "./testdata/program", program))
	run := exec.CommandContext(t.Context(), program)
	run.Dir = dir
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "only the program is left")
}

package postgres_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/postgres"
)

func TestServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server := postgres.New(t)

	uri, err := server.NewDatabase(ctx)
	require.NoError(t, err)
	other, err := server.NewDatabase(ctx)
	require.NoError(t, err)
	require.NotEqual(t, uri, other, "each database is its own")

	db := open(t, uri)
	_, err = db.ExecContext(ctx, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('yes')")
	require.NoError(t, err)

	for name, end := range map[string]func() error{
		"stop": func() error { return server.Stop(ctx) },
		"kill": func() error { server.Kill(); return nil },
	} {
		require.NoError(t, end(), name)
		require.Error(t, db.PingContext(ctx), "no server answers after "+name)
		require.NoError(t, server.StartAgain(ctx), name)
		var word string
		require.NoError(t, db.QueryRowContext(ctx, "SELECT word FROM kept").Scan(&word), name)
		require.Equal(t, "yes", word)
	}

	var version string
	require.NoError(t, open(t, other).QueryRowContext(ctx, "SHOW server_version_num").Scan(&version))
	require.Regexp(t, "^15", version)
}

func TestRemoveLeavesNothing(t *testing.T) {
	server, err := postgres.Start(t.Context())
	require.NoError(t, err)
	require.FileExists(t, server.Log)
	require.NoError(t, server.Remove())
	require.NoDirExists(t, filepath.Dir(server.Log))
}

func TestMoveTo(t *testing.T) {
	server, err := postgres.Start(t.Context())
	require.NoError(t, err)
	_, err = server.NewDatabase(t.Context())
	require.NoError(t, err)
	kept := filepath.Join(t.TempDir(), "kept")
	require.NoError(t, server.MoveTo(t.Context(), kept))
	require.NoDirExists(t, filepath.Dir(server.Log))
	require.FileExists(t, filepath.Join(kept, "data", "PG_VERSION"))
	require.NoFileExists(t, filepath.Join(kept, "data", "postmaster.pid"), "it was stopped in good order")
}

func TestStartNamesMissingPrograms(t *testing.T) {
	empty := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(empty, "postgres"), nil, 0o700))
	t.Setenv("POSTGRES_BIN", empty)
	_, err := postgres.Start(t.Context())
	require.EqualError(t, err, "PostgreSQL 15 is missing: no initdb in "+empty+"; run `make setup-postgres` or set POSTGRES_BIN")
}

func open(t *testing.T, uri string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", uri)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

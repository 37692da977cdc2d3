package database

import (
	"fmt"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	testbed "ops-jrz1/bridge/internal/testbed/postgres"
)

func TestIsLookup(t *testing.T) {
	for query, want := range map[string]bool{
		"SELECT membership FROM mx_user_profile WHERE room_id=$1":        true,
		"\n\t\tSELECT a FROM message WHERE bridge_id=$1":                 true,
		"SELECT a FROM message WHERE bridge_id=$1 AND id IN ($2, $3)":    false,
		"SELECT a FROM message WHERE bridge_id=$1 FOR UPDATE":            false,
		"SELECT pg_try_advisory_lock($1)":                                false,
		"INSERT INTO portal (id) VALUES ($1)":                            false,
		"WITH gone AS (DELETE FROM portal RETURNING id) SELECT * FROM a": false,
	} {
		require.Equal(t, want, isLookup(query, []any{"a"}), query)
		require.False(t, isLookup(query, nil), "without arguments PostgreSQL is asked once anyway")
	}
}

// TestPreparedStatements are kept on the connections that defer flushes, see what others have
// written, and are there again after the server has ended all connections.
func TestPreparedStatements(t *testing.T) {
	server := testbed.New(t)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	config := load(t, "file:x?_txlock=immediate")
	config.Database.URI = uri
	config.Database.Type = postgres
	config.Database.MaxOpenConns, config.Database.MaxIdleConns = 5, 5
	db, err := Open(t.Context(), config, zerolog.Nop())
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	ctx := t.Context()

	put := func(user string) {
		_, err := db.Exec(ctx, `INSERT INTO "user" (bridge_id, mxid) VALUES ('', $1)`, user)
		require.NoError(t, err)
	}
	const lookup = `SELECT mxid FROM "user" WHERE bridge_id='' AND mxid=$1`
	has := func(user string) {
		t.Helper()
		var there string
		require.NoError(t, db.QueryRow(ctx, lookup, user).Scan(&there))
		require.Equal(t, user, there)
		rows, err := db.Query(ctx, lookup, user)
		list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
		require.NoError(t, err)
		require.Equal(t, []string{user}, list)
	}
	kept := func() (names []string) {
		rows, err := db.ReadOnlyDB.QueryContext(ctx, "SELECT DISTINCT statement FROM pg_prepared_statements ORDER BY 1")
		names, err = dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
		require.NoError(t, err)
		return names
	}
	db.ReadOnlyDB.SetMaxOpenConns(1) // so that kept asks the connection with the statements
	for n := range 20 {
		user := fmt.Sprintf("@%d:engines.test", n)
		put(user)
		has(user)
		require.Equal(t, []string{lookup}, kept())
	}
	_, err = db.RawDB.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=current_database() AND pid<>pg_backend_pid()")
	require.NoError(t, err)
	has("@7:engines.test")
	require.Equal(t, []string{lookup}, kept())
	var commit string
	require.NoError(t, db.ReadOnlyDB.QueryRowContext(ctx, "SHOW synchronous_commit").Scan(&commit))
	require.Equal(t, "off", commit)
	require.NoError(t, db.RawDB.QueryRowContext(ctx, "SHOW synchronous_commit").Scan(&commit))
	require.Equal(t, "on", commit)

	err = db.QueryRow(ctx, "SELECT nothing FROM nowhere WHERE a=$1", 1).Scan(&commit)
	require.ErrorContains(t, err, `"nowhere" does not exist`, "the query says itself what is wrong with it")
}

// TestStatementsAreBounded: with many different ones, the later ones are asked as they are.
func TestStatementsAreBounded(t *testing.T) {
	server := testbed.New(t)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	db, err := dbutil.NewFromConfig("", dbutil.Config{PoolConfig: dbutil.PoolConfig{Type: postgres, URI: uri, MaxOpenConns: 1}}, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	p := newPrepared(db.RawDB)
	for n := range maxPrepared + 5 {
		var got int
		require.NoError(t, p.queryRow(t.Context(), fmt.Sprintf("SELECT %d+$1::int", n), []any{1}).Scan(&got))
		require.Equal(t, n+1, got)
	}
	require.Len(t, p.statements, maxPrepared)
}

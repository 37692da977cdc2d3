// Package databasetest owns the SQLite that unit tests use in place of both databases of
// the bridge. It is imported by tests only.
package databasetest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
)

// Open makes a new database in a file. It is closed when the test ends.
//
// A query that names no order gets its rows backwards (SQLite docs: PRAGMA
// reverse_unordered_selects). SQLite would return them in the order of an index, and
// PostgreSQL returns them in any order: a row that was updated last comes last.
func Open(t *testing.T) *dbutil.Database {
	t.Helper()
	raw := sql.OpenDB(unordered{filepath.Join(t.TempDir(), "bridge.db")})
	raw.SetMaxOpenConns(5)
	db, err := dbutil.NewWithDB(raw, "sqlite3-fk-wal")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// unordered opens connections with the pragmas of dbutil's sqlite3-fk-wal and one more.
type unordered struct{ path string }

func (u unordered) Connect(context.Context) (driver.Conn, error) {
	return u.Driver().Open("file:" + u.path + "?_txlock=immediate")
}

func (unordered) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		_, err := conn.Exec("PRAGMA foreign_keys=ON; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; "+
			"PRAGMA reverse_unordered_selects=ON", nil)
		return err
	}}
}

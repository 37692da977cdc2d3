package database

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/mattn/go-sqlite3"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/settings"
)

// ErrDamaged is in the chain of InspectCopy's error when SQLite finds a fault in the file.
var ErrDamaged = errors.New("SQLite finds it damaged")

// Copy writes the bridge's SQLite database, as it is at one moment, to a file that is not
// there yet. Other processes may write to the database meanwhile. What was deleted is not
// in the copy (SQLite docs: "VACUUM", INTO). A full disk is an error of the kind
// syscall.ENOSPC; any other is of type *Error. A file that it could not finish stays.
func Copy(ctx context.Context, config *settings.Config, path string, tables []Tables) error {
	db, err := openExisting(config)
	if err != nil {
		return Explain(config, err)
	}
	if _, err = inspect(ctx, db, tables); err == nil {
		_, err = db.RawDB.ExecContext(ctx, "VACUUM INTO ?", path)
	}
	err = errors.Join(err, db.Close())
	var refused sqlite3.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && refused.Code == sqlite3.ErrFull:
		return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	default:
		return Explain(config, err)
	}
}

// InspectCopy sees whether a file is a whole SQLite database of the bridge's that this
// program can use, and returns the versions of its tables by the table that holds each.
// Nothing else may write to the file, and no file is put next to it.
func InspectCopy(ctx context.Context, path string, tables []Tables) (versions map[string]int, err error) {
	uri := "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=ro&immutable=1"
	db, err := dbutil.NewWithDialect(uri, "sqlite3")
	if err != nil {
		return nil, fmt.Errorf("open the copy: %w", err)
	}
	db.Log = dbutil.NoopLogger
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := integrity(ctx, db); err != nil {
		return nil, err
	}
	if _, err := inspect(ctx, db, tables); err != nil {
		return nil, err
	}
	return allVersions(ctx, db)
}

func integrity(ctx context.Context, db *dbutil.Database) error {
	var found string
	err := db.QueryRow(ctx, "PRAGMA integrity_check(1)").Scan(&found)
	var refused sqlite3.Error
	switch {
	case errors.As(err, &refused) && (refused.Code == sqlite3.ErrCorrupt || refused.Code == sqlite3.ErrNotADB):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return fmt.Errorf("check the copy: %w", err)
	case found != "ok":
		return fmt.Errorf("%w: %s", ErrDamaged, strings.Join(strings.Fields(found), " "))
	}
	return nil
}

// allVersions returns the version of each group of tables, the framework's too.
func allVersions(ctx context.Context, db *dbutil.Database) (map[string]int, error) {
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND (name = 'version' OR name LIKE '%\_version' ESCAPE '\')`
	if db.Dialect == dbutil.Postgres {
		list = `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND (tablename = 'version' OR tablename LIKE '%\_version' ESCAPE '\')`
	}
	rows, err := db.Query(ctx, list)
	tables, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return nil, fmt.Errorf("list the tables of versions: %w", err)
	}
	versions := map[string]int{}
	for _, table := range tables {
		have, _, err := version(ctx, db, table)
		if err != nil && !errors.Is(err, ErrUnused) { // one without a row is at 0
			return nil, err
		}
		versions[table] = have
	}
	return versions, nil
}

package database

import (
	"context"
	"fmt"

	"go.mau.fi/util/dbutil"
)

// outdated returns the databases of a PostgreSQL server whose text was sorted by another
// version of the C library or ICU than the one that is there, by name: their indexes may
// miss rows, and PostgreSQL creates no database from such a template (PostgreSQL docs: "ALTER
// DATABASE", REFRESH COLLATION VERSION; since 15).
func outdated(ctx context.Context, db *dbutil.Database) ([]string, error) {
	if db.Dialect != dbutil.Postgres {
		return nil, nil
	}
	var version int
	if err := db.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return nil, fmt.Errorf("ask for the server's version: %w", err)
	}
	if version < 150000 {
		return nil, nil
	}
	rows, err := db.Query(ctx, `SELECT datname FROM pg_database
		WHERE datcollversion IS NOT NULL AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)
		ORDER BY datname`)
	names, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return nil, fmt.Errorf("ask for the versions of collations: %w", err)
	}
	return names, nil
}

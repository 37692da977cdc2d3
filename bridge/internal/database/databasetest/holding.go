package databasetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
)

// Holding returns every column of every table in which a text is, as table.column, whatever
// its case.
func Holding(t *testing.T, db *dbutil.Database, text string) (columns []string) {
	t.Helper()
	query := `SELECT name FROM sqlite_master WHERE type='table'`
	if db.Dialect == dbutil.Postgres {
		query = `SELECT tablename FROM pg_tables WHERE schemaname='public'`
	}
	rows, err := db.Query(t.Context(), query)
	tables, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	text = strings.ToLower(text)
	for _, table := range tables {
		for _, column := range holdingIn(t, db, table, text) {
			columns = append(columns, table+"."+column)
		}
	}
	slices.Sort(columns)
	return columns
}

// holdingIn returns the columns of one table in which a text of small letters is.
func holdingIn(t *testing.T, db *dbutil.Database, table, text string) (columns []string) {
	t.Helper()
	rows, err := db.Query(t.Context(), fmt.Sprintf(`SELECT * FROM %q`, table))
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	names, err := rows.Columns()
	require.NoError(t, err)
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		require.NoError(t, rows.Scan(into...))
		for i, value := range values {
			if raw, ok := value.([]byte); ok {
				value = string(raw)
			}
			if strings.Contains(strings.ToLower(fmt.Sprint(value)), text) && !slices.Contains(columns, names[i]) {
				columns = append(columns, names[i])
			}
		}
	}
	require.NoError(t, rows.Err())
	return columns
}

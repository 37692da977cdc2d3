package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"
	"go.mau.fi/util/dbutil"
)

// deferredConns is how many connections of the second kind there are at most.
const deferredConns = 8

// deferFlushes has PostgreSQL answer statements about messages and reactions before
// they are flushed to disk. A message costs one such statement, and the flush is most
// of what it costs. Its loss does no harm: the server flushes its log in order, so a
// lost message row means that the mark of its inbox row is lost too, and the row is
// handled again (PostgreSQL docs: "Asynchronous Commit"). Everything else, such as
// portals, logins and the inbox itself, is flushed before it is answered.
//
// The same connections keep their statements prepared, and answer what is looked up by a key:
// see [prepared].
//
// SQLite is opened in a way that does the same.
func deferFlushes(db *dbutil.Database, uri string) error {
	connector, err := pq.NewConnector(uri)
	if err != nil {
		return fmt.Errorf("read database.uri: %w", err)
	}
	deferred := sql.OpenDB(deferredConnector{connector})
	deferred.SetMaxOpenConns(deferredConns)
	deferred.SetMaxIdleConns(deferredConns)
	db.LoggingDB.UnderlyingExecable = router{DB: db.RawDB, prepared: newPrepared(deferred)}
	db.ReadOnlyDB = deferred // it is closed with the database, and not used for anything else
	return nil
}

// deferredConnector opens connections that do not wait for the flush.
type deferredConnector struct{ *pq.Connector }

// Connect implements driver.Connector.
func (c deferredConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection of type %T takes no statement", conn), conn.Close())
	}
	if _, err := execer.ExecContext(ctx, "SET synchronous_commit TO off", nil); err != nil {
		return nil, errors.Join(fmt.Errorf("set synchronous_commit: %w", err), conn.Close())
	}
	return conn, nil
}

// router sends statements outside of transactions to one of two pools.
type router struct {
	*sql.DB
	prepared *prepared
}

// isDeferred says whether a statement changes messages or reactions alone.
func isDeferred(query string) bool {
	query = strings.TrimLeft(query, " \t\n")
	for _, prefix := range []string{"INSERT INTO ", "UPDATE ", "DELETE FROM "} {
		table, ok := strings.CutPrefix(query, prefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(table, "(", " "), "\n", " "), " ")
		return name == "message" || name == "reaction"
	}
	return false
}

// ExecContext implements dbutil.UnderlyingExecable.
func (r router) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if isDeferred(query) {
		return r.prepared.exec(ctx, query, args)
	}
	return r.DB.ExecContext(ctx, query, args...)
}

// QueryContext implements dbutil.UnderlyingExecable.
func (r router) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if isDeferred(query) || isLookup(query, args) {
		return r.prepared.query(ctx, query, args)
	}
	return r.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext implements dbutil.UnderlyingExecable.
func (r router) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if isDeferred(query) || isLookup(query, args) {
		return r.prepared.queryRow(ctx, query, args)
	}
	return r.DB.QueryRowContext(ctx, query, args...)
}

package database

import (
	"context"
	"database/sql"
	"strings"
	"sync"
)

// maxPrepared bounds how many statements are kept. What comes later is asked as it is.
const maxPrepared = 200

// prepared are statements that stay prepared. Otherwise PostgreSQL parses and plans each
// statement each time, and lib/pq asks twice: once for the types of the parameters, and then
// for the rows (lib/pq v1.12, conn.query).
type prepared struct {
	db *sql.DB

	mu         sync.RWMutex
	statements map[string]*sql.Stmt
}

func newPrepared(db *sql.DB) *prepared {
	return &prepared{db: db, statements: map[string]*sql.Stmt{}}
}

// isLookup says whether a statement only reads, and is the same each time but for its arguments.
// A list of values has another text for each length; a lock, and a function of the server such as
// pg_try_advisory_lock, belongs to the connection that asks.
func isLookup(query string, args []any) bool {
	if len(args) == 0 || !strings.HasPrefix(strings.TrimLeft(query, " \t\n"), "SELECT ") {
		return false
	}
	for _, other := range []string{" IN (", " FOR UPDATE", "pg_"} {
		if strings.Contains(query, other) {
			return false
		}
	}
	return true
}

// statement is the statement of a query, nil if it is not kept: then it is asked as it is, and
// says itself what is wrong with it.
func (p *prepared) statement(ctx context.Context, query string) *sql.Stmt {
	p.mu.RLock()
	kept, full := p.statements[query], len(p.statements) >= maxPrepared
	p.mu.RUnlock()
	if kept != nil || full {
		return kept
	}
	fresh, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	kept = p.statements[query]
	if kept == nil {
		p.statements[query] = fresh
	}
	p.mu.Unlock()
	if kept == nil {
		return fresh
	}
	_ = fresh.Close() // another was faster; what is left of this one goes with its connection
	return kept
}

func (p *prepared) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if statement := p.statement(ctx, query); statement != nil {
		return statement.ExecContext(ctx, args...)
	}
	return p.db.ExecContext(ctx, query, args...)
}

func (p *prepared) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if statement := p.statement(ctx, query); statement != nil {
		return statement.QueryContext(ctx, args...)
	}
	return p.db.QueryContext(ctx, query, args...)
}

func (p *prepared) queryRow(ctx context.Context, query string, args []any) *sql.Row {
	if statement := p.statement(ctx, query); statement != nil {
		return statement.QueryRowContext(ctx, args...)
	}
	return p.db.QueryRowContext(ctx, query, args...)
}

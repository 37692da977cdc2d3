// Command program gives statements to two drivers that only pretend: one takes
// queries as they are, the other wants them prepared.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"log"
)

func main() {
	sql.Register("direct", pretender{direct: true})
	sql.Register("prepared", pretender{})
	for _, name := range []string{"direct", "prepared"} {
		if err := use(name); err != nil {
			log.Fatal(err)
		}
	}
}

func use(name string) error {
	ctx := context.Background()
	db, err := sql.Open(name, "")
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO "+name+"\n  VALUES (1), (2)"); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, "SELECT "+name)
	if err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	statement, err := db.PrepareContext(ctx, "UPDATE "+name)
	if err != nil {
		return err
	}
	defer statement.Close()
	for range 2 {
		if _, err := statement.ExecContext(ctx); err != nil {
			return err
		}
	}
	return rows.Err()
}

type pretender struct{ direct bool }

func (p pretender) Open(string) (driver.Conn, error)          { return p, nil }
func (p pretender) Begin() (driver.Tx, error)                 { return p, nil }
func (p pretender) Commit() error                             { return nil }
func (p pretender) Rollback() error                           { return nil }
func (p pretender) Close() error                              { return nil }
func (p pretender) Prepare(query string) (driver.Stmt, error) { return &statement{}, nil }
func (p pretender) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	if !p.direct {
		return nil, driver.ErrSkip
	}
	return driver.RowsAffected(0), nil
}

func (p pretender) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	if !p.direct {
		return nil, driver.ErrSkip
	}
	return none{}, nil
}

type statement struct{ _ int }

func (*statement) Close() error                               { return nil }
func (*statement) NumInput() int                              { return -1 }
func (*statement) Exec([]driver.Value) (driver.Result, error) { return driver.RowsAffected(0), nil }
func (*statement) Query([]driver.Value) (driver.Rows, error)  { return none{}, nil }

type none struct{}

func (none) Columns() []string         { return nil }
func (none) Close() error              { return nil }
func (none) Next([]driver.Value) error { return io.EOF }

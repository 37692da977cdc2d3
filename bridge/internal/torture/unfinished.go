package torture

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/lib/pq"           // the driver of PostgreSQL
	_ "github.com/mattn/go-sqlite3" // the driver of SQLite
)

// backlogs are the queries for the number of unfinished rows, for each table that
// versions of the bridge have had.
var backlogs = map[string]string{
	"slack_inbox":   "SELECT COUNT(*) FROM slack_inbox WHERE parked_ms IS NULL",
	"slack_journal": "SELECT COUNT(*) FROM slack_journal WHERE done_ms IS NULL",
}

// unknown is the number of rows where the database could not be asked.
const unknown = -1

// unfinished counts the rows that the bridge has just left unfinished. It reads a copy
// of an SQLite database: opening the original would repair it.
func (r *run) unfinished(ctx context.Context) int {
	driver, uri := "postgres", r.stack.Config.DatabaseURI
	if uri == "" {
		dir, err := os.MkdirTemp(r.options.Dir, "copy-")
		if err != nil {
			return unknown
		}
		defer os.RemoveAll(dir)
		if err := copyDatabase(filepath.Join(r.options.Dir, "bridge"), dir); err != nil {
			return unknown
		}
		driver, uri = "sqlite3", filepath.Join(dir, "bridge.db")
	}
	db, err := sql.Open(driver, uri)
	if err != nil {
		return unknown
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), progressEvery)
	defer cancel()
	return countRows(ctx, db)
}

func countRows(ctx context.Context, db *sql.DB) int {
	total := unknown
	for _, query := range backlogs {
		var count int
		if err := db.QueryRowContext(ctx, query).Scan(&count); err == nil {
			total = max(total, 0) + count
		}
	}
	return total
}

// copyDatabase copies an SQLite database with its log.
func copyDatabase(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "bridge.db*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "-shm") {
			continue // SQLite creates it again.
		}
		if err := copyFile(file, filepath.Join(to, filepath.Base(file))); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

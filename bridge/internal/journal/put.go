package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/util/dbutil"
)

// ErrInTransaction is returned by Put when the context carries an open database
// transaction: the row could then still be rolled back after Put returned.
var ErrInTransaction = errors.New("a journal row cannot be put within a database transaction")

// putAttempts bounds the search for a row that another call removes just when
// it is found to be a duplicate.
const putAttempts = 3

const insertRow = `
	INSERT INTO slack_journal (source, key, lane, payload, arrived_ms) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (source, key) DO NOTHING
	RETURNING id
`

// Put stores a row. When it returns without error the row is committed and
// flushed to disk. ID, Arrived and Done of the given row are ignored.
//
// The returned row is the stored one. For a duplicate isNew is false and
// nothing is written: stored is then the row that came first, with its own
// payload if it is still pending, and with Done set if it is not.
func (j *Journal) Put(ctx context.Context, row Row) (stored Row, isNew bool, err error) {
	if row.Source == "" || row.Key == "" {
		return Row{}, false, fmt.Errorf("putting a journal row: source %q and key %q must both be given", row.Source, row.Key)
	}
	if _, inside := j.db.Execable(ctx).(dbutil.Transaction); inside {
		return Row{}, false, fmt.Errorf("putting journal row %s %s: %w", row.Source, row.Key, ErrInTransaction)
	}
	j.putting.Lock()
	defer j.putting.Unlock()
	err = j.flushed(ctx, func(q dbutil.Execable) error {
		stored, isNew, err = j.putOnce(ctx, q, row)
		return err
	})
	if err != nil {
		return Row{}, false, fmt.Errorf("putting journal row %s %s: %w", row.Source, row.Key, err)
	}
	return stored, isNew, nil
}

func (j *Journal) putOnce(ctx context.Context, q dbutil.Execable, row Row) (stored Row, isNew bool, err error) {
	arrived := j.now()
	for range putAttempts {
		var id int64
		err = q.QueryRowContext(ctx, insertRow, row.Source, row.Key, row.Lane, blob(row.Payload), arrived.UnixMilli()).Scan(&id)
		if err == nil {
			row.ID, row.Arrived, row.Done = id, fromMilli(arrived.UnixMilli()), false
			return row, true, nil
		} else if !errors.Is(err, sql.ErrNoRows) {
			return Row{}, false, err
		}
		stored, err = scanRow(q.QueryRowContext(ctx, "SELECT "+columns+" FROM slack_journal WHERE source=$1 AND key=$2", row.Source, row.Key))
		if !errors.Is(err, sql.ErrNoRows) { // else it was pruned in between: insert again
			return stored, false, err
		}
	}
	return Row{}, false, fmt.Errorf("the row appears and vanishes: does another process use this journal? %w", err)
}

// flushed runs fn so that what it commits survives a power cut.
//
// PostgreSQL does that by default. The framework opens SQLite with
// synchronous=NORMAL, with which a commit in WAL mode survives the end of the
// process but not of the machine (SQLite docs: PRAGMA synchronous). So fn runs
// on one connection that is at FULL for that time; flushing the WAL also covers
// whatever was committed before.
func (j *Journal) flushed(ctx context.Context, fn func(dbutil.Execable) error) error {
	if j.db.Dialect != dbutil.SQLite {
		return fn(j.db.Execable(ctx))
	}
	conn, err := j.db.AcquireConn(ctx)
	if err != nil {
		return fmt.Errorf("taking a database connection: %w", err)
	}
	defer release(conn)
	var level int
	if err := conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level); err != nil {
		return fmt.Errorf("reading SQLite's synchronous level: %w", err)
	}
	if level >= 2 { // FULL or EXTRA
		return fn(conn)
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous=FULL"); err != nil {
		return fmt.Errorf("raising SQLite's synchronous level: %w", err)
	}
	err = fn(conn)
	// A failure here leaves one pooled connection slower than it needs to be.
	_, _ = conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("PRAGMA synchronous=%d", level))
	return err
}

// release gives a connection back to the pool; dbutil's Conn has no method for it.
func release(conn dbutil.Conn) {
	if logging, ok := conn.(*dbutil.LoggingExecable); ok {
		if closer, ok := logging.UnderlyingExecable.(io.Closer); ok {
			_ = closer.Close()
		}
	}
}

// blob is a payload on its way into the database. The database's trace log
// prints arguments as JSON: a payload shows only its size there.
type blob []byte

// Value implements driver.Valuer. A nil payload is stored as an empty one,
// because NULL means that the payload was dropped.
func (b blob) Value() (driver.Value, error) {
	if b == nil {
		return []byte{}, nil
	}
	return []byte(b), nil
}

// MarshalJSON implements json.Marshaler.
func (b blob) MarshalJSON() ([]byte, error) {
	return json.Marshal(fmt.Sprintf("[%d bytes]", len(b)))
}

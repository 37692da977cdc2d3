package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"
)

const columns = "id, source, key, lane, payload, arrived_ms, done_ms"

// ErrNoRow is returned by Done for an id that the journal does not hold.
var ErrNoRow = errors.New("no such journal row")

// Backlog is what one source has left to be done.
type Backlog struct {
	// Rows is the number of rows that are not done.
	Rows int
	// Oldest is when the first of them arrived.
	Oldest time.Time
}

// Done marks a row as confirmed by the far side and drops its payload. Its key
// is kept until [Journal.Prune]. Marking a row twice is no error. Within a
// database transaction (dbutil.Database.DoTxn) the mark is part of it.
func (j *Journal) Done(ctx context.Context, id int64) error {
	result, err := j.db.Exec(ctx, "UPDATE slack_journal SET done_ms=$2, payload=NULL WHERE id=$1 AND done_ms IS NULL", id, j.now().UnixMilli())
	if err != nil {
		return fmt.Errorf("marking journal row %d as done: %w", id, err)
	}
	if changed, err := result.RowsAffected(); err == nil && changed == 1 {
		return nil
	}
	var known bool
	if err := j.db.QueryRow(ctx, "SELECT EXISTS(SELECT 1 FROM slack_journal WHERE id=$1)", id).Scan(&known); err != nil {
		return fmt.Errorf("looking for journal row %d: %w", id, err)
	} else if !known {
		return fmt.Errorf("marking journal row %d as done: %w", id, ErrNoRow)
	}
	return nil
}

// Pending returns the rows of one source that are not done, in order of
// arrival: what a start has to handle before anything new of the same lane.
func (j *Journal) Pending(ctx context.Context, source string) ([]Row, error) {
	rows, err := j.db.Query(ctx, "SELECT "+columns+" FROM slack_journal WHERE source=$1 AND done_ms IS NULL ORDER BY id", source)
	pending, err := dbutil.ConvertRowFn[Row](scanRow).NewRowIter(rows, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("reading the pending journal rows of %s: %w", source, err)
	}
	return pending, nil
}

// Depth returns what is not done, by source. A source without such rows is absent.
func (j *Journal) Depth(ctx context.Context) (map[string]Backlog, error) {
	rows, err := j.db.Query(ctx, "SELECT source, COUNT(*), MIN(arrived_ms) FROM slack_journal WHERE done_ms IS NULL GROUP BY source")
	if err != nil {
		return nil, fmt.Errorf("counting the pending journal rows: %w", err)
	}
	defer func() { _ = rows.Close() }()
	depth := make(map[string]Backlog)
	for rows.Next() {
		var source string
		var count int
		var oldest int64
		if err := rows.Scan(&source, &count, &oldest); err != nil {
			return nil, fmt.Errorf("counting the pending journal rows: %w", err)
		}
		depth[source] = Backlog{Rows: count, Oldest: fromMilli(oldest)}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("counting the pending journal rows: %w", err)
	}
	return depth, nil
}

// Prune forgets rows that were done before the given time and returns how many.
// Rows that are not done, and keys younger than [KeepDone], stay whatever is asked.
func (j *Journal) Prune(ctx context.Context, before time.Time) (int64, error) {
	if latest := j.now().Add(-KeepDone); before.After(latest) {
		before = latest
	}
	result, err := j.db.Exec(ctx, "DELETE FROM slack_journal WHERE done_ms IS NOT NULL AND done_ms < $1", before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("pruning the journal: %w", err)
	}
	removed, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("pruning the journal: %w", err)
	}
	return removed, nil
}

func scanRow(from dbutil.Scannable) (row Row, err error) {
	var arrived int64
	var done sql.NullInt64
	err = from.Scan(&row.ID, &row.Source, &row.Key, &row.Lane, &row.Payload, &arrived, &done)
	row.Arrived, row.Done = fromMilli(arrived), done.Valid
	return row, err
}

func fromMilli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

package inbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/util/dbutil"
)

const rowColumns = "id, source, key, lane, kind, self, about, payload, progress, arrived_ms, unsure"

func scanRow(from dbutil.Scannable) (*Row, error) {
	var row Row
	var arrived int64
	err := from.Scan(&row.ID, &row.Source, &row.Key, &row.Lane, &row.Kind, &row.Self, &row.About, &row.Payload, &row.Progress, &arrived, &row.unsure)
	row.Arrived = fromMilli(arrived)
	return &row, err
}

// load reads rows that are not parked.
func (s *store) load(ctx context.Context, ids []int64) ([]*Row, error) {
	rows, err := s.db.Query(ctx, "SELECT "+rowColumns+" FROM slack_inbox WHERE parked_ms IS NULL AND id IN "+placeholders(1, len(ids))+" ORDER BY id", anys(ids)...)
	loaded, err := dbutil.ConvertRowFn[*Row](scanRow).NewRowIter(rows, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("load %d rows: %w", len(ids), err)
	}
	return loaded, nil
}

// head is what is kept in memory of a row.
type head struct {
	id                 int64
	source, lane, self string
	parked             bool
	with               int64 // the row that it is parked with, or its own id
	// session is the one of the connection for commits when the row was handled.
	session int64
}

// heads reads all rows without their payloads, in order.
func (s *store) heads(ctx context.Context) ([]head, error) {
	rows, err := s.db.Query(ctx, "SELECT id, source, lane, self, parked_ms IS NOT NULL, COALESCE(parked_with, id) FROM slack_inbox ORDER BY id")
	heads, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (h head, err error) {
		return h, from.Scan(&h.id, &h.source, &h.lane, &h.self, &h.parked, &h.with)
	}, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("read which rows wait: %w", err)
	}
	return heads, nil
}

// keep stores a row's progress.
func (s *store) keep(ctx context.Context, id int64, progress []byte) error {
	_, err := s.db.Exec(ctx, "UPDATE slack_inbox SET progress=$2 WHERE id=$1", id, blobOrNil(progress))
	return err
}

// park marks a row as parked. It does not if the row is gone, or if the one that it
// would be parked with is not parked any more.
func (s *store) park(ctx context.Context, id, with int64, unsure bool, reason string, at time.Time) (parked bool, err error) {
	query := "UPDATE slack_inbox SET parked_ms=$2, reason=$3, unsure=$4, told_ms=NULL WHERE id=$1"
	args := []any{id, at.UnixMilli(), reason, unsure}
	if with != 0 {
		query = `UPDATE slack_inbox SET parked_ms=$2, reason=$3, unsure=$4, parked_with=$5
			WHERE id=$1 AND EXISTS (SELECT 1 FROM slack_inbox WHERE id=$5 AND parked_ms IS NOT NULL)`
		args = append(args, with)
	}
	result, err := s.db.Exec(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("park row %d: %w", id, err)
	}
	changed, err := result.RowsAffected()
	return changed > 0, err
}

// parkAll parks what waits of a source, as told, and returns it. unsure are those
// rows of which a try may have had its effect.
func (s *store) parkAll(ctx context.Context, source, reason string, unsure []int64, at time.Time) ([]head, error) {
	for part := range slices.Chunk(unsure, rowsPerStatement) {
		if _, err := s.db.Exec(ctx, "UPDATE slack_inbox SET unsure=true WHERE id IN "+placeholders(1, len(part)), anys(part)...); err != nil {
			return nil, fmt.Errorf("park the rows of %s: %w", source, err)
		}
	}
	rows, err := s.db.Query(ctx, "UPDATE slack_inbox SET parked_ms=$2, reason=$3, told_ms=$2 WHERE source=$1 AND parked_ms IS NULL RETURNING id, source, lane, self",
		source, at.UnixMilli(), reason)
	heads, err := dbutil.NewRowIterWithError(rows, scanHead, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("park the rows of %s: %w", source, err)
	}
	return heads, nil
}

// unpark lets a parked row and those that are parked with it wait again, and
// returns them.
func (s *store) unpark(ctx context.Context, id int64) ([]head, error) {
	return s.unparkWhere(ctx, "parked_ms IS NOT NULL AND (id=$1 OR parked_with=$1)", id)
}

// unparkReason lets the rows of a source that are parked for a reason wait again, and
// those that are parked with them.
func (s *store) unparkReason(ctx context.Context, source, reason string) ([]head, error) {
	return s.unparkWhere(ctx, `parked_ms IS NOT NULL AND (source=$1 AND reason=$2 OR parked_with IN
		(SELECT id FROM slack_inbox WHERE parked_ms IS NOT NULL AND source=$1 AND reason=$2))`, source, reason)
}

func (s *store) unparkWhere(ctx context.Context, where string, args ...any) ([]head, error) {
	rows, err := s.db.Query(ctx, "UPDATE slack_inbox SET parked_ms=NULL, parked_with=NULL, reason=NULL, told_ms=NULL WHERE "+where+
		" RETURNING id, source, lane, self", args...)
	heads, err := dbutil.NewRowIterWithError(rows, scanHead, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("take rows up again: %w", err)
	}
	return heads, nil
}

func scanHead(from dbutil.Scannable) (h head, err error) {
	return h, from.Scan(&h.id, &h.source, &h.lane, &h.self)
}

// untold returns the parked rows of a source that were not reported yet, those after an
// id, as many as a page has.
func (s *store) untold(ctx context.Context, source string, after int64) ([]Parked, error) {
	return s.parked(ctx, rowColumns, "source=$1 AND id>$2 AND parked_ms IS NOT NULL AND parked_with IS NULL AND told_ms IS NULL ORDER BY id LIMIT $3",
		source, after, pageRows)
}

// told notes that a row was reported, unless it was parked again meanwhile.
func (s *store) told(ctx context.Context, row Parked, at time.Time) error {
	if _, err := s.db.Exec(ctx, "UPDATE slack_inbox SET told_ms=$3 WHERE id=$1 AND parked_ms=$2", row.ID, row.Since.UnixMilli(), at.UnixMilli()); err != nil {
		return fmt.Errorf("note that row %d was reported: %w", row.ID, err)
	}
	return nil
}

// withoutContent are the columns of rowColumns with payload and progress left out.
const withoutContent = "id, source, key, lane, kind, self, about, NULL, NULL, arrived_ms, unsure"

// parked returns rows with why and since when they are parked, if they are.
func (s *store) parked(ctx context.Context, columns, where string, args ...any) ([]Parked, error) {
	rows, err := s.db.Query(ctx, "SELECT "+columns+", parked_ms, parked_with, reason FROM slack_inbox WHERE "+where, args...)
	list, err := dbutil.NewRowIterWithError(rows, scanParked, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return list, nil
}

func scanParked(from dbutil.Scannable) (p Parked, err error) {
	var arrived int64
	var since, with sql.NullInt64
	var reason sql.NullString
	err = from.Scan(&p.ID, &p.Source, &p.Key, &p.Lane, &p.Kind, &p.Self, &p.About, &p.Payload, &p.Progress, &arrived, &p.unsure, &since, &with, &reason)
	p.Arrived, p.With, p.Reason = fromMilli(arrived), with.Int64, reason.String
	if since.Valid {
		p.Since = fromMilli(since.Int64)
	}
	return p, err
}

// backlog is what each source has left to be done.
func (s *store) backlog(ctx context.Context) (map[string]Backlog, error) {
	rows, err := s.db.Query(ctx, `SELECT source, COUNT(*), COUNT(parked_ms), COALESCE(MIN(CASE WHEN parked_ms IS NULL THEN arrived_ms END), 0)
		FROM slack_inbox GROUP BY source`)
	type line struct {
		source string
		Backlog
	}
	lines, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (l line, err error) {
		var all int
		var oldest int64
		if err := from.Scan(&l.source, &all, &l.Parked, &oldest); err != nil {
			return l, err
		}
		if l.Waiting = all - l.Parked; l.Waiting > 0 {
			l.Oldest = fromMilli(oldest)
		}
		return l, nil
	}, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("count the rows: %w", err)
	}
	backlog := make(map[string]Backlog, len(lines))
	for _, l := range lines {
		backlog[l.source] = l.Backlog
	}
	return backlog, nil
}

// blob is a payload on its way into the database. The database's trace log writes
// the arguments of statements: it shows the size.
type blob []byte

// blobOrNil is NULL for nil.
func blobOrNil(payload []byte) any {
	if payload == nil {
		return nil
	}
	return blob(payload)
}

// Value implements driver.Valuer. A nil payload is stored as an empty one.
func (b blob) Value() (driver.Value, error) {
	if b == nil {
		return []byte{}, nil
	}
	return []byte(b), nil
}

// MarshalJSON implements json.Marshaler for the log.
func (b blob) MarshalJSON() ([]byte, error) { return json.Marshal(fmt.Sprintf("[%d bytes]", len(b))) }

func anys(ids []int64) []any {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return args
}

// ErrNoRow is returned for an id that the inbox does not hold.
var ErrNoRow = errors.New("no such row in the inbox")

package inbox

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/util/dbutil"
)

// VersionTable holds the version of the inbox's tables. The bridge framework keeps
// its own versions in other tables of the same database.
const VersionTable = "slack_inbox_version"

// KeepKeys is how long the key of a row is kept at least. Slack repeats an event
// that was not acknowledged for about an hour (Slack docs: Events API, "Retries"); a
// homeserver repeats a transaction for as long as it gets no answer. A day leaves
// room for both.
const KeepKeys = 24 * time.Hour

// errVersion is returned by Open when the tables in the database are not of a
// version that this program can use.
var errVersion = errors.New("the inbox's tables are of a version that this program cannot use")

// rowsPerStatement bounds a statement of several rows: SQLite takes 32,766
// parameters (SQLite docs: "Limits"), PostgreSQL 65,535.
const rowsPerStatement = 1000

// reserve is how many ids are noted as given at once. That many are passed over when
// a process ends.
const reserve = 1000

//go:embed upgrades/*.sql
var upgradeFiles embed.FS

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().WithFSPath(upgradeFiles, "upgrades").
		WithRaw(1, 2, 1, "take over what the journal holds", dbutil.TxnModeOn, takeOverJournal).Finish()
}

// Version is the newest version of the tables that this program knows.
func Version() int { return len(upgrades()) }

// store reads and writes the tables.
type store struct {
	db *dbutil.Database
	// nextID is the id of the next row, and ids below reserved are noted as given in
	// the database; the committer alone uses them.
	nextID, reserved int64
	// pending is what reserved becomes when the commit succeeds, or 0.
	pending int64

	// durable is the connection for commits, see transact, and session counts how often
	// one was taken.
	durableMu sync.Mutex
	durable   dbutil.Conn
	session   atomic.Int64
}

func openStore(ctx context.Context, parent *dbutil.Database, log dbutil.DatabaseLogger) (*store, error) {
	db := parent.Child(VersionTable, upgrades(), log)
	err := db.Upgrade(ctx)
	switch {
	case errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion):
		return nil, fmt.Errorf("%w: %w: this database was used by a newer slack-bridge; run that one, or restore a backup made by this one", errVersion, err)
	case err != nil:
		return nil, fmt.Errorf("prepare the tables of the inbox (version table %s): %w", VersionTable, err)
	}
	s := &store{db: db}
	if err := s.probe(ctx); err != nil {
		return nil, err
	}
	if db.RawDB.Stats().MaxOpenConnections == 1 {
		db.RawDB.SetMaxOpenConns(2) // one is kept for commits
	}
	s.durableMu.Lock()
	defer s.durableMu.Unlock()
	return s, s.takeDurable(ctx)
}

// probe reads every column once, so that a table of another shape is found at start
// and not at the first event.
func (s *store) probe(ctx context.Context) error {
	rows, err := s.db.Query(ctx, "SELECT "+rowColumns+", parked_ms, reason, parked_with, told_ms FROM slack_inbox LIMIT 0")
	if err == nil {
		err = errors.Join(rows.Err(), rows.Close())
	}
	if err == nil {
		err = s.db.QueryRow(ctx, "SELECT MAX(next) FROM (SELECT next FROM slack_inbox_id UNION ALL SELECT COALESCE(MAX(id), 0)+1 FROM slack_inbox) AS ids").Scan(&s.nextID)
	}
	if err != nil {
		return fmt.Errorf("%w: %s is there, but the table slack_inbox cannot be read: %w; restore a backup, or drop the tables slack_inbox, slack_inbox_key, slack_inbox_id and %s to begin with an empty inbox", errVersion, VersionTable, err, VersionTable)
	}
	return nil
}

// transact runs fn in a transaction whose commit survives a power cut.
//
// PostgreSQL does that by default. The framework opens SQLite with
// synchronous=NORMAL, with which a commit in WAL mode survives the end of the
// process but not of the machine (SQLite docs: PRAGMA synchronous). So commits go
// through one connection that is kept at FULL; flushing the WAL also covers what was
// committed before on others.
//
// PostgreSQL has one connection for commits as well: while it lives, the server has not
// crashed, and what was written before, on others and without a flush, is not lost.
func (s *store) transact(ctx context.Context, fn func(ctx context.Context) error) error {
	s.durableMu.Lock()
	defer s.durableMu.Unlock()
	if err := s.takeDurable(ctx); err != nil {
		return err
	}
	err := s.db.DoTxn(ctx, &dbutil.TxnOptions{Conn: s.durable}, fn)
	if err != nil && !s.outlives() {
		// The connection may be the reason; the next commit takes another. PostgreSQL's is
		// taken now, if the server is there, so that what is handled from now on is certain.
		err = errors.Join(err, s.releaseDurable())
		if s.db.Dialect == dbutil.Postgres {
			_ = s.takeDurable(ctx) // an error comes again with the next commit
		}
	}
	return err
}

// takeDurable takes the connection for commits if there is none. durableMu is held.
func (s *store) takeDurable(ctx context.Context) error {
	if s.durable != nil {
		return nil
	}
	conn, err := s.db.AcquireConn(ctx)
	if err != nil {
		return fmt.Errorf("take a database connection: %w", err)
	}
	s.durable = conn
	s.session.Add(1)
	if s.db.Dialect != dbutil.SQLite {
		return nil
	}
	// What is deleted is overwritten, so that no copy of the file contains it
	// (SQLite docs: PRAGMA secure_delete).
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON"); err != nil {
		return errors.Join(fmt.Errorf("raise SQLite's synchronous level: %w", err), s.releaseDurable())
	}
	return nil
}

// currentSession returns the session of the connection for commits, which is taken if
// there is none.
func (s *store) currentSession() (int64, error) {
	s.durableMu.Lock()
	defer s.durableMu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	err := s.takeDurable(ctx)
	return s.session.Load(), err
}

// aliveTimeout is how long the server may take to show that a connection is alive.
const aliveTimeout = 5 * time.Second

// outlives says whether the connection for commits can be kept after a transaction that
// failed. A file's is given back in any case. durableMu is held.
func (s *store) outlives() bool {
	if s.db.Dialect == dbutil.SQLite {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), aliveTimeout)
	defer cancel()
	_, err := s.durable.ExecContext(ctx, "SELECT 1")
	return err == nil
}

// releaseDurable gives the connection for commits back. durableMu is held.
func (s *store) releaseDurable() error {
	if s.durable == nil {
		return nil
	}
	conn := s.durable
	s.durable = nil
	if s.db.Dialect != dbutil.SQLite {
		return release(conn)
	}
	_, err := conn.ExecContext(context.Background(), "PRAGMA synchronous=NORMAL; PRAGMA secure_delete=OFF")
	return errors.Join(err, release(conn))
}

func (s *store) close() error {
	s.durableMu.Lock()
	defer s.durableMu.Unlock()
	return s.releaseDurable()
}

// release returns a connection to the pool; dbutil's Conn has no method for it.
func release(conn dbutil.Conn) error {
	if logging, ok := conn.(*dbutil.LoggingExecable); ok {
		if closer, ok := logging.UnderlyingExecable.(io.Closer); ok {
			return closer.Close()
		}
	}
	return nil
}

const insertColumns = "id, source, key, lane, kind, self, about, payload, progress, arrived_ms"

// insert stores the rows whose keys are new and returns those, with ids.
func (s *store) insert(ctx context.Context, rows []Row, at time.Time) (fresh []Row, err error) {
	rows = withoutTwins(rows)
	arrived := fromMilli(at.UnixMilli())
	for i := range rows {
		rows[i].ID, rows[i].Arrived = s.nextID+int64(i), arrived
	}
	if err := s.reserveIDs(ctx, len(rows)); err != nil {
		return nil, err
	}
	for part := range slices.Chunk(rows, rowsPerStatement) {
		if s.db.Dialect == dbutil.Postgres {
			part, err = s.insertWithKeys(ctx, part)
		} else if part, err = s.insertKeys(ctx, part); err == nil && len(part) > 0 {
			query := "INSERT INTO slack_inbox (" + insertColumns + ") VALUES " + placeholders(len(part), 10)
			_, err = s.db.Exec(ctx, query, values(part)...)
		}
		if err != nil {
			return nil, fmt.Errorf("store rows: %w", err)
		}
		fresh = append(fresh, part...)
	}
	return fresh, nil
}

// withoutTwins returns a copy of rows, each source and key once.
func withoutTwins(rows []Row) []Row {
	seen := make(map[[2]string]bool, len(rows))
	return slices.DeleteFunc(slices.Clone(rows), func(row Row) bool {
		name := [2]string{row.Source, row.Key}
		twin := seen[name]
		seen[name] = true
		return twin
	})
}

func values(rows []Row) []any {
	args := make([]any, 0, len(rows)*10)
	for _, row := range rows {
		args = append(args, row.ID, row.Source, row.Key, row.Lane, row.Kind, row.Self, row.About,
			blob(row.Payload), blobOrNil(row.Progress), row.Arrived.UnixMilli())
	}
	return args
}

// insertWithKeys stores rows and their keys with one statement, which SQLite has not.
// It returns the rows whose keys were not known.
func (s *store) insertWithKeys(ctx context.Context, rows []Row) ([]Row, error) {
	// The types of the first row are those of all; text is the default.
	typed := strings.NewReplacer("($1,", "($1::bigint,", "$8,", "$8::bytea,", "$9,", "$9::bytea,", "$10)", "$10::bigint)").
		Replace(placeholders(1, 10)) + strings.TrimPrefix(placeholders(len(rows), 10), placeholders(1, 10))
	query := `WITH given (` + insertColumns + `) AS (VALUES ` + typed + `),
		keys AS (
			INSERT INTO slack_inbox_key (source, key, seen_ms) SELECT source, key, arrived_ms FROM given
			ON CONFLICT (source, key) DO NOTHING RETURNING source, key)
		INSERT INTO slack_inbox (` + insertColumns + `)
		SELECT ` + insertColumns + ` FROM given JOIN keys USING (source, key) RETURNING id`
	stored := make(map[int64]bool, len(rows))
	answer, err := s.db.Query(ctx, query, values(rows)...)
	err = dbutil.NewRowIterWithError(answer, dbutil.ScanSingleColumn[int64], err).Iter(func(id int64) (bool, error) {
		stored[id] = true
		return true, nil
	})
	return slices.DeleteFunc(slices.Clone(rows), func(row Row) bool { return !stored[row.ID] }), err
}

// insertKeys stores the keys of rows and returns the rows whose keys were not known.
func (s *store) insertKeys(ctx context.Context, rows []Row) ([]Row, error) {
	args := make([]any, 0, len(rows)*3)
	for _, row := range rows {
		args = append(args, row.Source, row.Key, row.Arrived.UnixMilli())
	}
	type name struct{ source, key string }
	stored := make(map[name]bool, len(rows))
	answer, err := s.db.Query(ctx, "INSERT INTO slack_inbox_key (source, key, seen_ms) VALUES "+placeholders(len(rows), 3)+
		" ON CONFLICT (source, key) DO NOTHING RETURNING source, key", args...)
	err = dbutil.NewRowIterWithError(answer, func(row dbutil.Scannable) (id name, err error) {
		return id, row.Scan(&id.source, &id.key)
	}, err).Iter(func(id name) (bool, error) {
		stored[id] = true
		return true, nil
	})
	return slices.DeleteFunc(slices.Clone(rows), func(row Row) bool { return !stored[name{row.Source, row.Key}] }), err
}

// reserveIDs notes in the database that the next n ids are given.
func (s *store) reserveIDs(ctx context.Context, n int) error {
	s.pending = 0
	if s.nextID+int64(n) <= s.reserved {
		return nil
	}
	s.pending = s.nextID + int64(n) + reserve
	if _, err := s.db.Exec(ctx, "UPDATE slack_inbox_id SET next=$1", s.pending); err != nil {
		return fmt.Errorf("reserve ids: %w", err)
	}
	return nil
}

// remove deletes rows that are done.
func (s *store) remove(ctx context.Context, ids []int64) error {
	for part := range slices.Chunk(ids, rowsPerStatement) {
		if _, err := s.db.Exec(ctx, "DELETE FROM slack_inbox WHERE id IN "+placeholders(1, len(part)), anys(part)...); err != nil {
			return fmt.Errorf("mark %d rows done: %w", len(part), err)
		}
	}
	return nil
}

// advance moves nextID past the rows that were stored; called when their commit succeeded.
func (s *store) advance(fresh []Row) {
	if len(fresh) > 0 {
		s.nextID = fresh[len(fresh)-1].ID + 1
		s.reserved = max(s.reserved, s.pending)
	}
}

// settled returns what is in the database once no commit of this process is under way
// there any more, and moves nextID past it.
func (s *store) settled(ctx context.Context) (heads []head, err error) {
	err = s.transact(ctx, func(ctx context.Context) error {
		if s.db.Dialect == dbutil.Postgres {
			// It waits for the transaction of a connection that was cut.
			if _, err := s.db.Exec(ctx, "LOCK TABLE slack_inbox IN SHARE MODE"); err != nil {
				return fmt.Errorf("wait for a commit whose answer was lost: %w", err)
			}
		}
		heads, err = s.heads(ctx)
		return err
	})
	if err == nil && len(heads) > 0 {
		s.nextID = max(s.nextID, heads[len(heads)-1].id+1)
	}
	return heads, err
}

// prune forgets the keys of rows that are done and were put before a time.
func (s *store) prune(ctx context.Context, before time.Time) (int64, error) {
	result, err := s.db.Exec(ctx, `DELETE FROM slack_inbox_key WHERE seen_ms < $1 AND NOT EXISTS (
		SELECT 1 FROM slack_inbox WHERE slack_inbox.source=slack_inbox_key.source AND slack_inbox.key=slack_inbox_key.key)`, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("forget the keys of old rows: %w", err)
	}
	return result.RowsAffected()
}

// placeholders are n groups of m parameters: ($1, $2), ($3, $4).
func placeholders(n, m int) string {
	var text strings.Builder
	text.Grow(n * m * 6)
	number := 0
	for i := range n {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteByte('(')
		for j := range m {
			if j > 0 {
				text.WriteString(", ")
			}
			number++
			fmt.Fprintf(&text, "$%d", number)
		}
		text.WriteByte(')')
	}
	return text.String()
}

func fromMilli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

package journal_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream"

	"ops-jrz1/bridge/internal/journal"
)

// database is where a test's journal lives.
type database struct{ dialect, uri string }

func (d database) open(t *testing.T) *dbutil.Database {
	t.Helper()
	db, err := dbutil.NewFromConfig("", dbutil.Config{PoolConfig: dbutil.PoolConfig{Type: d.dialect, URI: d.uri, MaxOpenConns: 5, MaxIdleConns: 2}}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// onBoth runs a test on an empty SQLite file and on an empty PostgreSQL database.
func onBoth(t *testing.T, run func(t *testing.T, at database)) {
	t.Run("sqlite", func(t *testing.T) {
		run(t, database{"sqlite3-fk-wal", "file:" + filepath.Join(t.TempDir(), "bridge.db") + "?_txlock=immediate"})
	})
	t.Run("postgres", func(t *testing.T) {
		uri, err := shared.newDatabase(t.Context())
		require.NoError(t, err)
		run(t, database{"postgres", uri})
	})
}

func mustOpen(t *testing.T, db *dbutil.Database) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), db, nil)
	require.NoError(t, err)
	return j
}

func mustPut(t *testing.T, j *journal.Journal, key, lane, payload string) journal.Row {
	t.Helper()
	row, isNew, err := j.Put(t.Context(), journal.Row{Key: key, Source: "slack:T1", Lane: lane, Payload: []byte(payload)})
	require.NoError(t, err)
	require.True(t, isNew)
	return row
}

func keys(rows []journal.Row) []string {
	found := make([]string, 0, len(rows))
	for _, row := range rows {
		found = append(found, row.Key)
	}
	return found
}

func TestRowsComeBackInOrderUntilDone(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		db := at.open(t)
		j := mustOpen(t, db)
		noon := time.Date(2026, 5, 1, 12, 0, 0, 123_000_000, time.UTC)
		j.SetClock(func() time.Time { return noon })
		first := mustPut(t, j, "Ev1", "C1", "one\x00\xff")
		second := mustPut(t, j, "Ev2", "C2", "two")
		third := mustPut(t, j, "Ev3", "", "")
		other, _, err := j.Put(t.Context(), journal.Row{Key: "Ev1", Source: "matrix", Payload: nil})
		require.NoError(t, err)

		pending, err := j.Pending(t.Context(), "slack:T1")
		require.NoError(t, err)
		require.Equal(t, []journal.Row{
			{ID: first.ID, Source: "slack:T1", Key: "Ev1", Lane: "C1", Payload: []byte("one\x00\xff"), Arrived: noon},
			{ID: second.ID, Source: "slack:T1", Key: "Ev2", Lane: "C2", Payload: []byte("two"), Arrived: noon},
			{ID: third.ID, Source: "slack:T1", Key: "Ev3", Payload: []byte{}, Arrived: noon},
		}, pending)
		require.Less(t, first.ID, second.ID)
		require.Less(t, second.ID, third.ID)

		depth, err := j.Depth(t.Context())
		require.NoError(t, err)
		require.Equal(t, map[string]journal.Backlog{"slack:T1": {Rows: 3, Oldest: noon}, "matrix": {Rows: 1, Oldest: noon}}, depth)

		require.NoError(t, j.Done(t.Context(), second.ID))
		require.NoError(t, j.Done(t.Context(), second.ID), "twice is no error")
		require.NoError(t, j.Done(t.Context(), other.ID))
		require.ErrorIs(t, j.Done(t.Context(), other.ID+1000), journal.ErrNoRow)
		reopened := mustOpen(t, at.open(t))
		pending, err = reopened.Pending(t.Context(), "slack:T1")
		require.NoError(t, err)
		require.Equal(t, []string{"Ev1", "Ev3"}, keys(pending))
	})
}

func TestDuplicates(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		db := at.open(t)
		j := mustOpen(t, db)
		put := func(source, payload string) (journal.Row, bool) {
			row, isNew, err := j.Put(t.Context(), journal.Row{Key: "Ev1", Source: source, Lane: "C1", Payload: []byte(payload)})
			require.NoError(t, err)
			return row, isNew
		}
		first, isNew := put("slack:T1", "first")
		require.True(t, isNew)

		again, isNew := put("slack:T1", "delivered again")
		require.False(t, isNew)
		require.Equal(t, first, again, "the row that came first is returned while it is pending")

		_, isNew = put("slack:T2", "first")
		require.True(t, isNew, "keys are unique within a source only")

		require.NoError(t, j.Done(t.Context(), first.ID))
		again, isNew = put("slack:T1", "delivered after it was done")
		require.False(t, isNew)
		require.True(t, again.Done)
		require.Nil(t, again.Payload, "the payload is dropped when the row is done")
		require.Equal(t, first.ID, again.ID)

		pending, err := j.Pending(t.Context(), "slack:T1")
		require.NoError(t, err)
		require.Empty(t, pending, "a duplicate of a done row does not revive it")
	})
}

func TestPrune(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		db := at.open(t)
		j := mustOpen(t, db)
		clock := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		j.SetClock(func() time.Time { return clock })
		done, kept := mustPut(t, j, "done", "C1", "x"), mustPut(t, j, "pending", "C1", "y")
		require.NoError(t, j.Done(t.Context(), done.ID))

		prune := func(before time.Time) int64 {
			removed, err := j.Prune(t.Context(), before)
			require.NoError(t, err)
			return removed
		}
		clock = clock.Add(journal.KeepDone)
		require.Zero(t, prune(clock.Add(time.Hour)), "a key is kept for KeepDone, whatever is asked")
		clock = clock.Add(time.Second)
		require.Zero(t, prune(clock.Add(-48*time.Hour)), "nothing is removed that is younger than asked")
		require.EqualValues(t, 1, prune(clock))

		pending, err := j.Pending(t.Context(), "slack:T1")
		require.NoError(t, err)
		require.Equal(t, []string{"pending"}, keys(pending), "rows that are not done stay for ever")
		require.ErrorIs(t, j.Done(t.Context(), done.ID), journal.ErrNoRow)
		require.Greater(t, mustPut(t, j, "done", "C1", "z").ID, kept.ID, "a forgotten key is new again, with a new id")
	})
}

// TestOrderUnderConcurrency lets eight feeders put at once while a reader
// watches: each feeder's rows keep their order, no id is used twice, and what
// the reader sees only ever grows at its end.
func TestOrderUnderConcurrency(t *testing.T) {
	const feeders, each = 8, 40
	onBoth(t, func(t *testing.T, at database) {
		db := at.open(t)
		j := mustOpen(t, db)
		ids := make([][]int64, feeders)
		var feeding sync.WaitGroup
		for f := range feeders {
			feeding.Go(func() {
				for n := range each {
					row, isNew, err := j.Put(t.Context(), journal.Row{Source: "slack:T1", Key: fmt.Sprintf("%d.%d", f, n), Lane: fmt.Sprint(f)})
					if err != nil || !isNew {
						t.Errorf("put %d.%d: new %v, %v", f, n, isNew, err)
						return
					}
					ids[f] = append(ids[f], row.ID)
				}
			})
		}
		fed := make(chan struct{})
		go func() { feeding.Wait(); close(fed) }()
		var seen []journal.Row
		for running := true; running; {
			select {
			case <-fed:
				running = false
			default:
			}
			now, err := j.Pending(t.Context(), "slack:T1")
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(now), len(seen))
			require.Equal(t, keys(seen), keys(now[:len(seen)]), "a row appeared in front of one that was already visible")
			seen = now
		}
		require.Len(t, seen, feeders*each)
		for f, own := range ids {
			require.Len(t, own, each)
			require.IsIncreasing(t, own, "feeder %d", f)
		}
	})
}

func TestConcurrentPutsOfOneKeyAreOneRow(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		db := at.open(t)
		j := mustOpen(t, db)
		var wg sync.WaitGroup
		var mu sync.Mutex
		var news int
		found := map[int64]bool{}
		for range 20 {
			wg.Go(func() {
				row, isNew, err := j.Put(t.Context(), journal.Row{Source: "slack:T1", Key: "Ev1", Payload: []byte("x")})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if isNew {
					news++
				}
				found[row.ID] = true
			})
		}
		wg.Wait()
		require.Equal(t, 1, news)
		require.Len(t, found, 1)
	})
}

func TestPutRefuses(t *testing.T) {
	at := database{"sqlite3-fk-wal", "file:" + filepath.Join(t.TempDir(), "bridge.db")}
	db := at.open(t)
	j := mustOpen(t, db)

	_, _, err := j.Put(t.Context(), journal.Row{Source: "slack:T1"})
	require.ErrorContains(t, err, `key ""`)
	_, _, err = j.Put(t.Context(), journal.Row{Key: "Ev1"})
	require.ErrorContains(t, err, `source ""`)

	err = db.DoTxn(t.Context(), nil, func(ctx context.Context) error {
		_, _, err := j.Put(ctx, journal.Row{Source: "slack:T1", Key: "Ev1"})
		return err
	})
	require.ErrorIs(t, err, journal.ErrInTransaction)
}

func TestDoneIsPartOfTheCallersTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		db := at.open(t)
		j := mustOpen(t, db)
		row := mustPut(t, j, "Ev1", "C1", "x")
		failed := fmt.Errorf("the far side's row could not be written")
		err := db.DoTxn(t.Context(), nil, func(ctx context.Context) error {
			require.NoError(t, j.Done(ctx, row.ID))
			return failed
		})
		require.ErrorIs(t, err, failed)
		pending, err := j.Pending(t.Context(), "slack:T1")
		require.NoError(t, err)
		require.Equal(t, []journal.Row{row}, pending)
	})
}

func TestUnusableTables(t *testing.T) {
	for name, tc := range map[string]struct {
		sql  string
		want string
	}{
		"newer version":        {"CREATE TABLE slack_journal_version (version INTEGER, compat INTEGER); INSERT INTO slack_journal_version VALUES (99, 98)", "used by a newer slack-bridge"},
		"unreadable version":   {"CREATE TABLE slack_journal_version (version TEXT, compat INTEGER); INSERT INTO slack_journal_version VALUES ('what', 1)", "version table slack_journal_version"},
		"foreign table":        {"CREATE TABLE slack_journal (words TEXT)", "preparing the tables of the journal"},
		"version without rows": {"CREATE TABLE slack_journal_version (version INTEGER, compat INTEGER); INSERT INTO slack_journal_version VALUES (1, 1)", "the table slack_journal cannot be read"},
		"other columns":        {"CREATE TABLE slack_journal_version (version INTEGER, compat INTEGER); INSERT INTO slack_journal_version VALUES (1, 1); CREATE TABLE slack_journal (id INTEGER)", "the table slack_journal cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, at database) {
				db := at.open(t)
				_, err := db.Exec(t.Context(), tc.sql)
				require.NoError(t, err)
				_, err = journal.Open(t.Context(), db, nil)
				require.ErrorContains(t, err, tc.want)
			})
		})
	}
}

// TestPutIsFlushed reads SQLite's synchronous level from within the insert.
func TestPutIsFlushed(t *testing.T) {
	at := database{"sqlite3-fk-wal", "file:" + filepath.Join(t.TempDir(), "bridge.db")}
	db := at.open(t)
	db.RawDB.SetMaxOpenConns(1)
	j := mustOpen(t, db)
	_, err := db.Exec(t.Context(), `
		CREATE TABLE seen (level INTEGER);
		CREATE TRIGGER watch AFTER INSERT ON slack_journal BEGIN INSERT INTO seen SELECT synchronous FROM pragma_synchronous; END`)
	require.NoError(t, err)
	mustPut(t, j, "Ev1", "C1", "x")

	var level int
	require.NoError(t, db.QueryRow(t.Context(), "SELECT level FROM seen").Scan(&level))
	require.Equal(t, 2, level, "a row is put with synchronous=FULL")
	require.NoError(t, db.QueryRow(t.Context(), "PRAGMA synchronous").Scan(&level))
	require.Equal(t, 1, level, "the connection goes back as the framework opened it")
}

func TestTraceLogShowsNoPayload(t *testing.T) {
	at := database{"sqlite3-fk-wal", "file:" + filepath.Join(t.TempDir(), "bridge.db")}
	db := at.open(t)
	var out lockedBuffer
	db.Log = dbutil.ZeroLogger(zerolog.New(&out).Level(zerolog.TraceLevel), dbutil.ZeroLogSettings{TraceLogAllQueries: true})
	j, err := journal.Open(t.Context(), db, db.Log)
	require.NoError(t, err)
	_, _, err = j.Put(t.Context(), journal.Row{Source: "slack:T1", Key: "Ev1", Payload: []byte("a private word")})
	require.NoError(t, err)
	require.Contains(t, out.String(), "[14 bytes]")
	require.NotContains(t, out.String(), "private")
	require.NotContains(t, out.String(), "YSBwcml2YXRl", "not in base64 either")
}

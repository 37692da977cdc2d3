package inbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/inbox"
)

func TestRowsAreStoredAsGiven(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		noon := time.Date(2026, 5, 1, 12, 0, 0, 123_000_000, time.UTC)
		b.SetClock(func() time.Time { return noon })
		given := inbox.Row{
			Source: "slack:T1", Key: "Ev1", Lane: "T1/C1", Kind: "message", Self: "C1/1.0", About: "C1/0.5",
			Payload: []byte("one\x00\xff"), Progress: []byte("half"),
		}
		b.put(given, inbox.Row{Source: "matrix", Key: "Ev1"})
		backlog, err := b.Backlog(t.Context())
		require.NoError(t, err)
		require.Equal(t, map[string]inbox.Backlog{"slack:T1": {Waiting: 1, Oldest: noon}, "matrix": {Waiting: 1, Oldest: noon}}, backlog)

		given.ID, given.Arrived = b.id("Ev1"), noon
		got, err := b.Get(t.Context(), given.ID)
		require.NoError(t, err)
		require.Equal(t, inbox.Parked{Row: given}, got)
		rows, err := b.List(t.Context())
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Nil(t, rows[0].Payload, "a list shows no content")
		require.Nil(t, rows[0].Progress)
		_, err = b.Get(t.Context(), given.ID+1000)
		require.ErrorIs(t, err, inbox.ErrNoRow)
	})
}

func TestDuplicates(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		again := func(rows ...inbox.Row) int {
			fresh, err := b.Put(t.Context(), rows...)
			require.NoError(t, err)
			return fresh
		}
		first := row("C1", "Ev1")
		require.Equal(t, 1, again(first, first), "twice in one call")
		require.Zero(t, again(first))
		second := row("C1", "Ev2")
		require.Equal(t, 1, again(first, second, first), "what is new of a call is stored")
		other := first
		other.Source = "slack:T2"
		require.Equal(t, 1, again(other), "keys are unique within a source only")

		h := &handler{}
		stop := b.run("matrix", h, inbox.Policy{})
		b.idle("matrix")
		stop()
		require.Equal(t, []string{"Ev1", "Ev2"}, h.handled())
		require.Zero(t, again(first, second), "the key of a row that is done is known")
		b.close()

		b = at.box(t)
		require.Zero(t, again(first, second), "also after a restart")
		require.Equal(t, []string{"Ev1"}, b.list())
		require.EqualValues(t, 2, b.Stats().Known)
		require.Zero(t, b.Stats().Put)
	})
}

func TestConcurrentPutsOfOneKeyAreOneRow(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		var wg sync.WaitGroup
		fresh := make([]int, 20)
		for n := range fresh {
			wg.Go(func() {
				var err error
				if fresh[n], err = b.Put(t.Context(), row("C1", "Ev1"), row("C1", fmt.Sprint("own ", n))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		slices.Sort(fresh)
		require.Equal(t, slices.Concat(slices.Repeat([]int{1}, 19), []int{2}), fresh, "each is told what was new of its own")
		require.Equal(t, 21, b.Waiting("matrix"))
	})
}

func TestPutRefuses(t *testing.T) {
	b := newSQLite(t).box(t)
	for name, bad := range map[string]inbox.Row{
		"no key":       {Source: "matrix"},
		"no source":    {Key: "Ev1"},
		"long key":     {Source: "matrix", Key: strings.Repeat("k", 3000)},
		"zero byte":    {Source: "matrix", Key: "Ev\x00"},
		"not UTF-8":    {Source: "matrix", Key: "Ev\xff"},
		"zero in lane": {Source: "matrix", Key: "Ev1", Lane: "C\x00"},
		"bad about":    {Source: "matrix", Key: "Ev1", About: "\xff"},
	} {
		_, err := b.Put(t.Context(), row("C1", "good"), bad)
		require.ErrorIs(t, err, inbox.ErrRow, name)
	}
	require.Empty(t, b.list())

	inside := func(ctx context.Context) error { _, err := b.Put(ctx, row("C1", "Ev1")); return err }
	require.ErrorIs(t, b.db.DoTxn(t.Context(), nil, inside), inbox.ErrInTransaction)
	_, err := b.PutBatch(t.Context(), inbox.Batch{Also: inside})
	require.ErrorIs(t, err, inbox.ErrInTransaction, "a batch cannot wait for another")

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Put(gone, row("C1", "Ev1"))
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, inbox.ErrUnknown)
	require.NoError(t, b.Close(t.Context()))
	_, err = b.Put(t.Context(), row("C1", "Ev1"))
	require.ErrorIs(t, err, inbox.ErrClosed)
}

// blocked holds the committer in a commit until it is released.
func (b *box) blocked() (release func()) {
	held, free := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.PutBatch(context.Background(), inbox.Batch{Also: func(context.Context) error {
			close(held)
			<-free
			return nil
		}})
		if err != nil {
			b.t.Error(err)
		}
	})
	<-held
	return func() { close(free); wg.Wait() }
}

// TestContextEndsBeforeTheCommit: what was not begun to be written is not written.
func TestContextEndsBeforeTheCommit(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		release := b.blocked()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { _, err := b.Put(ctx, row("C1", "withdrawn")); ended <- err }()
		synctest.Wait()
		cancel()
		err := <-ended
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, inbox.ErrUnknown)
		release()
		b.put(row("C1", "next"))
		require.Equal(t, []string{"next"}, b.list())
		b.close()
	})
}

// TestContextEndsDuringTheCommit: the answer is waited for, but not for long.
func TestContextEndsDuringTheCommit(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		put := func(key string, wait <-chan struct{}) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := b.PutBatch(ctx, inbox.Batch{Rows: []inbox.Row{row("C1", key)}, Also: func(context.Context) error {
				cancel()
				<-wait
				return nil
			}})
			return err
		}
		wait := make(chan struct{})
		go func() { time.Sleep(time.Second); close(wait) }()
		require.NoError(t, put("slow", wait), "the answer came in time")

		wait = make(chan struct{})
		require.ErrorIs(t, put("hung", wait), inbox.ErrUnknown)
		close(wait)
		b.put(row("C1", "next"))
		require.Equal(t, []string{"slow", "hung", "next"}, b.list())
		require.Equal(t, 3, b.Waiting("matrix"))
		b.close()
	})
}

// TestOneCommitForAllThatWaits counts the commits.
func TestOneCommitForAllThatWaits(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		release := b.blocked()
		var wg sync.WaitGroup
		for n := range 64 {
			wg.Go(func() {
				if _, err := b.Put(t.Context(), row("C1", fmt.Sprint(n))); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		before := b.Stats().Commits
		release()
		wg.Wait()
		require.EqualValues(t, 2, b.Stats().Commits-before, "the one that was held, and one for the 64")

		time.Sleep(inbox.Hold)
		start := time.Now()
		b.put(row("C1", "idle"))
		require.Zero(t, time.Since(start), "an idle inbox commits at once")
		start = time.Now()
		b.put(row("C1", "alone"))
		require.Zero(t, time.Since(start), "a sender that is alone does not wait")
		b.close()
	})
}

// TestFirstWaitsForOthers: after a commit of several, the first one waits until as many
// are there, but no longer than Hold.
func TestFirstWaitsForOthers(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		together := func(name string, n int) *sync.WaitGroup {
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					if _, err := b.Put(t.Context(), row("C1", fmt.Sprint(name, i))); err != nil {
						t.Error(err)
					}
				})
			}
			return &wg
		}
		busy := func(name string) {
			release := b.blocked()
			wg := together(name, 3)
			synctest.Wait()
			release()
			wg.Wait()
		}

		busy("busy")
		commits, start := b.Stats().Commits, time.Now()
		wg := together("more", 2)
		time.Sleep(inbox.Hold / 5)
		require.Equal(t, commits, b.Stats().Commits, "two wait for the third")
		b.put(row("C1", "the third"))
		wg.Wait()
		require.Equal(t, inbox.Hold/5, time.Since(start), "no sender waits once it is there")
		require.Equal(t, commits+1, b.Stats().Commits)

		busy("busy again")
		commits, start = b.Stats().Commits, time.Now()
		b.put(row("C1", "the only one"))
		require.Equal(t, inbox.Hold, time.Since(start))
		require.Equal(t, commits+1, b.Stats().Commits)
		b.close()
	})
}

func TestCommitHasABound(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		commits := func(sizes ...int) int64 {
			release := b.blocked()
			before := b.Stats().Commits
			var wg sync.WaitGroup
			for n, size := range sizes {
				wg.Go(func() {
					rows := make([]inbox.Row, size)
					for i := range rows {
						rows[i] = row("C1", fmt.Sprint(before, n, i))
					}
					if _, err := b.Put(t.Context(), rows...); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // in this order
			}
			release()
			wg.Wait()
			return b.Stats().Commits - before - 1
		}
		require.EqualValues(t, 1, commits(inbox.MaxCommit-1, 1))
		require.EqualValues(t, 2, commits(inbox.MaxCommit, 1))
		require.EqualValues(t, 2, commits(100, inbox.MaxCommit-50), "no batch is split")
		require.EqualValues(t, 1, commits(inbox.MaxCommit*10), "not a large one either")
		require.EqualValues(t, 3, commits(1, inbox.MaxCommit*5, 1))
		b.close()
	})
}

func TestAlsoBelongsToTheRows(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		_, err := b.db.Exec(t.Context(), "CREATE TABLE effects (word TEXT)")
		require.NoError(t, err)
		write := func(word string, end error) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, inside := b.db.Execable(ctx).(dbutil.Transaction)
				require.True(t, inside, "the bridge's own handle sees the transaction")
				_, err := b.db.Exec(ctx, "INSERT INTO effects VALUES ($1)", word)
				return errors.Join(err, end)
			}
		}
		_, err = b.PutBatch(t.Context(), inbox.Batch{Rows: []inbox.Row{row("C1", "Ev1")}, Also: write("one", nil)})
		require.NoError(t, err)
		_, err = b.PutBatch(t.Context(), inbox.Batch{Rows: []inbox.Row{row("C1", "Ev2")}, Also: write("two", errHard)})
		require.ErrorIs(t, err, errHard)
		_, err = b.PutBatch(t.Context(), inbox.Batch{Rows: []inbox.Row{row("C1", "Ev3")}, Also: func(ctx context.Context) error {
			_, err := b.db.Exec(ctx, "INSERT INTO no_such_table VALUES (1)")
			return err
		}})
		require.ErrorContains(t, err, "no_such_table")
		_, err = b.PutBatch(t.Context(), inbox.Batch{Also: write("three", nil)})
		require.NoError(t, err)

		require.Equal(t, []string{"Ev1"}, b.list())
		rows, err := b.db.Query(t.Context(), "SELECT word FROM effects ORDER BY word")
		words, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
		require.NoError(t, err)
		require.Equal(t, []string{"one", "three"}, words)
		b.put(row("C1", "Ev2"))
		require.Equal(t, []string{"Ev1", "Ev2"}, b.list(), "the key of a row that was rolled back is new")
	})
}

// TestBadBatchesTakeNobodyWithThem: several that fail and one that panics, among many.
func TestBadBatchesTakeNobodyWithThem(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		release := b.blocked()
		var wg sync.WaitGroup
		for n := range 20 {
			batch := inbox.Batch{Rows: []inbox.Row{row("C1", fmt.Sprint(n))}}
			bad := n < 5
			switch {
			case n == 3:
				batch.Also = func(context.Context) error { panic("at the disco") }
			case bad:
				batch.Also = func(ctx context.Context) error {
					_, err := b.db.Exec(ctx, "INSERT INTO no_such_table VALUES (1)")
					return err
				}
			}
			wg.Go(func() {
				if fresh, err := b.PutBatch(t.Context(), batch); (err != nil) != bad || (fresh == 1) == bad {
					t.Errorf("batch %d: %d new, %v", n, fresh, err)
				}
			})
			synctest.Wait()
		}
		release()
		wg.Wait()
		require.Len(t, b.list(), 15)
		require.Equal(t, 15, b.Waiting("matrix"))
		require.NotZero(t, b.Stats().Panics)
		h := &handler{}
		stop := b.run("matrix", h, inbox.Policy{})
		synctest.Wait()
		require.Len(t, h.handled(), 15)
		stop()
		b.close()
	})
}

// TestOrderUnderConcurrency lets eight senders put at once while rows are handled: each
// sender's rows are handled in their order.
func TestOrderUnderConcurrency(t *testing.T) {
	const senders, each = 8, 60
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		b.run("matrix", h, inbox.Policy{})
		var sending sync.WaitGroup
		for s := range senders {
			sending.Go(func() {
				for n := range each {
					// Two senders share a lane.
					if _, err := b.Put(t.Context(), row(fmt.Sprint("lane ", s/2), fmt.Sprintf("%d.%03d", s, n))); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		sending.Wait()
		b.idle("matrix")
		require.Len(t, h.handled(), senders*each)
		for s := range senders {
			var own []string
			for _, key := range h.handled() {
				if strings.HasPrefix(key, fmt.Sprint(s, ".")) {
					own = append(own, key)
				}
			}
			require.Len(t, own, each)
			require.IsIncreasing(t, own, "sender %d", s)
		}
	})
}

func TestPrune(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		clock := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		var mu sync.Mutex
		move := func(by time.Duration) { mu.Lock(); defer mu.Unlock(); clock = clock.Add(by) }
		b.SetClock(func() time.Time { mu.Lock(); defer mu.Unlock(); return clock })
		b.put(row("C1", "done"), row("C2", "parked"), row("C3", "waits"))
		h := &handler{}
		h.fails("parked", inbox.Park(errHard))
		h.fails("waits", inbox.Later(time.Hour, errPasses))
		stop := b.run("matrix", h, inbox.Policy{})
		require.Eventually(t, func() bool { return len(b.list()) == 2 && b.Waiting("matrix") == 1 }, time.Minute, time.Millisecond)
		stop()

		prune := func() int64 {
			removed, err := b.Prune(t.Context())
			require.NoError(t, err)
			return removed
		}
		move(inbox.KeepKeys)
		require.Zero(t, prune())
		move(time.Millisecond)
		require.EqualValues(t, 1, prune(), "keys of rows that are not done stay")
		fresh, err := b.Put(t.Context(), row("C1", "done"), row("C2", "parked"), row("C3", "waits"))
		require.NoError(t, err)
		require.Equal(t, 1, fresh)
	})
}

// TestIDsNeverComeBack: an id names one row, also over restarts.
func TestIDsNeverComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		last := int64(0)
		for n := range 3 {
			b := at.box(t)
			for i := range 2 {
				key := fmt.Sprint(n, ".", i)
				b.put(row("C1", key))
				require.Greater(t, b.id(key), last)
				last = b.id(key)
			}
			stop := b.run("matrix", &handler{}, inbox.Policy{})
			b.idle("matrix")
			stop()
			b.close()
		}
	})
}

// TestPutIsFlushed reads SQLite's synchronous level from within the insert.
func TestPutIsFlushed(t *testing.T) {
	db := newSQLite(t).open(t)
	db.RawDB.SetMaxOpenConns(1)
	b := boxOn(t, db, nil)
	_, err := db.Exec(t.Context(), `
		CREATE TABLE seen (level INTEGER);
		CREATE TRIGGER watch AFTER INSERT ON slack_inbox BEGIN INSERT INTO seen SELECT synchronous FROM pragma_synchronous; END`)
	require.NoError(t, err)
	b.put(row("C1", "Ev1"))
	var level int
	require.NoError(t, db.QueryRow(t.Context(), "SELECT level FROM seen").Scan(&level))
	require.Equal(t, 2, level, "a row is put with synchronous=FULL")

	require.NoError(t, b.Close(t.Context()))
	db.RawDB.SetMaxOpenConns(1)
	db.RawDB.SetMaxIdleConns(1)
	for pragma, opened := range map[string]int{"synchronous": 1, "secure_delete": 0} {
		require.NoError(t, db.QueryRow(t.Context(), "PRAGMA "+pragma).Scan(&level))
		require.Equal(t, opened, level, "the connection goes back as the framework opened it")
	}
}

func TestTraceLogShowsNoPayload(t *testing.T) {
	db := newSQLite(t).open(t)
	var out lockedBuffer
	db.Log = dbutil.ZeroLogger(zerolog.New(&out).Level(zerolog.TraceLevel), dbutil.ZeroLogSettings{TraceLogAllQueries: true})
	b := boxOn(t, db, nil)
	b.put(inbox.Row{Source: "matrix", Key: "Ev1", Payload: []byte("a private word"), Progress: []byte("private as well")})
	require.Contains(t, out.String(), "[14 bytes]")
	require.Contains(t, out.String(), "[15 bytes]")
	require.NotContains(t, out.String(), "private")
	require.NotContains(t, out.String(), "cHJpdmF0Z", "not in base64 either")
	require.NotContains(t, out.String(), "YSBwcml2YXRl")
}

// lockedBuffer is a bytes.Buffer for several writers.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

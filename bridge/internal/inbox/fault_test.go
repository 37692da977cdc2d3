package inbox_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

// cutter is a way to PostgreSQL that can lose a commit, or the answer to one.
type cutter struct {
	mu     sync.Mutex
	lose   int // how many answers to lose
	refuse int // how many commits to lose
	cuts   int
}

// throughCutter returns a database whose connections go through a cutter.
func throughCutter(t *testing.T) (database, *cutter) {
	at := newPostgres(t)
	uri, err := url.Parse(at.uri)
	require.NoError(t, err)
	query := uri.Query()
	server := filepath.Join(query.Get("host"), ".s.PGSQL.5432")
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	c := &cutter{}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go c.carry(client, server)
		}
	}()
	query.Set("host", dir)
	uri.RawQuery = query.Encode()
	return database{"postgres", uri.String()}, c
}

// carry forwards a connection. It waits for the answer that it loses, so the commit is made;
// a commit that it loses never comes to the server.
func (c *cutter) carry(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("unix", address)
	if err != nil {
		return
	}
	defer server.Close()
	var mu sync.Mutex
	losing := false
	go func() {
		defer client.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			mu.Lock()
			cut := losing
			mu.Unlock()
			if err != nil || cut {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if bytes.Contains(buffer[:n], []byte("COMMIT\x00")) {
			if c.cut(&c.refuse) {
				return
			}
			if c.cut(&c.lose) {
				mu.Lock()
				losing = true
				mu.Unlock()
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// cut says whether this commit is one of those that are left to be cut.
func (c *cutter) cut(left *int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *left == 0 {
		return false
	}
	*left--
	c.cuts++
	return true
}

// refuseNext has the next commits not come to the server.
func (c *cutter) refuseNext(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = n
}

// loseNext has the next answers lost, and returns whether that happened to all.
func (c *cutter) loseNext(n int) (happened func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lose, c.cuts = n, 0
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.cuts == n
	}
}

// awaitHandled waits, on the real clock, until a handler is done with as many rows.
func awaitHandled(t *testing.T, h *handler, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(h.handled()) >= n }, time.Minute, time.Millisecond, "%d", n)
}

// TestPutWhoseAnswerIsLost: the row is committed, though its sender is told that it is
// not. It is handled, once, without a restart, and ids go on after it.
func TestPutWhoseAnswerIsLost(t *testing.T) {
	at, cutter := throughCutter(t)
	b := at.box(t)
	h := &handler{}
	b.run("matrix", h, inbox.Policy{})
	lost := cutter.loseNext(1)
	_, err := b.Put(t.Context(), row("C1", "lost 1"), row("C2", "lost 2"))
	require.Error(t, err)
	require.True(t, lost())
	awaitHandled(t, h, 2)
	b.marked() // so that the next commit is the row's alone

	lost = cutter.loseNext(1)
	_, err = b.Put(t.Context(), row("C1", "lost 3"))
	require.Error(t, err)
	require.True(t, lost())
	fresh, err := b.Put(t.Context(), row("C1", "lost 3"), row("C1", "new"))
	require.NoError(t, err, "the sender tries again")
	require.Equal(t, 1, fresh)
	awaitHandled(t, h, 4)
	b.idle("matrix")
	require.ElementsMatch(t, []string{"lost 1", "lost 2", "lost 3", "new"}, h.handled())
	require.NoError(t, b.Close(t.Context()))
	require.Empty(t, b.list())
}

// TestManyPutsWhoseAnswersAreLost: those that waited together are tried again one by
// one, and each is stored once.
func TestManyPutsWhoseAnswersAreLost(t *testing.T) {
	const senders, each = 16, 10
	at, cutter := throughCutter(t)
	b := at.box(t)
	h := &handler{}
	b.run("matrix", h, inbox.Policy{Transient: func(error) (time.Duration, bool) { return 0, true }})
	lost := cutter.loseNext(5)
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for n := range each {
				err := errors.New("not put yet")
				for tries := 0; err != nil && tries < 10; tries++ {
					_, err = b.Put(t.Context(), row(fmt.Sprint(s), fmt.Sprint(s, ".", n)))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.True(t, lost())
	awaitHandled(t, h, senders*each)
	b.idle("matrix")
	require.Len(t, h.handled(), senders*each)
	for s := range senders {
		var own []string
		for _, key := range h.handled() {
			var sender, n int
			if _, err := fmt.Sscanf(key, "%d.%d", &sender, &n); err == nil && sender == s {
				own = append(own, fmt.Sprintf("%03d", n))
			}
		}
		require.Len(t, own, each)
		require.IsIncreasing(t, own, "sender %d", s)
	}
}

// TestOthersWhoseAnswersAreLost: progress, a mark, a parking, a taking up.
func TestOthersWhoseAnswersAreLost(t *testing.T) {
	at, cutter := throughCutter(t)
	b := at.box(t)
	h, told := &handler{}, &teller{}
	policy := inbox.Policy{Parked: told.tell, Transient: func(err error) (time.Duration, bool) { return 0, !errors.Is(err, errHard) }}
	stop := b.run("matrix", h, policy)

	h.on("keeps", func(ctx context.Context, a *inbox.Attempt) error {
		if a.Try == 1 {
			cutter.loseNext(1)
			return a.Keep(ctx, []byte("half"))
		}
		require.Equal(t, "half", string(a.Progress), "it was committed, so it is known")
		return nil
	})
	b.put(row("C1", "keeps"))
	awaitHandled(t, h, 1)
	b.marked() // a row that is not marked when the connection is lost comes again

	h.on("begins", func(ctx context.Context, a *inbox.Attempt) error {
		if a.Try == 1 {
			cutter.loseNext(1)
		}
		return a.Begin(ctx)
	})
	b.put(row("C1", "begins"))
	awaitHandled(t, h, 2)

	var lost func() bool
	h.on("parks", func(_ context.Context, a *inbox.Attempt) error {
		if a.Try == 1 {
			lost = cutter.loseNext(1)
		}
		return inbox.Park(errHard)
	})
	edit := row("C1", "edit")
	edit.About = "$parks"
	parks := row("C1", "parks")
	parks.Self = "$parks"
	b.put(parks, edit)
	require.Eventually(t, func() bool { return len(told.keys()) == 1 && b.Waiting("matrix") == 0 }, time.Minute, time.Millisecond)
	require.True(t, lost())
	require.Equal(t, []string{"(parks)", "(edit)"}, b.list())

	h.succeeds("parks")
	b.marked()
	lost = cutter.loseNext(1)
	_, err := b.Retry(t.Context(), b.id("parks"))
	require.Error(t, err)
	require.True(t, lost())
	awaitHandled(t, h, 4)
	require.Equal(t, []string{"keeps", "begins", "parks", "edit"}, h.handled())
	b.idle("matrix")
	stop()
	require.NoError(t, b.Close(t.Context()))
	require.Empty(t, b.list())
}

// TestMarkIsLostWithItsCommit has the connection end before the commit that carries the mark of
// a row: the row is handled again, since what its handler wrote may be lost as well, and is
// unsure from the moment on in which it waits again.
func TestMarkIsLostWithItsCommit(t *testing.T) {
	at, cutter := throughCutter(t)
	b := at.box(t)
	h := &handler{}
	var sure atomic.Int32
	h.on("posted", func(_ context.Context, a *inbox.Attempt) error {
		if !a.Unsure {
			sure.Add(1)
		}
		return nil
	})
	b.put(row("C1", "posted"))
	var puts sync.WaitGroup
	put := func(r inbox.Row, also func()) {
		_, err := b.PutBatch(t.Context(), inbox.Batch{Rows: []inbox.Row{r}, Also: func(context.Context) error { also(); return nil }})
		if err != nil {
			t.Error(err)
		}
	}
	committing, goOn := make(chan struct{}), make(chan struct{})
	puts.Go(func() { put(other("C2", "before"), func() { close(committing); <-goOn }) })
	<-committing
	b.run("matrix", h, inbox.Policy{Transient: func(error) (time.Duration, bool) { return 0, true }})
	var waiting []int
	puts.Go(func() {
		put(row("C3", "with the mark"), func() {
			if waiting = append(waiting, b.Waiting("matrix")); len(waiting) == 1 {
				cutter.refuseNext(1)
			}
		})
	})
	require.Eventually(t, func() bool { requests, marks := b.Queued(); return requests == 1 && marks == 1 }, time.Minute, time.Millisecond)
	close(goOn)
	puts.Wait()
	awaitHandled(t, h, 3)
	b.idle("matrix")
	require.Equal(t, []int{0, 0}, waiting, "the commit is tried again, and the row waits again after that")
	require.ElementsMatch(t, []string{"posted", "posted", "with the mark"}, h.handled())
	require.EqualValues(t, 1, sure.Load())
}

// TestDatabaseGoneAndBack kills PostgreSQL while rows wait, are handled and are put.
// Those whose marks were not written come again, since what their handlers wrote may be
// lost as well, and say that they are unsure.
func TestDatabaseGoneAndBack(t *testing.T) {
	server := postgres.New(t)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	b := database{"postgres", uri}.box(t)
	h := &handler{}
	between, gone := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	done, sure := map[string]bool{}, []string(nil)
	for n := range 50 {
		key := fmt.Sprint(n)
		h.on(key, func(ctx context.Context, a *inbox.Attempt) error {
			mu.Lock()
			again := done[a.Key]
			if again && !a.Unsure {
				sure = append(sure, a.Key)
			}
			mu.Unlock()
			if a.Key == "10" && a.Try == 1 && !again { // between two steps
				close(between)
				<-gone
			}
			err := a.Keep(ctx, []byte("a step"))
			mu.Lock()
			defer mu.Unlock()
			done[a.Key] = err == nil
			return err
		})
		b.put(row(fmt.Sprint(n%5), key))
	}
	b.run("matrix", h, inbox.Policy{Transient: func(error) (time.Duration, bool) { return 0, true }})
	<-between
	server.Kill()
	close(gone)
	require.Eventually(t, func() bool { return b.Stats().Retries > 0 }, time.Minute, time.Millisecond)
	_, err = b.Put(t.Context(), row("1", "while it is away"))
	require.Error(t, err)
	require.NoError(t, server.StartAgain(t.Context()))
	b.put(row("1", "when it is back"))
	b.idle("matrix")
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(h.handled()))), 51)
	require.Empty(t, sure)
	require.Zero(t, b.Stats().Parked)
	require.NoError(t, b.Close(t.Context()))
	require.Empty(t, b.list())
}

// TestDatabaseGoneAndBackAtOnce has PostgreSQL end all connections between the handling of
// a row and its mark, as when it crashes, and take new ones at once: what the handler
// wrote may be lost, and the row comes again. What is put meanwhile is not refused.
func TestDatabaseGoneAndBackAtOnce(t *testing.T) {
	server := postgres.New(t)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	b := database{"postgres", uri}.box(t)
	h := &handler{}
	var unsure atomic.Int32
	crash := func() {
		_, err := b.db.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=current_database() AND pid<>pg_backend_pid()")
		require.NoError(t, err)
	}
	h.on("a", func(_ context.Context, a *inbox.Attempt) error {
		if a.Unsure {
			unsure.Add(1)
		} else {
			crash()
		}
		return nil
	})
	b.run("matrix", h, inbox.Policy{})
	b.put(row("1", "a"))
	b.idle("matrix")
	require.Eventually(t, func() bool { return unsure.Load() == 1 }, time.Minute, time.Millisecond)
	crash()
	b.put(row("1", "b"))
	b.idle("matrix")
	require.NoError(t, b.Close(t.Context()))
	require.Empty(t, b.list())
}

// connector opens SQLite with pragmas of a test.
type connector struct {
	path    string
	pragmas string
}

func (c connector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open("file:" + c.path + "?_txlock=immediate")
}

func (c connector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		_, err := conn.Exec("PRAGMA foreign_keys=ON; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "+c.pragmas, nil)
		return err
	}}
}

func sqliteWith(t *testing.T, pragmas string) *dbutil.Database {
	return openConnector(t, connector{filepath.Join(t.TempDir(), "bridge.db"), pragmas})
}

func openConnector(t *testing.T, c driver.Connector) *dbutil.Database {
	raw := sql.OpenDB(c)
	t.Cleanup(func() { _ = raw.Close() })
	raw.SetMaxOpenConns(5)
	db, err := dbutil.NewWithDB(raw, "sqlite3-fk-wal")
	require.NoError(t, err)
	return db
}

func codeOf(err error) sqlite3.ErrNo {
	var failed sqlite3.Error
	errors.As(err, &failed)
	return failed.Code
}

// TestFullDatabase: what cannot be stored is refused, and forgotten; what is there is
// handled, and makes room.
func TestFullDatabase(t *testing.T) {
	b := boxOn(t, sqliteWith(t, "PRAGMA max_page_count=100"), nil)
	big := func(n int) inbox.Row {
		r := row("C1", fmt.Sprint(n))
		r.Payload = bytes.Repeat([]byte("x"), 5000)
		return r
	}
	n, err := 0, error(nil)
	for err == nil && n < 1000 {
		if _, err = b.Put(t.Context(), big(n)); err == nil {
			n++
		}
	}
	require.Equal(t, sqlite3.ErrFull, codeOf(err))
	require.Len(t, b.list(), n)
	require.Equal(t, n, b.Waiting("matrix"))

	h := &handler{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- b.Run(ctx, "matrix", func(context.Context, *inbox.Attempt) error {
			return h.handle(ctx, &inbox.Attempt{Row: row("C1", "any")})
		}, inbox.Policy{})
	}()
	b.idle("matrix")
	require.Eventually(t, func() bool { return len(b.list()) == 0 }, time.Minute, time.Millisecond, "marks need no room")
	b.put(big(n))
	b.idle("matrix")
	require.Len(t, h.handled(), n+1)
	cancel()
	require.NoError(t, <-ended)
}

// TestBusyDatabase: another process holds SQLite's lock for longer than it is waited
// for.
func TestBusyDatabase(t *testing.T) {
	b := boxOn(t, sqliteWith(t, "PRAGMA busy_timeout=20"), nil)
	h := &handler{}
	handling := make(chan struct{})
	h.on("handled", func(context.Context, *inbox.Attempt) error { <-handling; return nil })
	b.put(row("C1", "handled"))
	stop := b.run("matrix", h, inbox.Policy{})
	tx, err := b.db.RawDB.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	close(handling)
	b.idle("matrix")
	_, err = b.Put(t.Context(), row("C1", "refused"))
	require.Equal(t, sqlite3.ErrBusy, codeOf(err))
	require.NoError(t, tx.Rollback())
	b.put(row("C1", "stored"))
	b.idle("matrix")
	require.Eventually(t, func() bool { return len(b.list()) == 0 }, time.Minute, time.Millisecond, "a mark that could not be written is written later")
	require.Equal(t, []string{"handled", "stored"}, h.handled())
	stop()
}

// TestCloseSaysWhatIsNotMarked: rows whose marks could not be written come again.
func TestCloseSaysWhatIsNotMarked(t *testing.T) {
	db := sqliteWith(t, "PRAGMA busy_timeout=20")
	b := boxOn(t, db, nil)
	b.put(row("C1", "one"), row("C2", "two"))
	h := &handler{}
	stop := b.run("matrix", h, inbox.Policy{})
	tx, err := db.RawDB.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	b.idle("matrix")
	stop()
	require.ErrorContains(t, b.Close(t.Context()), "2 rows could not be marked done")
	require.NoError(t, tx.Rollback())

	b = boxOn(t, db, nil)
	h = &handler{}
	for _, key := range []string{"one", "two"} {
		h.on(key, func(_ context.Context, a *inbox.Attempt) error { require.True(t, a.Unsure); return nil })
	}
	b.run("matrix", h, inbox.Policy{})
	b.idle("matrix")
	require.Len(t, h.handled(), 2)
}

package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

// shared is the server of all tests that ask for one.
var shared lazyPostgres

type lazyPostgres struct {
	once   sync.Once
	server *postgres.Server
	err    error
}

func (l *lazyPostgres) newDatabase(ctx context.Context) (string, error) {
	l.once.Do(func() { l.server, l.err = postgres.Start(context.Background()) })
	if l.err != nil {
		return "", l.err
	}
	return l.server.NewDatabase(ctx)
}

func (l *lazyPostgres) remove() error {
	if l.server == nil {
		return nil
	}
	return l.server.Remove()
}

func TestMain(m *testing.M) {
	if at := os.Getenv(putForMe); at != "" {
		if err := putUntilKilled(at); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if err := shared.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// database is where a test's inbox lives.
type database struct{ dialect, uri string }

func newSQLite(t testing.TB) database {
	return database{"sqlite3-fk-wal", "file:" + filepath.Join(t.TempDir(), "bridge.db") + "?_txlock=immediate"}
}

func newPostgres(t testing.TB) database {
	uri, err := shared.newDatabase(t.Context())
	require.NoError(t, err)
	return database{"postgres", uri}
}

func (d database) open(t testing.TB) *dbutil.Database {
	t.Helper()
	db, err := dbutil.NewFromConfig("", dbutil.Config{PoolConfig: dbutil.PoolConfig{Type: d.dialect, URI: d.uri, MaxOpenConns: 5, MaxIdleConns: 2}}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// onBoth runs a test on an empty SQLite file and on an empty PostgreSQL database.
func onBoth(t *testing.T, run func(t *testing.T, at database)) {
	t.Run("sqlite", func(t *testing.T) { run(t, newSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, newPostgres(t)) })
}

// timed runs a test on both databases with a clock that moves when nothing else does:
// waits cost nothing.
func timed(t *testing.T, run func(t *testing.T, at database)) {
	onBoth(t, func(t *testing.T, at database) {
		synctest.Test(t, func(t *testing.T) { run(t, at) })
	})
}

// pass lets time pass on the clock of a timed test, and everything go on that can.
func pass(d time.Duration) {
	synctest.Wait()
	time.Sleep(d)
	synctest.Wait()
}

// settle lets everything go on that need not wait for longer than a mark.
func settle() { pass(2 * inbox.Linger) }

// box is an inbox in a test.
type box struct {
	*inbox.Inbox
	t  *testing.T
	db *dbutil.Database
}

func (d database) box(t *testing.T) *box {
	t.Helper()
	return boxOn(t, d.open(t), nil)
}

func boxOn(t *testing.T, db *dbutil.Database, log *zap.Logger) *box {
	t.Helper()
	b, err := inbox.Open(t.Context(), inbox.Options{DB: db, Log: log})
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Close(context.Background()) })
	return &box{b, t, db}
}

// row makes a row of the source "matrix" whose payload names its key.
func row(lane, key string) inbox.Row {
	return inbox.Row{Source: "matrix", Key: key, Lane: lane, Kind: "event", Payload: []byte("payload of " + key)}
}

func (b *box) put(rows ...inbox.Row) {
	b.t.Helper()
	fresh, err := b.Put(b.t.Context(), rows...)
	require.NoError(b.t, err)
	require.Equal(b.t, len(rows), fresh)
}

func (b *box) close() {
	b.t.Helper()
	require.NoError(b.t, b.Close(b.t.Context()))
	require.NoError(b.t, b.db.Close())
}

// list returns the keys of the rows in the database, a parked one in brackets.
func (b *box) list() []string {
	b.t.Helper()
	rows, err := b.List(b.t.Context())
	require.NoError(b.t, err)
	var keys []string
	for _, row := range rows {
		if row.Since.IsZero() {
			keys = append(keys, row.Key)
		} else {
			keys = append(keys, "("+row.Key+")")
		}
	}
	return keys
}

// id returns the id of a row by its key.
func (b *box) id(key string) int64 {
	b.t.Helper()
	rows, err := b.List(b.t.Context())
	require.NoError(b.t, err)
	for _, row := range rows {
		if row.Key == key {
			return row.ID
		}
	}
	b.t.Fatalf("no row %s", key)
	return 0
}

// handler records what it is given. What is in answers decides how it ends, by key;
// without one the row is done.
type handler struct {
	mu      sync.Mutex
	tries   []string
	done    []string
	answers map[string]func(ctx context.Context, a *inbox.Attempt) error
}

func (h *handler) handle(ctx context.Context, a *inbox.Attempt) error {
	h.mu.Lock()
	h.tries = append(h.tries, a.Key)
	answer := h.answers[a.Key]
	h.mu.Unlock()
	if string(a.Payload) != "payload of "+a.Key {
		return fmt.Errorf("payload of %s is %q", a.Key, a.Payload)
	}
	if answer != nil {
		if err := answer(ctx, a); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, a.Key)
	return nil
}

func (h *handler) on(key string, answer func(ctx context.Context, a *inbox.Attempt) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.answers == nil {
		h.answers = map[string]func(ctx context.Context, a *inbox.Attempt) error{}
	}
	h.answers[key] = answer
}

func (h *handler) fails(key string, err error) {
	h.on(key, func(context.Context, *inbox.Attempt) error { return err })
}

func (h *handler) succeeds(key string) { h.on(key, nil) }

func (h *handler) handled() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.done)
}

func (h *handler) tried(key string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, tried := range h.tries {
		if tried == key {
			n++
		}
	}
	return n
}

// errPasses is an error that passes by itself, errHard one that does not.
var (
	errPasses = errors.New("the network is away")
	errHard   = errors.New("this cannot be handled")
)

func transient(err error) (time.Duration, bool) { return 0, errors.Is(err, errPasses) }

// run handles the rows of a source until stop is called, which waits for the end.
func (b *box) run(source string, h *handler, policy inbox.Policy) (stop func()) {
	b.t.Helper()
	if policy.Transient == nil {
		policy.Transient = transient
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx, source, h.handle, policy) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				b.t.Error(err)
			}
		})
	}
	b.t.Cleanup(stop)
	return stop
}

// marked waits, on the real clock, until no row waits that is done.
func (b *box) marked() {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		for _, key := range b.list() {
			if key[0] != '(' {
				return false
			}
		}
		return true
	}, time.Minute, time.Millisecond)
}

// idle waits, on the real clock, until nothing of a source waits.
func (b *box) idle(source string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return b.Waiting(source) == 0 }, 2*time.Minute, time.Millisecond)
}

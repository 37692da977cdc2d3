package matrixin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/sqlstatestore"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/matrixin"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

const (
	hsToken = "the-homeserver's-own-secret"
	bot     = "@slackbot:example.org"
	ghost   = "@slack_t1_u1:example.org"
	ann     = "@ann:example.org"
	// soon is how long anything in these tests may take that is not meant to wait.
	soon = time.Minute
)

// server is the PostgreSQL server of the tests that ask for one.
var server struct {
	once sync.Once
	*postgres.Server
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if server.Server != nil {
		if err := server.Remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// sqlite is a database in a file of its own.
func sqlite(t testing.TB) dbutil.PoolConfig {
	return dbutil.PoolConfig{Type: "sqlite3-fk-wal", URI: "file:" + filepath.Join(t.TempDir(), "bridge.db") + "?_txlock=immediate"}
}

// postgresql is an empty database on a real server.
func postgresql(t testing.TB) dbutil.PoolConfig {
	server.once.Do(func() { server.Server, server.err = postgres.Start(context.Background()) })
	require.NoError(t, server.err)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	return dbutil.PoolConfig{Type: "postgres", URI: uri}
}

// onBoth runs a test on an empty SQLite file and on an empty PostgreSQL database.
func onBoth(t *testing.T, run func(t *testing.T, f *fixture)) {
	for name, database := range map[string]func(testing.TB) dbutil.PoolConfig{"sqlite": sqlite, "postgres": postgresql} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, database(t))
			f.listen()
			f.Ready()
			run(t, f)
		})
	}
}

// fixture is a Server on a real port with a real inbox and a real state store in one
// database. It stands for the bridge; the test is the homeserver.
type fixture struct {
	*matrixin.Server
	t      testing.TB
	as     *appservice.AppService
	db     *dbutil.Database
	box    *inbox.Inbox
	store  *sqlstatestore.SQLStateStore
	logs   *lockedBuffer
	served chan error
	closed bool
	txns   int
}

// newFixture makes a server that is not ready. When the test ends it is closed, and
// nothing of it may be left running or be in the log that must not.
func newFixture(t testing.TB, pool dbutil.PoolConfig, change ...func(*matrixin.Config)) *fixture {
	t.Helper()
	pool.MaxOpenConns, pool.MaxIdleConns = 5, 2
	f := &fixture{t: t, logs: &lockedBuffer{}, served: make(chan error, 1)}
	t.Cleanup(func() {
		requireNoSecret(t, f.logs.String())
		requireNoGoroutines(t)
	})
	var err error
	f.db, err = dbutil.NewFromConfig("", dbutil.Config{PoolConfig: pool}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.db.Close()) })
	f.store = sqlstatestore.NewSQLStateStore(f.db, nil, false)
	require.NoError(t, f.store.Upgrade(t.Context()))
	f.box, err = inbox.Open(t.Context(), inbox.Options{DB: f.db})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.box.Close(context.Background())) })

	f.as = appservice.Create()
	f.as.HomeserverDomain = "example.org"
	f.as.Registration = &appservice.Registration{ServerToken: hsToken}
	f.as.Log = zerolog.New(f.logs)
	f.as.StateStore = f.store
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	cfg := matrixin.Config{
		AS: f.as, Log: zap.New(zapcore.NewCore(encoder, f.logs, zapcore.DebugLevel)),
		Put:        f.box.PutBatch,
		Waiting:    func() int { return f.box.Waiting(matrixevent.Source) },
		Ours:       func(user id.UserID) bool { return user == bot || user == ghost },
		Encryption: true,
	}
	for _, apply := range change {
		apply(&cfg)
	}
	f.Server = matrixin.New(cfg)
	return f
}

// start makes the server ready and closes it when the test ends.
func start(t *testing.T, change ...func(*matrixin.Config)) *fixture {
	t.Helper()
	f := newFixture(t, sqlite(t), change...)
	f.listen()
	f.Ready()
	return f
}

func (f *fixture) listen() {
	f.t.Helper()
	require.NoError(f.t, f.Listen("127.0.0.1:0"))
	go func() { f.served <- f.Serve() }()
	f.t.Cleanup(func() {
		if !f.closed {
			f.closeIn(soon)
		}
		require.NoError(f.t, await(f.t, f.served))
	})
}

// closeIn closes the server with a deadline.
func (f *fixture) closeIn(limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	f.closed = true
	f.Close(ctx)
}

// put sends a transaction of timeline and state events with the next id.
func (f *fixture) put(events ...string) {
	f.t.Helper()
	f.txns++
	f.ok(fmt.Sprint(f.txns), transaction(events...))
}

// ok sends a transaction that is acknowledged.
func (f *fixture) ok(txnID, body string) {
	f.t.Helper()
	status, answer := f.putBody(txnID, body)
	require.Equal(f.t, http.StatusOK, status, answer)
	require.JSONEq(f.t, "{}", answer)
}

// refused sends a transaction that is answered 503.
func (f *fixture) refused(txnID, body string) {
	f.t.Helper()
	status, answer := f.putBody(txnID, body)
	require.Equal(f.t, http.StatusServiceUnavailable, status, answer)
	require.Equal(f.t, "M_UNKNOWN", errcode(f.t, answer))
}

func (f *fixture) putBody(txnID, body string) (status int, answer string) {
	f.t.Helper()
	return f.do(http.MethodPut, "/_matrix/app/v1/transactions/"+txnID, hsToken, body)
}

// do sends any request on a connection of its own.
func (f *fixture) do(method, path, token, body string) (status int, answer string) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), soon)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+f.Addr().String()+path, strings.NewReader(body))
	require.NoError(f.t, err)
	r.Close = true
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(f.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	return response.StatusCode, string(text)
}

// inject sends a transaction without a network.
func (f *fixture) inject(txnID, body string) *httptest.ResponseRecorder {
	f.t.Helper()
	return f.injectAs(f.t.Context(), txnID, body)
}

// injectAs is inject for a homeserver that waits as long as ctx lasts.
func (f *fixture) injectAs(ctx context.Context, txnID, body string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequestWithContext(ctx, http.MethodPut, "/_matrix/app/v1/transactions/"+txnID, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+hsToken)
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	return w
}

// rows returns the rows in the database, in their order.
func (f *fixture) rows() []inbox.Parked {
	f.t.Helper()
	rows, err := f.box.List(f.t.Context())
	require.NoError(f.t, err)
	return rows
}

// of returns the keys of a lane's rows, in their order.
func (f *fixture) of(lane string) (keys []string) {
	f.t.Helper()
	for _, row := range f.rows() {
		if row.Lane == lane {
			keys = append(keys, row.Key)
		}
	}
	return keys
}

// payloads returns what is in a lane's rows, as a handler gets it.
func (f *fixture) payloads(lane string) (payloads []string) {
	f.t.Helper()
	rows, err := f.db.Query(f.t.Context(), "SELECT payload FROM slack_inbox WHERE lane=$1 ORDER BY id", lane)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[[]byte], err).AsList()
	require.NoError(f.t, err)
	for _, payload := range list {
		payloads = append(payloads, string(payload))
	}
	return payloads
}

func (f *fixture) encrypted(room id.RoomID) bool {
	f.t.Helper()
	encrypted, err := f.store.IsEncrypted(f.t.Context(), room)
	require.NoError(f.t, err)
	return encrypted
}

func (f *fixture) membership(room id.RoomID, user id.UserID) event.Membership {
	f.t.Helper()
	membership, err := f.store.GetMembership(f.t.Context(), room, user)
	require.NoError(f.t, err)
	return membership
}

func transaction(events ...string) string {
	return `{"events":[` + strings.Join(events, ",") + `]}`
}

// message is a text message; its id is made of room and body.
func message(room, body string) string {
	text, _ := json.Marshal(body)
	return fmt.Sprintf(`{"type":"m.room.message","event_id":"$%s-%s","room_id":"!%s","sender":%q,"content":{"msgtype":"m.text","body":%s}}`, room, body, room, ann, text)
}

// state is a state event of the room "!room"; its id is made of type and key.
func state(sender, kind, key, content string) string {
	return fmt.Sprintf(`{"type":%q,"event_id":%q,"room_id":"!room","sender":%q,"state_key":%q,"content":%s}`, kind, "$"+kind+key, sender, key, content)
}

const megolm = `{"algorithm":"m.megolm.v1.aes-sha2"}`

func errcode(t testing.TB, answer string) string {
	t.Helper()
	var parsed struct {
		ErrCode string `json:"errcode"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &parsed), answer)
	return parsed.ErrCode
}

func await[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case value := <-ch:
		return value
	case <-time.After(soon):
		require.FailNow(t, "timed out")
		panic("unreachable")
	}
}

func requireNoSecret(t testing.TB, logs string) {
	t.Helper()
	secrettest.Check(t, "the log", logs, hsToken)
}

// requireNoGoroutines waits until nothing of the package runs any more.
func requireNoGoroutines(t testing.TB) {
	t.Helper()
	running := func() string {
		stacks := make([]byte, 1<<20)
		var found []string
		for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			if strings.Contains(stack, "internal/matrixin.") {
				found = append(found, stack)
			}
		}
		return strings.Join(found, "\n\n")
	}
	require.Eventually(t, func() bool { return running() == "" }, soon, 5*time.Millisecond, "still running: %s", running())
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) Sync() error { return nil }

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

package matrixin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/matrixin"
	"ops-jrz1/bridge/internal/secret/secrettest"
)

const (
	hsToken = "the-homeserver's-own-secret"
	// soon is how long anything in these tests may take that is not meant to wait.
	soon = 10 * time.Second
)

// fixture is a real appservice with its event processor behind a Server on a
// real port. It stands for the bridge; the test is the homeserver.
type fixture struct {
	*matrixin.Server
	t      *testing.T
	as     *appservice.AppService
	events *appservice.EventProcessor
	logs   *lockedBuffer
	served chan error
	txns   int
}

// newFixture makes a server that listens and is not ready. When the test ends
// it is drained, and nothing of it may be left running or stand in the log that
// must not.
func newFixture(t *testing.T, change ...func(*matrixin.Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, logs: &lockedBuffer{}, served: make(chan error, 1)}
	f.as = appservice.Create()
	f.as.HomeserverDomain = "example.org"
	f.as.Registration = &appservice.Registration{ServerToken: hsToken, EphemeralEvents: true}
	f.as.Log = zerolog.New(f.logs)
	f.events = appservice.NewEventProcessor(f.as)
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	cfg := matrixin.Config{
		AS: f.as, Events: f.events, Log: zap.New(zapcore.NewCore(encoder, f.logs, zapcore.DebugLevel)),
		RetryFirst: time.Millisecond, RetryMax: 5 * time.Millisecond, StopGrace: 200 * time.Millisecond,
	}
	for _, apply := range change {
		apply(&cfg)
	}
	f.Server = matrixin.New(cfg)
	t.Cleanup(func() {
		requireNoSecret(t, f.logs.String())
		requireNoGoroutines(t)
	})
	return f
}

// start makes the server ready and drains it when the test ends.
func start(t *testing.T, change ...func(*matrixin.Config)) *fixture {
	t.Helper()
	f := newFixture(t, change...)
	f.listen()
	f.Ready()
	return f
}

func (f *fixture) listen() {
	f.t.Helper()
	require.NoError(f.t, f.Listen("127.0.0.1:0"))
	go func() { f.served <- f.Serve() }()
	f.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		if !f.drained() {
			require.NoError(f.t, f.Drain(ctx))
		}
		require.NoError(f.t, await(f.t, f.served))
	})
}

func (f *fixture) drained() bool { return f.Stats().State == "draining" }

// put sends a transaction of timeline and state events with the next id.
func (f *fixture) put(events ...string) {
	f.t.Helper()
	f.txns++
	status, answer := f.putBody(fmt.Sprint(f.txns), transaction(events...))
	require.Equal(f.t, http.StatusOK, status, answer)
	require.JSONEq(f.t, "{}", answer)
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

func transaction(events ...string) string {
	return `{"events":[` + strings.Join(events, ",") + `]}`
}

// message is a text message; its id is made of room and body.
func message(room, body string) string {
	text, _ := json.Marshal(body)
	return fmt.Sprintf(`{"type":"m.room.message","event_id":"$%s-%s","room_id":"!%s","sender":"@ann:example.org","content":{"msgtype":"m.text","body":%s}}`, room, body, room, text)
}

func errcode(t *testing.T, answer string) string {
	t.Helper()
	var parsed struct {
		ErrCode string `json:"errcode"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &parsed), answer)
	return parsed.ErrCode
}

// journey notes what handlers saw, in order, as "room body".
type journey struct {
	mu   sync.Mutex
	seen []string
	news chan struct{}
}

// watch registers a handler of messages that notes each and then calls then.
func (f *fixture) watch(then func(ctx context.Context, evt *event.Event)) *journey {
	j := &journey{news: make(chan struct{}, 1)}
	f.events.On(event.EventMessage, func(ctx context.Context, evt *event.Event) {
		j.add(strings.TrimPrefix(evt.RoomID.String(), "!") + " " + evt.Content.AsMessage().Body)
		if then != nil {
			then(ctx, evt)
		}
	})
	return j
}

func (j *journey) add(what string) {
	j.mu.Lock()
	j.seen = append(j.seen, what)
	j.mu.Unlock()
	select {
	case j.news <- struct{}{}:
	default:
	}
}

func (j *journey) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.seen...)
}

// of returns what was seen in one room.
func (j *journey) of(room string) []string {
	var found []string
	for _, line := range j.all() {
		if body, ok := strings.CutPrefix(line, room+" "); ok {
			found = append(found, body)
		}
	}
	return found
}

// await waits until a room has seen n messages and returns them.
func (j *journey) await(t *testing.T, room string, n int) []string {
	t.Helper()
	deadline := time.After(soon)
	for {
		if found := j.of(room); len(found) >= n {
			return found
		}
		select {
		case <-j.news:
		case <-deadline:
			require.FailNow(t, "nothing more came", "room %s saw %v, wanted %d", room, j.of(room), n)
		}
	}
}

func await[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case value := <-ch:
		return value
	case <-time.After(soon):
		require.FailNow(t, "timed out")
		panic("unreachable")
	}
}

func requireNoSecret(t *testing.T, logs string) {
	t.Helper()
	secrettest.Check(t, "the log", logs, hsToken)
}

// requireNoGoroutines waits until nothing of the package runs any more.
func requireNoGoroutines(t *testing.T) {
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

// inject sends a transaction without a network, for tests on a synthetic clock.
func (f *fixture) inject(txnID, body string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequest(http.MethodPut, "/_matrix/app/v1/transactions/"+txnID, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+hsToken)
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	return w
}

// requireStats waits until the server's numbers are as they should be.
func requireStats(t *testing.T, f *fixture, ok func(matrixin.Stats) bool) {
	t.Helper()
	if !eventually(func() bool { return ok(f.Stats()) }) {
		require.FailNow(t, "the numbers are wrong", "%+v", f.Stats())
	}
}

func eventually(ok func() bool) bool {
	deadline := time.After(soon)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			return false
		}
	}
	return true
}

package slackws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackws"
)

// ticket is in every address that fakeSlack gives out. It must never be seen
// again.
const ticket = "0a1b2c3d-" + "4e5f-6789"

// fakeSlack is Slack's side of Socket Mode without a network, so that a test's
// synthetic time covers both sides. What a connection does is the test's.
type fakeSlack struct {
	t      *testing.T
	serve  func(n int, c *serverConn) // n counts connections from 1
	open   func(n int) error          // judges the n-th apps.connections.open
	status int                        // answered to the handshake instead of 101
	mute   bool                       // answers no ping
	deaf   bool                       // reads nothing at all
	clocks *clocks                    // of the session; nil means real ones
	seen   *running                   // set by run, for handlers of the test's own

	serving sync.WaitGroup

	mu    sync.Mutex
	opens []time.Duration // since the start
	start time.Time
	dials int
}

// serverConn is one connection as Slack sees it.
type serverConn struct {
	*websocket.Conn
	t      *testing.T
	ctx    context.Context
	frames chan []byte   // what the client sent
	ended  chan struct{} // closed when nothing more can be read
	why    error         // set before ended is closed
}

// run starts a session against f within a synctest bubble; the returned function
// ends it, waits for all its goroutines, and checks that no secret was shown.
func (f *fakeSlack) run(t *testing.T, cfg slackws.Config) (r *running, stop func()) {
	t.Helper()
	f.t, f.start = t, time.Now()
	listener := newPipeListener()
	server := &http.Server{Handler: http.HandlerFunc(f.accept)}
	go func() { _ = server.Serve(listener) }()

	core, logs := observer.New(zapcore.DebugLevel)
	cfg.Log = zap.New(core)
	cfg.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}}
	if cfg.Open == nil {
		cfg.Open = f.opened
	}
	r = &running{logs: logs, start: f.start.Round(0)}
	f.seen = r
	if cfg.Handle == nil {
		cfg.Handle = r.handle
	}
	cfg.OnState = r.tell
	if cfg.OnGap == nil {
		cfg.OnGap = r.onGap
	}
	r.session = slackws.New(cfg)
	if f.clocks != nil {
		r.session.SetClocks(f.clocks.wall, f.clocks.uptime)
	}

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.session.Run(ctx) }()
	r.end = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return r, func() {
		r.end()
		require.NoError(t, server.Close())
		_ = listener.Close()
		f.serving.Wait()
		r.requireNoSecrets(t)
	}
}

func (f *fakeSlack) opened(context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opens = append(f.opens, time.Since(f.start))
	if f.open != nil {
		if err := f.open(len(f.opens)); err != nil {
			return "", err
		}
	}
	return "ws://slack.test/link/?ticket=" + ticket + "&app_id=abc", nil
}

// openedAt returns when each address was asked for.
func (f *fakeSlack) openedAt() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Duration(nil), f.opens...)
}

func (f *fakeSlack) accept(w http.ResponseWriter, r *http.Request) {
	f.serving.Add(1)
	defer f.serving.Done()
	f.mu.Lock()
	f.dials++
	n := f.dials
	f.mu.Unlock()
	if r.URL.Query().Has("debug_reconnects") {
		f.t.Error("the session asked for a short-lived socket")
	}
	if f.status != 0 {
		w.WriteHeader(f.status)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		OnPingReceived: func(context.Context, []byte) bool { return !f.mute },
	})
	if err != nil {
		f.t.Errorf("accept: %v", err)
		return
	}
	defer func() { _ = conn.CloseNow() }()
	c := &serverConn{
		Conn: conn, t: f.t, ctx: context.Background(),
		frames: make(chan []byte, 100), ended: make(chan struct{}),
	}
	if !f.deaf {
		go c.read()
	}
	f.serve(n, c)
}

// read takes frames and answers pings until the connection ends.
func (c *serverConn) read() {
	defer close(c.ended)
	for {
		_, frame, err := c.Read(c.ctx)
		if err != nil {
			c.why = err
			return
		}
		c.frames <- frame
	}
}

func (c *serverConn) send(format string, args ...any) {
	_ = c.Write(c.ctx, websocket.MessageText, fmt.Appendf(nil, format, args...))
}

func (c *serverConn) hello(sockets int) {
	c.send(`{"type":"hello","num_connections":%d,"connection_info":{"app_id":"A1"},"debug_info":{"host":"applink-1","approximate_connection_time":18060}}`, sockets)
}

func (c *serverConn) disconnect(reason string) {
	c.send(`{"type":"disconnect","reason":%q,"debug_info":{"host":"applink-1"}}`, reason)
}

// event sends a message event in an envelope of the given id.
func (c *serverConn) event(id string) {
	c.send(`{"envelope_id":%q,"type":"events_api","payload":{"type":"event_callback","event_id":%q,`+
		`"event":{"type":"message","channel":"C1","ts":"1700000000.000100"}}}`, id, "Ev"+id)
}

// ack waits for the next acknowledgement and returns its envelope's id, or ""
// when the connection ended first.
func (c *serverConn) ack() string {
	select {
	case frame := <-c.frames:
		return c.parseAck(frame)
	case <-c.ended:
		return ""
	}
}

// acks returns the ids acknowledged within d.
func (c *serverConn) acks(d time.Duration) []string {
	c.wait(d)
	var ids []string
	for {
		select {
		case frame := <-c.frames:
			ids = append(ids, c.parseAck(frame))
		default:
			return ids
		}
	}
}

func (c *serverConn) parseAck(frame []byte) string {
	var ack map[string]string
	if err := json.Unmarshal(frame, &ack); err != nil || len(ack) != 1 {
		c.t.Errorf("%s is no acknowledgement", frame)
	}
	return ack["envelope_id"]
}

// wait lets d pass, or less if the connection ends.
func (c *serverConn) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-c.ended:
	}
}

// idle waits until the client closes, and returns why the connection ended.
func (c *serverConn) idle() error {
	<-c.ended
	return c.why
}

// elapse lets synthetic time pass.
func elapse(d time.Duration) { <-time.After(d) }

// running is a session under test and what it was seen to do.
type running struct {
	session *slackws.Session
	logs    *observer.ObservedLogs
	end     func() // ends the session and waits for Run
	start   time.Time

	mu      sync.Mutex
	states  []slackws.State
	handled []string
	gaps    []toldGap
}

// toldGap is a gap as OnGap was told of it.
type toldGap struct {
	since, until time.Duration // since the start; since is negative if it was zero
	handled      int           // how many envelopes were handled before it
}

func (r *running) onGap(_ context.Context, since, until time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := toldGap{since: -1, until: until.Sub(r.start), handled: len(r.handled)}
	if !since.IsZero() {
		told.since = since.Sub(r.start)
	}
	r.gaps = append(r.gaps, told)
	return nil
}

// toldGaps returns the gaps after the one with which a session begins.
func (r *running) toldGaps(t *testing.T) []toldGap {
	r.mu.Lock()
	defer r.mu.Unlock()
	require.NotEmpty(t, r.gaps)
	require.Equal(t, time.Duration(-1), r.gaps[0].since, "what was before the session is not known to it")
	require.Zero(t, r.gaps[0].handled)
	return r.gaps[1:]
}

func (r *running) tell(state slackws.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states = append(r.states, state)
}

func (r *running) handle(_ context.Context, envelopes []slackevent.Envelope) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, env := range envelopes {
		r.handled = append(r.handled, env.ID)
	}
	return nil
}

// alone handles envelopes one at a time.
func alone(handle func(context.Context, slackevent.Envelope) error) func(context.Context, []slackevent.Envelope) error {
	return func(ctx context.Context, envelopes []slackevent.Envelope) error {
		if len(envelopes) > 1 {
			return errors.New("one at a time")
		}
		return handle(ctx, envelopes[0])
	}
}

// told returns the states so far as "kind reason".
func (r *running) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var told []string
	for _, state := range r.states {
		told = append(told, fmt.Sprintf("%s %s", state.Kind, state.Reason))
	}
	return told
}

func (r *running) lastState() slackws.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.states[len(r.states)-1]
}

func (r *running) handledIDs() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.handled...)
}

// requireNoSecrets fails if anything that a person can see holds a secret.
func (r *running) requireNoSecrets(t *testing.T) {
	t.Helper()
	var shown []string
	for _, entry := range r.logs.All() {
		shown = append(shown, entry.Message+fmt.Sprint(entry.ContextMap()))
	}
	for _, state := range r.states {
		shown = append(shown, state.Message)
		require.NotContains(t, state.Message, "\n")
		require.NotEmpty(t, state.Message)
	}
	for _, line := range shown {
		secrettest.Check(t, "a line", line, ticket)
		require.NotContains(t, line, "ticket=", "an address has no place in a line")
	}
}

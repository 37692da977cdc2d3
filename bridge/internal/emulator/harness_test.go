package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/seed"
	"ops-jrz1/bridge/internal/secret/secrettest"
)

// The ids of the default seed.
const (
	app     = "A0BRIDGE01"
	botUser = "U0BRIDGE01"
	botID   = "B0BRIDGE01"
	ann     = "U0ANN00001"
	bob     = "U0BOB00001"
	cleo    = "U0CLEO0001"
	general = "C0GENERAL1"
	random  = "C0RANDOM01"
	lounge  = "C0LOUNGE01" // public, the bot is not in it
	leaders = "C0PRIVATE1" // private, the bot is in it
	oldOne  = "C0OLD00001" // archived
	annBot  = "D0ANNBOT01"
	annBob  = "D0ANNBOB01" // a DM of others
	mpim    = "C0MPIM0001"
)

// waitFor bounds every wait of these tests.
const waitFor = 15 * time.Second

// emu is a running emulator with clients of all its sides. Its clock stands
// still unless a test asks for another.
type emu struct {
	*emulator.Emulator
	t     testing.TB
	ctl   *control.Client
	slack *slack.Client
	bot   string
	level string
	log   *safeBuffer
	last  *ws
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start runs an emulator. Afterwards its log must hold no token and no answer
// that the method does not document.
func start(t testing.TB, change ...func(*emulator.Options)) *emu {
	t.Helper()
	c := clock.New(0)
	t.Cleanup(c.Close)
	off := 0.0
	e := &emu{t: t, log: &safeBuffer{}}
	// Without the redaction that the program's log has: the emulator must not rely on it.
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(e.log), zap.DebugLevel))
	o := emulator.Options{Clock: c, RateScale: &off, Log: log}
	for _, f := range change {
		f(&o)
	}
	running, err := emulator.Start(o)
	require.NoError(t, err)
	e.Emulator = running
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), waitFor)
		defer cancel()
		require.NoError(t, running.Close(ctx))
		secrettest.Check(t, "the log", e.log.String())
		require.NotContains(t, e.log.String(), "does not document")
	})
	e.bot, e.level = running.Workspace.Tokens(app)
	e.ctl = control.New(running.URL())
	e.slack = slack.New(e.bot, slack.OptionAPIURL(running.APIURL()), slack.OptionAppLevelToken(e.level))
	return e
}

// withSeed starts the emulator on another seed.
func withSeed(t testing.TB, text string) func(*emulator.Options) {
	t.Helper()
	f, err := seed.Parse([]byte(text), t.TempDir())
	require.NoError(t, err)
	return func(o *emulator.Options) { o.Seed = f }
}

func (e *emu) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), waitFor)
	e.t.Cleanup(cancel)
	return ctx
}

// answer is what a raw call got.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (a answer) code() string { s, _ := a.body["error"].(string); return s }
func (a answer) ok() bool     { b, _ := a.body["ok"].(bool); return b }

// at walks into the body by keys.
func (a answer) at(keys ...string) any {
	var v any = a.body
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// form calls a method by form POST with the bot token in the header. args
// alternate names and values.
func (e *emu) form(method string, args ...string) answer {
	e.t.Helper()
	return e.do(http.MethodPost, method, e.bot, "application/x-www-form-urlencoded", values(args).Encode())
}

func values(args []string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(args); i += 2 {
		v.Set(args[i], args[i+1])
	}
	return v
}

// must is form for calls that have to succeed.
func (e *emu) must(method string, args ...string) answer {
	e.t.Helper()
	a := e.form(method, args...)
	require.True(e.t, a.ok(), "%s: %s", method, a.raw)
	return a
}

func (e *emu) do(verb, method, token, contentType, body string) answer {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.ctx(), verb, e.APIURL()+method, strings.NewReader(body))
	require.NoError(e.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return e.send(req)
}

func (e *emu) send(req *http.Request) answer {
	e.t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(e.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(e.t, err)
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		require.NoError(e.t, json.Unmarshal(raw, &a.body))
	}
	return a
}

// ws is a bare Socket Mode client.
type ws struct {
	t      testing.TB
	conn   *websocket.Conn
	frames chan []byte
	ended  chan error
	hello  map[string]any
}

// envelope is what a ws reads.
type envelope struct {
	ID      string `json:"envelope_id"`
	Type    string `json:"type"`
	Reason  string `json:"reason"`
	Attempt int    `json:"retry_attempt"`
	Retry   string `json:"retry_reason"`
	Accepts bool   `json:"accepts_response_payload"`
	Payload struct {
		Type    string         `json:"type"`
		EventID string         `json:"event_id"`
		Event   map[string]any `json:"event"`
		Auths   []any          `json:"authorizations"`
		App     string         `json:"api_app_id"`
		Context string         `json:"event_context"`
		Team    string         `json:"team_id"`
	} `json:"payload"`
	raw string
}

func (v envelope) event(key string) string { s, _ := v.Payload.Event[key].(string); return s }

// ticket opens a connection URL.
func (e *emu) ticket() string {
	e.t.Helper()
	a := e.do(http.MethodPost, "apps.connections.open", e.level, "", "")
	require.True(e.t, a.ok(), a.raw)
	return a.at("url").(string)
}

// dial opens a socket; frames are read from the start.
func (e *emu) dial(options ...func(*websocket.DialOptions)) *ws {
	e.t.Helper()
	return e.dialURL(e.ticket(), options...)
}

func (e *emu) dialURL(u string, options ...func(*websocket.DialOptions)) *ws {
	e.t.Helper()
	o := &websocket.DialOptions{}
	for _, f := range options {
		f(o)
	}
	conn, _, err := websocket.Dial(e.ctx(), u, o)
	require.NoError(e.t, err)
	conn.SetReadLimit(1 << 20)
	w := &ws{t: e.t, conn: conn, frames: make(chan []byte, 1024), ended: make(chan error, 1)}
	e.t.Cleanup(func() { _ = conn.CloseNow() })
	go func() {
		for {
			_, raw, err := conn.Read(context.Background())
			if err != nil {
				w.ended <- err
				return
			}
			w.frames <- raw
		}
	}()
	return w
}

// connect opens the one socket of a test and takes the hello; the one that an
// earlier subtest opened goes first.
func (e *emu) connect() *ws {
	e.t.Helper()
	if e.last != nil {
		_ = e.last.conn.CloseNow()
		e.sockets(0)
	}
	w := e.another()
	e.last = w
	return w
}

// sockets waits until so many are open.
func (e *emu) sockets(n int) {
	e.t.Helper()
	require.Eventually(e.t, func() bool { return len(e.Hub.Sockets()) == n }, waitFor, time.Millisecond)
}

// another opens one more socket and reads its hello.
func (e *emu) another() *ws {
	e.t.Helper()
	w := e.dial()
	require.NoError(e.t, json.Unmarshal(w.raw(), &w.hello))
	require.Equal(e.t, "hello", w.hello["type"])
	return w
}

func (w *ws) raw() []byte {
	w.t.Helper()
	select {
	case raw := <-w.frames:
		return raw
	default:
	}
	select {
	case raw := <-w.frames:
		return raw
	case err := <-w.ended:
		if len(w.frames) > 0 { // what came before the end
			w.ended <- err
			return <-w.frames
		}
		require.NoError(w.t, err, "the socket ended")
	case <-time.After(waitFor):
		require.Fail(w.t, "no frame came")
	}
	return nil
}

// next reads an envelope without acking it.
func (w *ws) next() envelope {
	w.t.Helper()
	var v envelope
	raw := w.raw()
	require.NoError(w.t, json.Unmarshal(raw, &v), string(raw))
	v.raw = string(raw)
	return v
}

// take reads an envelope and acks it.
func (w *ws) take() envelope {
	w.t.Helper()
	v := w.next()
	w.ack(v.ID)
	return v
}

// wait takes envelopes until one carries an event of the type and subtype.
func (w *ws) wait(eventType, subtype string) envelope {
	w.t.Helper()
	for {
		v := w.take()
		if v.event("type") == eventType && v.event("subtype") == subtype {
			return v
		}
	}
}

func (w *ws) ack(id string) { w.t.Helper(); w.write(`{"envelope_id":"` + id + `"}`) }

func (w *ws) write(text string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitFor)
	defer cancel()
	require.NoError(w.t, w.conn.Write(ctx, websocket.MessageText, []byte(text)))
}

// silent checks that no envelope of an event is waiting: it says something itself
// and expects that to come first.
func (e *emu) silent(w *ws) {
	e.t.Helper()
	_, err := e.ctl.Say(e.ctx(), ann, general, "marker")
	require.NoError(e.t, err)
	v := w.take()
	require.Equal(e.t, "marker", v.event("text"), "an event came that should not have: %s", v.raw)
}

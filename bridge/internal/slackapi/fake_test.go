package slackapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackapi"
)

// Tokens in the shapes of real ones, put together here so that no file holds one.
var (
	botToken = "xoxb-" + "111111111111-222222222222-abcdefghijkl"
	appToken = "xapp-" + "1-A0TEST-333333333333-0123456789abcdef"
)

// received is one call as the server saw it.
type received struct {
	method string
	form   url.Values
	header http.Header
	at     time.Time
}

// fakeSlack answers each method as its script says: the answers in order, the
// last one without end.
type fakeSlack struct {
	t      *testing.T
	mu     sync.Mutex
	calls  []received
	script map[string][]http.HandlerFunc
}

func newFake(t *testing.T) *fakeSlack {
	return &fakeSlack{t: t, script: map[string][]http.HandlerFunc{}}
}

func (f *fakeSlack) on(method string, answers ...http.HandlerFunc) *fakeSlack {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script[method] = answers
	return f
}

func (f *fakeSlack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := path.Base(r.URL.Path)
	if err := r.ParseForm(); err != nil {
		f.t.Errorf("%s: %v", method, err)
	}
	f.mu.Lock()
	f.calls = append(f.calls, received{method, r.PostForm, r.Header.Clone(), time.Now()})
	answers := f.script[method]
	if len(answers) > 1 {
		f.script[method] = answers[1:]
	}
	f.mu.Unlock()
	if len(answers) == 0 {
		answers = []http.HandlerFunc{refuse("unknown_method")}
	}
	answers[0](w, r)
}

// seen returns the calls of a method so far.
func (f *fakeSlack) seen(method string) (out []received) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		if c.method == method {
			out = append(out, c)
		}
	}
	return out
}

// methods returns the names of all calls in order.
func (f *fakeSlack) methods() (out []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		out = append(out, c.method)
	}
	return out
}

// say answers with a JSON body; its single quotes become double ones.
func say(format string, args ...any) http.HandlerFunc {
	return raw(http.StatusOK, "application/json; charset=utf-8", strings.ReplaceAll(fmt.Sprintf(format, args...), "'", `"`))
}

func refuse(code string) http.HandlerFunc { return say(`{'ok':false,'error':'%s'}`, code) }

func raw(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-OAuth-Scopes", "chat:write,users:read, channels:read")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// slowDown is Slack's 429.
func slowDown(seconds string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if seconds != "" {
			w.Header().Set("Retry-After", seconds)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"ok":false,"error":"ratelimited"}`)
	}
}

// cutOff breaks the connection in the middle of the answer.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"ok":true,"ts":"17`)
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(err)
	}
	panic(http.ErrAbortHandler)
}

func serverError(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusBadGateway)
	fmt.Fprint(w, "<html>Bad gateway</html>")
}

// inMemory carries requests to a handler without a network, so that a synctest
// bubble's clock governs.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("connection cut")
		}
	}()
	rec := httptest.NewRecorder()
	m.handler.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// logged makes a logger that fails the test if a token gets into it.
func logged(t *testing.T) *zap.Logger {
	core, logs := observer.New(zapcore.DebugLevel)
	t.Cleanup(func() {
		for _, entry := range logs.All() {
			secrettest.Check(t, "the log", fmt.Sprint(entry.Message, entry.ContextMap()))
		}
	})
	return zap.New(core)
}

func config(t *testing.T) slackapi.Config {
	return slackapi.Config{BotToken: secret.New(botToken), AppToken: secret.New(appToken), Log: logged(t)}
}

// served runs the fake as a real HTTP server, a thousand times faster than Slack.
func served(t *testing.T, f *fakeSlack) *slackapi.Client {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	cfg := config(t)
	cfg.APIURL, cfg.Scale = server.URL+"/api", 0.001
	return slackapi.New(cfg)
}

// inBubble runs a test on the fake with a clock that jumps, at Slack's own pace.
func inBubble(t *testing.T, test func(t *testing.T, f *fakeSlack, c *slackapi.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		cfg := config(t)
		cfg.HTTPClient = &http.Client{Transport: inMemory{f}}
		test(t, f, slackapi.New(cfg))
	})
}

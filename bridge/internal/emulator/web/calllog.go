package web

import (
	"maps"
	"slices"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// maxCalls bounds what is remembered.
const maxCalls = 20_000

// CallRecord is one call of an app, without its token.
type CallRecord struct {
	Seq     int               `json:"seq"`
	Method  string            `json:"method"`
	App     string            `json:"app,omitempty"`
	Channel string            `json:"channel,omitempty"`
	Args    map[string]string `json:"args"`
	// TS is the timestamp of the message that the call made or changed.
	TS string `json:"ts,omitempty"`
	OK bool   `json:"ok"`
	// Error is Slack's error code; Fault names the fault that answered instead.
	Error      string    `json:"error,omitempty"`
	Fault      string    `json:"fault,omitempty"`
	Limited    bool      `json:"limited,omitempty"`
	RetryAfter int       `json:"retry_after,omitempty"`
	Time       time.Time `json:"time"`
	TookMS     float64   `json:"took_ms"`

	fault *Fault
}

// fill notes what was called and what came of it.
func (e *CallRecord) fill(c *Call, answer Result, err error) {
	e.Args = maps.Clone(map[string]string(c.Args))
	delete(e.Args, "token")
	delete(e.Args, "client_secret")
	delete(e.Args, "refresh_token")
	e.Channel = c.Args["channel"]
	e.OK = err == nil
	if err != nil {
		e.Error = workspace.CodeOf(err)
	}
	for _, key := range []string{"ts", "message_ts"} {
		if ts, ok := answer[key].(string); ok {
			e.TS = ts
		}
	}
}

type callLog struct {
	mu    sync.Mutex
	seq   int
	calls []CallRecord
	watch func(CallRecord)
}

func newCallLog() *callLog { return &callLog{watch: func(CallRecord) {}} }

func (l *callLog) add(r CallRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	r.Seq = l.seq
	l.calls = append(l.calls, r)
	if len(l.calls) > maxCalls {
		l.calls = slices.Clone(l.calls[len(l.calls)-maxCalls/2:])
	}
	l.watch(r)
}

// Calls returns the calls that apps made, oldest first.
func (s *Server) Calls() []CallRecord {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return slices.Clone(s.calls.calls)
}

// WatchCalls calls f after each call; f must not block.
func (s *Server) WatchCalls(f func(CallRecord)) {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	s.calls.watch = f
}

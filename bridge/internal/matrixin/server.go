// Package matrixin takes in what the homeserver sends.
//
// It owns the bridge's HTTP listener and the appservice transactions. A
// transaction is answered 200 when each of its events was taken by the worker
// of its room; the worker hands one event after the other to the framework's
// event processor and repeats an event that did not get through. Rooms do not
// wait for each other.
//
// It does not know Slack or portals: waiting for rate limits ([Config].Gate)
// and the judgement of an outcome ([Config].Verdict) are given to it. Every
// other path is served by the appservice's own router.
//
// What was taken is kept in memory: [Server.Drain] finishes it, a killed
// process loses it.
package matrixin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.mau.fi/util/exhttp"
	"go.uber.org/zap"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
)

// Limits of the listener. Only the homeserver sends bodies of any size, since
// its token is checked before the body is read.
const (
	// maxBody bounds one transaction. Synapse puts up to 100 events, 100
	// ephemeral and 100 to-device events into one; an event is at most 64 KiB
	// (Matrix spec: "Size limits") and a state event carries its previous
	// content on top. That is below 26 MiB, and a transaction that is refused
	// stops the homeserver's queue for good, so the limit is generous.
	maxBody = 64 << 20
	// headerWithin and requestWithin end connections that send too slowly. A
	// handler may work for longer after the body has come: provisioning has
	// requests that wait for minutes.
	headerWithin  = 10 * time.Second
	requestWithin = time.Minute
	// idleFor is how long a kept-alive connection may rest.
	idleFor = 5 * time.Minute
)

// Config is what a Server needs. AS, Events and Log are required; a zero in the
// other fields means the default that stands with it.
type Config struct {
	AS     *appservice.AppService
	Events *appservice.EventProcessor
	Log    *zap.Logger

	// Gate is called before each attempt at an event and returns when the
	// event may go ahead, for instance when a rate limit allows it. No lock is
	// held. Its error counts as a Verdict: the event is tried again later, or
	// given up when the error is [Permanent]. Default: everything goes ahead.
	Gate func(ctx context.Context, evt *event.Event) error
	// Intercept is given each event before the framework; true means that it
	// has handled the event. Default: everything is the framework's.
	Intercept func(ctx context.Context, evt *event.Event) (handled bool)
	// Verdict is called after each attempt and says whether the event got
	// through. It is given the object that the handlers were given. An error
	// means that the event is tried again, as a freshly decoded object, after
	// a growing delay or the one named by [RetryAfter]; the rest of the room
	// waits behind it. Nil and [Permanent] errors end the event. Default: nil.
	Verdict func(evt *event.Event) error

	// MaxWaiting is how many events may have been taken and not been brought
	// through before transactions are refused. They are in memory only; the
	// homeserver keeps its own on disk. Default: 5000.
	MaxWaiting int

	// StartWait is how long a transaction that comes while the bridge is
	// starting is held before it is refused. Default: 10 s, which is less than
	// the time homeservers wait for an answer.
	StartWait time.Duration
	// RetryFirst and RetryMax bound the delay between attempts, which doubles
	// each time. Defaults: 1 s and 1 min.
	RetryFirst, RetryMax time.Duration
	// SlowAfter is when an event that is still being handled is named in the
	// log. Default: 30 s.
	SlowAfter time.Duration
	// StopGrace is how long Drain waits for handlers to notice that their
	// context was cancelled. Default: 2 s.
	StopGrace time.Duration
}

func (cfg *Config) setDefaults() {
	if cfg.Gate == nil {
		cfg.Gate = func(context.Context, *event.Event) error { return nil }
	}
	if cfg.Intercept == nil {
		cfg.Intercept = func(context.Context, *event.Event) bool { return false }
	}
	if cfg.Verdict == nil {
		cfg.Verdict = func(*event.Event) error { return nil }
	}
	if cfg.MaxWaiting == 0 {
		cfg.MaxWaiting = 5000
	}
	for _, field := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&cfg.StartWait, 10 * time.Second},
		{&cfg.RetryFirst, time.Second},
		{&cfg.RetryMax, time.Minute},
		{&cfg.SlowAfter, 30 * time.Second},
		{&cfg.StopGrace, 2 * time.Second},
	} {
		if *field.value == 0 {
			*field.value = field.fallback
		}
	}
}

// Server is the listener. Its life: New, Listen, Serve (in a goroutine), Ready,
// Drain.
type Server struct {
	cfg      Config
	log      *zap.Logger
	http     *http.Server
	listener net.Listener

	// ctx is what handlers are given; stop ends it when Drain's time is over.
	ctx  context.Context
	stop context.CancelFunc
	// ready and draining are closed once, in this order or the second alone.
	ready, draining         chan struct{}
	readyOnce, drainingOnce sync.Once

	lanes  *lanes
	counts counts
	full   atomic.Bool // the last transaction was refused for MaxWaiting

	// intake is held while one transaction is taken, so that the events of a
	// room keep the order of the transactions. It guards what follows.
	intake               sync.Mutex
	seenTxns, seenEvents *recent
	gaps                 gaps
}

// New makes a server for an appservice. It sets the event processor to handle
// an event completely within Dispatch: the framework's own time limit there
// would let a second event of a room overtake a slow first one.
func New(cfg Config) *Server {
	cfg.setDefaults()
	cfg.Events.ExecMode = appservice.Sync
	cfg.Events.ExecSyncWarnTime, cfg.Events.ExecSyncTimeout = 0, 0
	ctx, stop := context.WithCancel(cfg.AS.Log.WithContext(context.Background()))
	s := &Server{
		cfg: cfg, log: cfg.Log,
		ctx: ctx, stop: stop,
		ready: make(chan struct{}), draining: make(chan struct{}),
		seenTxns: newRecent(rememberedTxns), seenEvents: newRecent(rememberedEvents),
	}
	s.lanes = newLanes(ctx, s.panicked)
	s.http = &http.Server{
		Handler:           s.router(),
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       requestWithin,
		IdleTimeout:       idleFor,
		ErrorLog:          zap.NewStdLog(cfg.Log),
	}
	return s
}

// router serves the two paths of this package and leaves the rest to the
// appservice's own router: pings, queries, provisioning, media.
func (s *Server) router() http.Handler {
	unrecognized := []byte(`{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}`)
	inner := exhttp.HandleErrors(exhttp.ErrorBodies{NotFound: unrecognized, MethodNotAllowed: unrecognized})(s.cfg.AS.Router)
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /_matrix/app/v1/transactions/{txnID}", s.putTransaction)
	mux.HandleFunc("GET /health", s.getHealth)
	mux.Handle("/", inner)
	return mux
}

// Listen takes the address, as host:port; port 0 means any free one. It is
// called before the homeserver is contacted, because the homeserver answers a
// bridge's start with a ping.
func (s *Server) Listen(addr string) error {
	listener, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("listening for the homeserver on %s: the port is in use, perhaps by a slack-bridge that still runs: stop it, or choose another appservice.port: %w", addr, syscall.EADDRINUSE)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("listening for the homeserver on %s: not allowed: choose an appservice.port above 1023: %w", addr, syscall.EACCES)
	case err != nil:
		return fmt.Errorf("listening for the homeserver on %s (appservice.hostname and appservice.port): %w", addr, err)
	}
	s.listener = listener
	return nil
}

// Addr returns the address that Listen took, or nil.
func (s *Server) Addr() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Serve answers requests until Drain has closed the listener. Listen must have
// succeeded before.
func (s *Server) Serve() error {
	if s.listener == nil {
		return errors.New("serving the homeserver: Listen was not called")
	}
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the homeserver on %s: %w", s.listener.Addr(), err)
	}
	return nil
}

// Ready begins the taking of transactions. It is called when handlers can do
// their work: database upgraded, event processor started, logins loaded.
func (s *Server) Ready() { s.readyOnce.Do(func() { close(s.ready) }) }

// state returns where the server is in its life: starting, ready or draining.
func (s *Server) state() string {
	switch {
	case isClosed(s.draining):
		return "draining"
	case isClosed(s.ready):
		return "ready"
	}
	return "starting"
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

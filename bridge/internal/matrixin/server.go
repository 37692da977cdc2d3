// Package matrixin receives what the homeserver sends.
//
// It owns the bridge's HTTP listener and the appservice transactions: who may send one,
// how it is taken apart, which of its events become rows of the inbox, and the state
// store's part of the commit. A transaction is acknowledged when its rows are committed
// together with the state that its events change, and never otherwise: after any other
// answer the homeserver sends it again. Typing, receipts and presence are not kept,
// since the bridge has no use for them. Pages for the world are handed in. Every other path is
// served by the appservice's own router.
//
// The package must not handle or decrypt events, must not remember anything of a
// transaction that was not committed, must not log what people wrote, and knows neither
// Slack nor portals.
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
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
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

// Config is what a Server needs. AS, Put, Ours and Log are required; a zero in the
// other fields means the default that is named with it.
type Config struct {
	AS  *appservice.AppService
	Log *zap.Logger

	// Put commits rows, as [inbox.Inbox.PutBatch] does.
	Put func(context.Context, inbox.Batch) (fresh int, err error)
	// Waiting counts the homeserver's rows that are not done. Default: none.
	Waiting func() int
	// Ours says whether a user is the bridge's bot or one of its ghosts.
	Ours func(id.UserID) bool
	// Await, if set, is called before a transaction is stored, and may hold it until what
	// the homeserver should have delivered before of these rooms is stored. It returns when
	// ctx or the server ends.
	Await func(ctx context.Context, rooms []id.RoomID, end <-chan struct{})
	// Received, if set, is told a transaction's events when they are stored, echoes and
	// known ones included. It must return soon.
	Received func([]*event.Event)
	// Pages are served below their paths to whom asks, without a token.
	Pages map[string]http.Handler
	// Encryption says that rooms may be encrypted. Without it, what only encryption
	// needs is not stored.
	Encryption bool

	// MaxWaiting is how many rows may wait before transactions are refused. The
	// homeserver keeps its own queue on disk. Default: 20,000.
	MaxWaiting int
	// StartWait is how long a transaction that comes while the bridge is
	// starting is held before it is refused. Default: 10 s, which is less than
	// the time homeservers wait for an answer.
	StartWait time.Duration
}

func (cfg *Config) setDefaults() {
	if cfg.Waiting == nil {
		cfg.Waiting = func() int { return 0 }
	}
	if cfg.MaxWaiting == 0 {
		cfg.MaxWaiting = 20_000
	}
	if cfg.StartWait == 0 {
		cfg.StartWait = 10 * time.Second
	}
}

// Server is the listener. Its life: New, Listen, Serve (in a goroutine), Ready,
// Close.
type Server struct {
	cfg      Config
	log      *zap.Logger
	http     *http.Server
	listener net.Listener

	// ready and draining are closed once, in this order or the second alone.
	ready, draining         chan struct{}
	readyOnce, drainingOnce sync.Once

	counts counts
	full   atomic.Bool // the last transaction was refused for MaxWaiting

	// intake is full while one transaction is received, so that the events of a
	// room keep the order of the transactions. It guards gaps.
	intake chan struct{}
	gaps   gaps

	// storing ends what is being stored when a Close takes too long.
	storing context.Context
	giveUp  context.CancelFunc
}

// New makes a server for an appservice.
func New(cfg Config) *Server {
	cfg.setDefaults()
	s := &Server{
		cfg: cfg, log: cfg.Log,
		ready: make(chan struct{}), draining: make(chan struct{}), intake: make(chan struct{}, 1),
	}
	s.storing, s.giveUp = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s.router(),
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       requestWithin,
		IdleTimeout:       idleFor,
		ErrorLog:          zap.NewStdLog(cfg.Log),
	}
	return s
}

// router serves the paths of this package and leaves the rest to the
// appservice's own router: pings and queries of aliases, which are counted here, other queries, provisioning, media.
func (s *Server) router() http.Handler {
	unrecognized := []byte(`{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}`)
	inner := exhttp.HandleErrors(exhttp.ErrorBodies{NotFound: unrecognized, MethodNotAllowed: unrecognized})(s.cfg.AS.Router)
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /_matrix/app/v1/transactions/{txnID}", s.putTransaction)
	mux.HandleFunc("GET /health", s.getHealth)
	mux.Handle("POST /_matrix/app/v1/ping", s.countPing(inner))
	mux.Handle("GET /_matrix/app/v1/rooms/{alias}", s.countAliasQuery(inner))
	for path, page := range s.cfg.Pages {
		mux.Handle(path, page)
	}
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

// Serve answers requests until Close has closed the listener. Listen must have
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

// Ready begins the receipt of transactions. It is called when rows can be stored.
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

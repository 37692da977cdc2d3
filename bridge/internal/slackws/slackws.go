// Package slackws keeps one workspace connected to Slack by Socket Mode. It owns
// the sockets, their order, the acknowledgements, the schedule on which it reconnects,
// and the knowledge of when events may have been missed.
//
// An envelope is acknowledged after [Config.Handle] returned nil for it, on the
// socket it came on, and never otherwise; Slack delivers again what was not
// acknowledged. Envelopes of all sockets go through Handle in the order in which they
// arrived.
//
// The package must not look into events, except for app_uninstalled, after which it does
// not connect again. It must not call the Web API except through [Config.Open], and must
// not store anything.
package slackws

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/slackevent"
)

// Config is what a session needs. Open and Handle are required.
type Config struct {
	// Open returns the address of one new socket, as apps.connections.open
	// gives it. Its errors are judged by [OpenError] where they implement it.
	Open func(context.Context) (url string, err error)
	// Handle stores envelopes: of type events_api, interactive, slash_commands or
	// one that Slack invents later, with their payloads as sent. nil means that all
	// are stored, and they are acknowledged. After an error none is, and each is
	// handed over alone. It is never called concurrently, and gets what has come
	// since the last call, [maxBatch] at most. An envelope may come more than once.
	Handle func(context.Context, []slackevent.Envelope) error
	// OnGap is told of a time in which events may have come that were not stored, as
	// soon as it is over: there was no socket, or one that Slack's end had left, an
	// envelope could not be read or stored, or the machine or the process stood still.
	// since is zero for the time before the session. It is called before any envelope
	// that came after the gap is given to Handle, and never at the same time as Handle.
	// After an error it is called again, with what has been added meanwhile. It may be
	// nil.
	OnGap func(ctx context.Context, since, until time.Time) error
	// OnState is told each change once. The session logs the change itself. It
	// is called from Run's goroutine and must return soon. It may be nil.
	OnState func(State)
	// Scale multiplies every wait of the schedule; 0 means 1.
	Scale float64
	// HTTPClient makes the WebSocket handshake; nil means one that obeys the
	// environment's proxy settings. A Timeout in it covers the handshake alone.
	HTTPClient *http.Client
	// Log may be nil.
	Log *zap.Logger
}

// Session is one workspace's connection. Make it with New and call Run once.
type Session struct {
	cfg      Config
	log      *zap.Logger
	queue    *queue
	schedule schedule
	told     State
	state    atomic.Pointer[State]
	counts   counters
	line     line
	gap      gap
	removed  chan struct{} // the app was uninstalled
	handled  chan struct{} // closed when Handle is not called any more
	workers  workers

	live        atomic.Int64 // sockets of ours that Slack may count
	overflowing atomic.Bool  // the queue has no room

	// wall is the clock by which gaps are told, uptime the one that stands still while
	// the machine does.
	wall   func() time.Time
	uptime func() time.Duration
}

// New returns a session that is not running yet.
func New(cfg Config) *Session {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Scale <= 0 {
		cfg.Scale = 1
	}
	if cfg.OnState == nil {
		cfg.OnState = func(State) {}
	}
	start := time.Now()
	return &Session{
		wall:    func() time.Time { return failpoint.Now().Round(0) },
		uptime:  func() time.Duration { return time.Since(start) },
		cfg:     cfg,
		log:     cfg.Log.Named("slackws"),
		queue:   newQueue(),
		removed: make(chan struct{}, 1),
		handled: make(chan struct{}),
	}
}

// Run keeps the session connected until ctx is done, then closes the sockets
// properly, waits for everything it started, and returns nil. Faults do not end
// it: they are waited out as the schedule says and told to OnState. The error is
// for a Config without Open or Handle.
func (s *Session) Run(ctx context.Context) error {
	if s.cfg.Open == nil || s.cfg.Handle == nil {
		return errors.New("slackws: Config needs Open and Handle")
	}
	go func() {
		defer close(s.handled)
		s.handleAll(ctx)
	}()
	s.workers.start(func() { s.watchClocks(ctx) })

	last := s.keepConnected(ctx)

	<-s.handled // what is handled is acknowledged before its socket closes
	if last != nil {
		last.close()
	}
	s.workers.wait()
	return nil
}

// keepConnected connects again and again until ctx is done, and returns the last
// socket, if any.
func (s *Session) keepConnected(ctx context.Context) (current *socket) {
	s.tell(State{Kind: Connecting, Reason: ReasonStart}, nil)
	for ctx.Err() == nil {
		next, why := s.connect(ctx)
		if next != nil {
			s.retire(current, max(s.scaled(drainTime), drainFloor))
			current = next
			s.line.set(current)
			why = s.watch(ctx, current)
			if why.closesSocket() {
				s.line.set(nil)
				s.retire(current, 0)
				current = nil
			}
		}
		if why != nil {
			s.pause(ctx, why)
		}
	}
	return current
}

// watch waits until current has to be replaced and says why. It returns nil when
// ctx is done.
func (s *Session) watch(ctx context.Context, current *socket) *fault {
	since := time.Now()
	s.tellConnected(current)
	var why *fault
	select {
	case <-ctx.Done():
		return nil
	case <-current.ended:
		why = current.fault()
	case <-s.removed:
		why = &fault{class: dead, reason: ReasonUninstalled}
	}
	why.lived = time.Duration(float64(time.Since(since)) / s.cfg.Scale)
	return why
}

// pause says what happened, and waits as long as the schedule demands.
func (s *Session) pause(ctx context.Context, why *fault) {
	wait := s.schedule.next(why, time.Now(), s.cfg.Scale)
	state := State{Kind: why.kind(wait), Reason: why.reason}
	if wait > 0 {
		state.Next = time.Now().Add(wait)
	}
	s.tell(state, why)
	sleep(ctx, wait)
}

// retire lets an old socket deliver what is on its way for up to drain, then
// closes it, after what it delivered has been handled and acknowledged.
func (s *Session) retire(old *socket, drain time.Duration) {
	if old == nil {
		return
	}
	s.workers.start(func() {
		sleepOr(s.handled, drain, old.gone)
		if old.alive() {
			sleepOr(s.handled, max(s.scaled(drainTime), drainFloor), s.queue.barrier())
		}
		old.close()
	})
}

func (s *Session) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * s.cfg.Scale)
}

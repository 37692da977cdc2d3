package slackws

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"ops-jrz1/bridge/internal/slackevent"
)

// How a live socket is kept, before Config.Scale, and the floors below which
// scaling does not go: a busy machine needs some time to answer.
const (
	pingEvery  = 10 * time.Second
	pingFloor  = 500 * time.Millisecond
	pongWait   = 10 * time.Second
	pongFloor  = 5 * time.Second
	drainTime  = 5 * time.Second
	drainFloor = time.Second
	// writeTimeout bounds one acknowledgement; closeTimeout the closing
	// handshake, after which Slack keeps the TCP connection open.
	writeTimeout = 5 * time.Second
	closeTimeout = time.Second
)

// errNoPong ends a socket whose peer does not answer pings.
var errNoPong = errors.New("no pong")

// socket is one WebSocket. A reader and a pinger run until it is closed.
type socket struct {
	conn  *websocket.Conn
	hello slackevent.Hello
	ready chan struct{} // closed after hello is set
	ended chan struct{} // closed once the socket must be replaced
	gone  chan struct{} // closed once nothing can be read or written any more

	ctx    context.Context // of reading and pinging
	cancel context.CancelCauseFunc

	readyOnce, endOnce, closeOnce sync.Once
	why                           fault // set before ended is closed

	heard atomic.Pointer[time.Time] // the last sign of life
}

// startSocket begins to read conn. The socket is not bound to Run's context:
// ending that must lead to a closing handshake, not to a dropped connection.
func (s *Session) startSocket(conn *websocket.Conn) *socket {
	ctx, cancel := context.WithCancelCause(context.Background())
	sock := &socket{
		conn: conn, ctx: ctx, cancel: cancel,
		ready: make(chan struct{}), ended: make(chan struct{}), gone: make(chan struct{}),
	}
	s.hear(sock)
	s.live.Add(1)
	s.workers.start(func() { s.read(sock) })
	s.workers.start(func() { s.ping(sock) })
	return sock
}

// read takes frames off the socket until it breaks. It never waits for Handle,
// so that pings are answered however long storing takes.
func (s *Session) read(sock *socket) {
	defer close(sock.gone)
	defer s.live.Add(-1)
	for {
		_, frame, err := sock.conn.Read(sock.ctx)
		if err != nil {
			sock.end(readFault(sock.ctx, err))
			sock.cancel(err)
			_ = sock.conn.CloseNow()
			return
		}
		s.counts.frames.Add(1)
		s.hear(sock)
		s.take(sock, frame)
	}
}

// ping asks for a sign of life and breaks the socket if there is none. The ping's
// own write is bounded in the same way: a peer that takes nothing is dead too.
func (s *Session) ping(sock *socket) {
	every := max(s.scaled(pingEvery), pingFloor)
	wait := max(s.scaled(pongWait), pongFloor)
	for sleep(sock.ctx, every) {
		timer := time.AfterFunc(wait, func() { sock.cancel(fmt.Errorf("%w within %s", errNoPong, wait)) })
		err := sock.conn.Ping(sock.ctx)
		timer.Stop()
		if err != nil {
			return // the reader says why
		}
		s.hear(sock)
	}
}

// hear notes a sign of life.
func (s *Session) hear(sock *socket) {
	now := s.wall()
	sock.heard.Store(&now)
}

// lastHeard is when the socket last gave a sign of life: what Slack sent on it later
// may not have come.
func (sock *socket) lastHeard() time.Time { return *sock.heard.Load() }

// end marks the socket as one to be replaced; only the first reason counts.
func (sock *socket) end(why fault) {
	sock.endOnce.Do(func() {
		sock.why = why
		close(sock.ended)
	})
}

// fault is why the socket ended. ended must be closed.
func (sock *socket) fault() *fault {
	why := sock.why
	return &why
}

func (sock *socket) alive() bool {
	select {
	case <-sock.gone:
		return false
	default:
		return true
	}
}

// close says goodbye with a close frame, does not wait long for the answer, and
// returns when the reader has stopped.
func (sock *socket) close() {
	sock.closeOnce.Do(func() {
		timer := time.AfterFunc(closeTimeout, func() { sock.cancel(context.Canceled) })
		defer timer.Stop()
		_ = sock.conn.Close(websocket.StatusNormalClosure, "")
		sock.cancel(context.Canceled)
	})
	<-sock.gone
}

// readFault says why reading failed.
func readFault(ctx context.Context, err error) fault {
	if cause := context.Cause(ctx); errors.Is(cause, errNoPong) {
		return fault{class: lost, reason: ReasonNoPong, detail: cause.Error()}
	}
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		detail := fmt.Sprintf("code %d", closed.Code)
		if closed.Reason != "" {
			detail += fmt.Sprintf(" %.60q", closed.Reason)
		}
		return fault{class: lost, reason: ReasonClosed, detail: detail}
	}
	if endedEarly(err) {
		err = errors.New("it ended without a close frame")
	}
	return fault{class: lost, reason: ReasonCut, detail: describe(err)}
}

package socket

import (
	"sync"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/wsframe"
)

// lingerReal is how long TCP stays open after the closing handshake. Slack leaves
// it to the client to end the connection.
const lingerReal = 5 * time.Second

// sock is one open socket. Its frames leave in the order in which they were
// pushed, by one goroutine.
type sock struct {
	hub    *Hub
	conn   *wsframe.Conn
	app    string
	id     string
	opened time.Time

	mu       sync.Mutex
	out      []outFrame
	signal   chan struct{}
	done     chan struct{}
	ended    bool
	draining bool
	halfOpen bool
	sent     int
	acked    int
	timers   []*clock.Timer
	ping     *clock.Timer
	// unanswered is the real time of the oldest ping without a pong, zero when
	// all are answered; watchdog fires when it has waited for PongWait.
	unanswered time.Time
	watchdog   *clock.Timer
	// released is closed by release when the hub needs the socket no longer; leave
	// takes it out of its app's list.
	released chan struct{}
	release  func()
	leave    func()
	writer   sync.WaitGroup
}

// outFrame is a frame to be written: an opcode with payload, or raw bytes.
type outFrame struct {
	op      byte
	payload []byte
	raw     bool
	// last ends the connection after it: by a close handshake or by a cut.
	last, cut bool
}

func newSock(h *Hub, conn *wsframe.Conn, app, id string) *sock {
	s := &sock{
		hub: h, conn: conn, app: app, id: id, opened: h.clock.Wall(),
		signal: make(chan struct{}, 1), done: make(chan struct{}), released: make(chan struct{}),
	}
	s.release = sync.OnceFunc(func() { close(s.released) })
	s.leave = sync.OnceFunc(func() { h.unregister(s) })
	s.writer.Go(s.writeLoop)
	return s
}

// push queues a frame. A half-open socket swallows it.
func (s *sock) push(op byte, payload []byte) { s.queue(outFrame{op: op, payload: payload}) }

func (s *sock) queue(f outFrame) {
	s.mu.Lock()
	if s.ended || (s.halfOpen && !f.cut && !f.last) {
		s.mu.Unlock()
		return
	}
	if f.last || f.cut {
		s.ended = true
		s.release()
	}
	s.out = append(s.out, f)
	s.mu.Unlock()
	select {
	case s.signal <- struct{}{}:
	default:
	}
}

func (s *sock) writeLoop() {
	for {
		s.mu.Lock()
		var f outFrame
		ready := len(s.out) > 0
		if ready {
			f, s.out = s.out[0], s.out[1:]
		}
		s.mu.Unlock()
		if !ready {
			select {
			case <-s.signal:
				continue
			case <-s.done:
				return
			}
		}
		if !s.write(f) {
			return
		}
	}
}

// write puts one frame on the wire; false ends the writer.
func (s *sock) write(f outFrame) bool {
	var err error
	switch {
	case f.cut:
		s.conn.Cut()
		return false
	case f.raw:
		err = s.conn.WriteRaw(f.payload)
	default:
		err = s.conn.Write(f.op, f.payload)
	}
	if err != nil {
		s.conn.Cut()
		return false
	}
	if f.last {
		s.conn.SetReadDeadline(time.Now().Add(lingerReal))
		return false
	}
	return true
}

// arm starts the socket's pings and its lifetime.
func (s *sock) arm(life time.Duration) {
	s.schedulePing()
	s.after(life-warningSpan, func() { s.warn("warning") })
}

// after runs f on the emulated clock unless the socket has ended.
func (s *sock) after(d time.Duration, f func()) {
	t := s.hub.clock.AfterFunc(d, f)
	s.mu.Lock()
	s.timers = append(s.timers, t)
	s.mu.Unlock()
}

// schedulePing pings once and again while the socket lives.
func (s *sock) schedulePing() {
	t := s.hub.clock.AfterFunc(s.hub.clock.Floor(pingInterval, leastReal), func() {
		if !s.hub.Switches().NoPings {
			s.push(wsframe.OpPing, []byte("Ping from applink-emulator"))
			s.expectPong()
		}
		s.schedulePing()
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ping = t
	if s.ended {
		t.Stop()
	}
}

// expectPong starts to wait for the answer of a ping, unless an earlier one is
// being waited for.
func (s *sock) expectPong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || !s.unanswered.IsZero() {
		return
	}
	s.unanswered = time.Now()
	s.watchdog = s.hub.clock.AfterFunc(s.hub.clock.Floor(PongWait, leastPong), s.checkPong)
}

// checkPong gives a socket up whose ping was not answered. A client whose clock
// was moved under it still gets its real time; one that is half open cannot
// answer, and hears nothing of being given up either.
func (s *sock) checkPong() {
	s.mu.Lock()
	waited, halfOpen := s.unanswered, s.halfOpen
	if waited.IsZero() || s.ended {
		s.mu.Unlock()
		return
	}
	if !halfOpen && time.Since(waited) < leastPong {
		s.watchdog = s.hub.clock.AfterFunc(s.hub.clock.Floor(PongWait, leastPong), s.checkPong)
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	s.hub.log.Info("Socket given up: its pings are not answered", zap.String("app", s.app), zap.Any("socket", s.id))
	if halfOpen {
		s.release()
		s.leave()
		return
	}
	s.end(0, "", true)
}

// gotPong notes that the client is there.
func (s *sock) gotPong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unanswered = time.Time{}
	s.watchdog.Stop()
}

// warn tells the client to go and closes the socket after Slack's ten seconds.
func (s *sock) warn(reason string) {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.push(wsframe.OpText, disconnectFrame(reason))
	s.after(s.hub.clock.Floor(warningSpan, leastReal), func() { s.end(1000, "", false) })
}

// end closes the socket: by a close frame, or with cut by a reset.
func (s *sock) end(code uint16, reason string, cut bool) {
	payload := append([]byte{byte(code >> 8), byte(code)}, reason...)
	s.queue(outFrame{op: wsframe.OpClose, payload: payload, last: true, cut: cut})
}

// readLoop takes the client's frames until the connection ends.
func (s *sock) readLoop() {
	var message []byte
	fragmented := false
	for {
		f, err := s.conn.Read()
		if err != nil {
			s.outlive()
			return
		}
		if s.isHalfOpen() {
			continue
		}
		switch f.Op {
		case wsframe.OpPing:
			if !s.hub.Switches().NoPongs {
				s.push(wsframe.OpPong, f.Payload)
			}
		case wsframe.OpPong:
			s.gotPong()
		case wsframe.OpClose:
			s.answerClose(f.Payload)
			return
		default:
			message = append(message, f.Payload...)
			fragmented = fragmented || !f.Fin || f.Op == wsframe.OpContinuation
			if f.Fin {
				s.hub.receive(s, message, fragmented)
				message, fragmented = nil, false
			}
		}
	}
}

// answerClose returns the client's close frame.
func (s *sock) answerClose(payload []byte) {
	if len(payload) > 2 {
		payload = payload[:2]
	}
	s.queue(outFrame{op: wsframe.OpClose, payload: payload, last: true})
}

func (s *sock) isHalfOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halfOpen
}

// outlive keeps a half-open socket registered though its connection is gone, as
// Slack does when it was not told, until the socket is given up or ended from
// this side.
func (s *sock) outlive() {
	if s.isHalfOpen() {
		<-s.released
	}
}

// finish waits for the writer, lets the client end TCP, and frees everything.
func (s *sock) finish() {
	s.mu.Lock()
	s.ended = true
	timers := append(s.timers, s.ping, s.watchdog)
	s.timers = nil
	s.mu.Unlock()
	for _, t := range timers {
		t.Stop()
	}
	close(s.done)
	s.writer.Wait()
	drain(s.conn, lingerReal)
	s.conn.Close()
	s.hub.forget(s)
}

// Package socket is the emulator's Socket Mode: tickets, sockets, envelopes,
// acks, redelivery and disconnects, and the faults that tests ask for. It must
// not know what events mean or who may hear of them; it delivers what it is
// handed.
package socket

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/clock"
)

// What Slack documents or is known to do (Slack docs: Socket Mode; Events API,
// retries), in emulated time.
const (
	// MaxSockets is how many sockets an app may hold.
	MaxSockets = 10
	// MaxAck is the size from which an ack is ignored, in bytes.
	MaxAck = 20_480
	// PongWait is how long a ping may stay unanswered before the socket is taken
	// for dead. Slack's documents do not say.
	PongWait = 30 * time.Second

	ticketLife   = 30 * time.Second
	ackDeadline  = 3 * time.Second
	socketLife   = 18_060 * time.Second
	debugLife    = 360 * time.Second
	warningSpan  = 10 * time.Second
	pingInterval = 5 * time.Second

	// leastReal is below what no deadline for another program falls, whatever
	// the clock's scale.
	leastReal = time.Second
	// leastPong is the same for pongs, which a busy client may be late with.
	leastPong = 3 * time.Second
)

// retryDelays are the pauses before attempts 1, 2 and 3.
var retryDelays = []time.Duration{0, 60 * time.Second, 300 * time.Second}

// Hub holds every app's sockets and what is on its way to them.
type Hub struct {
	clock *clock.Clock
	log   *zap.Logger

	mu       sync.Mutex
	lines    map[string]*line
	tickets  map[string]ticket
	switches Switches
	nextID   int
	records  []*Record
	// nextRecord counts envelopes.
	nextRecord int
	open       map[*sock]struct{} // registered or lingering after their close
	closed     bool
	watch      func(kind string, body map[string]any)
	wg         sync.WaitGroup
}

// line is one app's side of the hub.
type line struct {
	app     string
	sockets []*sock
	turn    int
	pending map[string]*attempt
	refuse  []string
	chaos   chaos
}

type ticket struct {
	app   string
	timer *clock.Timer
}

// Switches change how every socket behaves until they are changed back.
type Switches struct {
	NoPings bool `json:"no_pings"`
	NoPongs bool `json:"no_pongs"`
	// SameEnvelope keeps the envelope id over an event's attempts. Slack's
	// documents do not say; by default each attempt has its own.
	SameEnvelope bool `json:"same_envelope"`
}

// New returns a hub without sockets.
func New(c *clock.Clock, log *zap.Logger) *Hub {
	return &Hub{clock: c, log: log, lines: map[string]*line{}, tickets: map[string]ticket{}, open: map[*sock]struct{}{}, watch: func(string, map[string]any) {}}
}

// Watch calls f when sockets come and go and when envelopes are sent or acked. f
// must neither block nor call the hub.
func (h *Hub) Watch(f func(kind string, body map[string]any)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.watch
	h.watch = func(kind string, body map[string]any) {
		before(kind, body)
		f(kind, body)
	}
}

// SetSwitches changes the switches.
func (h *Hub) SetSwitches(s Switches) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.switches = s
}

// Switches returns the switches in force.
func (h *Hub) Switches() Switches {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.switches
}

func (h *Hub) line(app string) *line {
	l := h.lines[app]
	if l == nil {
		l = &line{app: app, pending: map[string]*attempt{}}
		h.lines[app] = l
	}
	return l
}

// Ticket makes a one-time ticket for an app and returns the path and query under
// which a socket is opened with it.
func (h *Hub) Ticket(app string) string {
	id := uuid()
	h.mu.Lock()
	defer h.mu.Unlock()
	timer := h.clock.AfterFunc(h.clock.Floor(ticketLife, 5*time.Second), func() {
		h.mu.Lock()
		delete(h.tickets, id)
		h.mu.Unlock()
	})
	h.tickets[id] = ticket{app: app, timer: timer}
	sum := sha256.Sum256([]byte(app))
	return "/link/?ticket=" + id + "&app_id=" + hex.EncodeToString(sum[:])
}

// redeem takes a ticket; each can be taken once.
func (h *Hub) redeem(id string) (app string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.tickets[id]
	if !ok {
		return "", false
	}
	t.timer.Stop()
	delete(h.tickets, id)
	return t.app, true
}

// Close ends every socket and waits until all are gone.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	all := slices.Collect(maps.Keys(h.open))
	h.mu.Unlock()
	for _, s := range all {
		s.end(1001, "server is going away", false)
	}
	for _, s := range all {
		s.writer.Wait()
		s.conn.Close()
	}
	h.wg.Wait()
}

func (h *Hub) forget(s *sock) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, s)
}

func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

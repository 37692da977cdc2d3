package socket

import (
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/wsframe"
)

// heldAtMost is how long events wait for others to be reordered with.
const heldAtMost = 10 * time.Second

// chaos is what is to happen to an app's next envelopes.
type chaos struct {
	duplicate int // as many next events are delivered twice, in two envelopes
	repeat    int // as many next envelopes are sent twice as attempt 0
	reorder   int // as many next events are held and then sent in reverse
	held      []Envelope
	release   *clock.Timer // lets go of what is held though more was to come
	delay     time.Duration
	delayed   int
}

// Chaos asks for faults of the next envelopes of an app.
type Chaos struct {
	// Duplicate events come twice, in envelopes of their own.
	Duplicate int `json:"duplicate,omitempty"`
	// RepeatFirst envelopes come twice as attempt 0, with one envelope id.
	RepeatFirst int `json:"repeat_first,omitempty"`
	// Reorder events are held back until all are there, or for ten emulated
	// seconds, and come in reverse.
	Reorder int `json:"reorder,omitempty"`
	// DelayNext envelopes come DelayMS later, in emulated milliseconds.
	DelayNext int `json:"delay_next,omitempty"`
	DelayMS   int `json:"delay_ms,omitempty"`
}

// AddChaos adds to the faults of an app's next envelopes.
func (h *Hub) AddChaos(app string, c Chaos) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := &h.line(app).chaos
	x.duplicate += c.Duplicate
	x.repeat += c.RepeatFirst
	x.reorder += c.Reorder
	x.delayed += c.DelayNext
	x.delay = time.Duration(c.DelayMS) * time.Millisecond
}

// apply returns what is to be sent now in an envelope's place.
func (c *chaos) apply(h *Hub, l *line, e Envelope) []Envelope {
	if c.delayed > 0 {
		c.delayed--
		h.clock.AfterFunc(c.delay, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			if !h.closed {
				h.begin(l, e)
			}
		})
		return nil
	}
	if c.reorder > 0 {
		c.reorder--
		c.held = append(c.held, e)
		if c.reorder > 0 {
			if c.release == nil {
				c.release = h.clock.AfterFunc(heldAtMost, func() { h.letGo(l) })
			}
			return nil
		}
		return c.takeHeld()
	}
	if c.duplicate > 0 {
		c.duplicate--
		return []Envelope{e, e}
	}
	return []Envelope{e}
}

// takeHeld returns what is held back, the last first, and holds nothing more.
func (c *chaos) takeHeld() []Envelope {
	out := c.held
	c.release.Stop()
	c.reorder, c.held, c.release = 0, nil, nil
	slices.Reverse(out)
	return out
}

// letGo sends what is held back though fewer came than were to be reordered.
func (h *Hub) letGo(l *line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	for _, e := range l.chaos.takeHeld() {
		h.begin(l, e)
	}
}

// ClearChaos forgets the faults of an app's next envelopes and sends what is held
// back.
func (h *Hub) ClearChaos(app string) {
	h.mu.Lock()
	l := h.line(app)
	l.chaos.duplicate, l.chaos.repeat, l.chaos.delayed = 0, 0, 0
	h.mu.Unlock()
	h.letGo(l)
}

func (c *chaos) takeRepeat() bool {
	if c.repeat == 0 {
		return false
	}
	c.repeat--
	return true
}

// chosen returns an app's sockets, or the one of an id.
func (h *Hub) chosen(app, id string) ([]*sock, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*sock
	for _, s := range h.line(app).sockets {
		if id == "" || s.id == id {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no open socket %q of app %s", id, app)
	}
	return out, nil
}

// Cut drops sockets without a close frame.
func (h *Hub) Cut(app, id string) error {
	return h.each(app, id, func(s *sock) { s.end(0, "", true) })
}

// CloseSockets closes sockets with a code and reason.
func (h *Hub) CloseSockets(app, id string, code uint16, reason string) error {
	return h.each(app, id, func(s *sock) { s.end(code, reason, false) })
}

// HalfOpen makes sockets silent both ways, though they stay registered and are
// chosen for envelopes.
func (h *Hub) HalfOpen(app, id string) error {
	return h.each(app, id, func(s *sock) {
		s.mu.Lock()
		s.halfOpen = true
		s.mu.Unlock()
	})
}

// Disconnect sends a disconnect of any reason. After warning and
// refresh_requested the socket closes in ten seconds, after others at once.
func (h *Hub) Disconnect(app, id, reason string) error {
	return h.each(app, id, func(s *sock) {
		if reason == "warning" || reason == "refresh_requested" {
			s.warn(reason)
			return
		}
		s.push(wsframe.OpText, disconnectFrame(reason))
		s.end(1000, "", false)
	})
}

// Disable ends an app's sockets, if it has any: Socket Mode was switched off.
func (h *Hub) Disable(app string) {
	if err := h.Disconnect(app, "", "link_disabled"); err != nil {
		h.log.Debug("Socket Mode was switched off with no socket open", zap.String("app", app))
	}
}

func (h *Hub) each(app, id string, f func(*sock)) error {
	all, err := h.chosen(app, id)
	if err != nil {
		return err
	}
	for _, s := range all {
		f(s)
	}
	return nil
}

// Refuse turns an app's next n sockets away before hello. how is an HTTP status
// (the upgrade is refused), `close` (accepted and closed), `cut` (accepted and
// dropped) or a disconnect reason (accepted, told and closed).
func (h *Hub) Refuse(app string, n int, how string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.line(app)
	for range n {
		l.refuse = append(l.refuse, how)
	}
}

// Broken sends a frame that no client should trip over: `json` (text that is not
// JSON), `binary` (a binary frame), `frame` (bytes that are no WebSocket frame)
// or `text` with the text itself.
func (h *Hub) Broken(app, id, kind, text string) error {
	return h.each(app, id, func(s *sock) {
		switch kind {
		case "binary":
			s.push(wsframe.OpBinary, []byte{0x00, 0xFF, 0x7B})
		case "frame":
			s.queue(outFrame{raw: true, payload: []byte{0xF3, 0x05, 'b', 'r', 'o', 'k', 'e'}})
		case "text":
			s.push(wsframe.OpText, []byte(text))
		default:
			s.push(wsframe.OpText, []byte(`{"envelope_id":"broken","type":"events_api","payload":{`))
		}
	})
}

package socket

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/emulator/wsframe"
)

// EventsAPI is the envelope type of events; the other two are interactive and
// slash_commands, which Slack never sends again.
const EventsAPI = "events_api"

// Envelope is what is to be delivered to an app.
type Envelope struct {
	App     string
	Type    string
	EventID string
	// Event is the inner event's type, Channel its conversation: for the record.
	Event   string
	Channel string
	Payload json.RawMessage
	// AcceptsResponse is accepts_response_payload.
	AcceptsResponse bool
	// OnAck, if set, gets the payload of an ack that came in time, and says why it
	// refuses it, "" if it does not. OnDrop is called when no ack came.
	OnAck  func(payload json.RawMessage) (refused string)
	OnDrop func()
	// raisedAt is when it was handed to the hub.
	raisedAt time.Time
}

// attempt is one sending of an envelope, until it is acked or its time is up.
type attempt struct {
	Envelope
	id     string
	number int
	sock   *sock
	sentAt time.Time
	timer  *clock.Timer
	record *Record
}

// Deliver takes an event of the workspace to its app's sockets. It returns at
// once.
func (h *Hub) Deliver(d workspace.Delivery) {
	h.Send(Envelope{App: d.App, Type: EventsAPI, EventID: d.EventID, Event: d.Type, Channel: d.Channel, Payload: d.Callback})
}

// Send delivers an envelope of any type, after the faults that were asked for.
func (h *Hub) Send(e Envelope) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	e.raisedAt = time.Now()
	l := h.line(e.App)
	for _, e := range l.chaos.apply(h, l, e) {
		h.begin(l, e)
	}
}

// begin makes an envelope's first attempt.
func (h *Hub) begin(l *line, e Envelope) {
	r := h.newRecord(e)
	a := &attempt{Envelope: e, id: uuid(), record: r}
	h.send(l, a)
	if l.chaos.takeRepeat() {
		h.write(a)
	}
}

// send makes one attempt: to one socket, chosen by the hub, or to none when
// none is open. Either way it fails unless it is acked in time.
func (h *Hub) send(l *line, a *attempt) {
	a.sock = l.pick()
	a.sentAt = time.Now()
	a.record.attempt(a)
	l.pending[a.id] = a
	a.timer = h.clock.AfterFunc(h.clock.Floor(ackDeadline, leastReal), func() { h.expire(l, a) })
	h.write(a)
}

// write puts an attempt's frame on its socket.
func (h *Hub) write(a *attempt) {
	if a.sock == nil {
		return
	}
	frame := map[string]any{
		"envelope_id": a.id, "type": a.Type, "payload": a.Payload, "accepts_response_payload": a.AcceptsResponse,
	}
	if a.Type == EventsAPI {
		frame["retry_attempt"], frame["retry_reason"] = a.number, ""
		if a.number > 0 {
			frame["retry_reason"] = "timeout"
		}
	}
	raw, err := json.Marshal(frame)
	if err != nil {
		h.log.Error("Cannot encode an envelope", zap.String("event", a.Event), zap.Error(err))
		return
	}
	a.sock.push(wsframe.OpText, raw)
	a.sock.countSent()
	h.watch("envelope_sent", map[string]any{"envelope_id": a.id, "socket": a.sock.id, "event": a.Event, "attempt": a.number})
}

// pick chooses a socket in turn; those that were told to go come last.
func (l *line) pick() *sock {
	for _, draining := range []bool{false, true} {
		for range l.sockets {
			l.turn++
			if s := l.sockets[l.turn%len(l.sockets)]; s.isDraining() == draining {
				return s
			}
		}
	}
	return nil
}

// expire ends an attempt that was not acked: the next follows after its pause,
// if the envelope is of a kind that Slack repeats.
func (h *Hub) expire(l *line, a *attempt) {
	if h.repeat(l, a) && a.OnDrop != nil {
		a.OnDrop() // without the lock: it may raise events
	}
}

// repeat sees to the next attempt; dropped says that there is none.
func (h *Hub) repeat(l *line, a *attempt) (dropped bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.pending[a.id] != a {
		return false
	}
	delete(l.pending, a.id)
	if a.Type != EventsAPI || a.number >= len(retryDelays) || h.closed {
		a.record.outcome(Dropped)
		return true
	}
	next := &attempt{Envelope: a.Envelope, id: uuid(), number: a.number + 1, record: a.record}
	if h.switches.SameEnvelope {
		next.id = a.id
	}
	if pause := retryDelays[a.number]; pause > 0 {
		h.clock.AfterFunc(pause, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			if !h.closed {
				h.send(l, next)
			}
		})
		return false
	}
	h.send(l, next)
	return false
}

// receive takes a message of a client: an ack, or something to be ignored. An
// ack counts on the socket that carried the envelope.
func (h *Hub) receive(s *sock, message []byte, fragmented bool) {
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	unread := json.Unmarshal(message, &ack) != nil
	reason := ""
	switch {
	case fragmented:
		reason = "fragmented"
	case len(message) >= MaxAck:
		reason = "too long"
	case unread || ack.EnvelopeID == "":
		reason = "not an ack"
	}
	h.mu.Lock()
	l := h.line(s.app)
	a := l.pending[ack.EnvelopeID]
	if reason == "" && (a == nil || a.sock != s) {
		reason = "unknown, late or repeated envelope"
	}
	if reason != "" {
		h.ignored(s, ack.EnvelopeID, reason)
		h.mu.Unlock()
		return
	}
	delete(l.pending, a.id)
	a.timer.Stop()
	a.record.acked(a)
	h.watch("envelope_acked", map[string]any{"envelope_id": a.id, "socket": s.id, "event": a.Event, "attempt": a.number})
	h.mu.Unlock()
	s.countAcked()
	h.answer(a, slices.Clone(ack.Payload))
}

// answer hands the payload of an ack on, where the envelope takes one.
func (h *Hub) answer(a *attempt, payload json.RawMessage) {
	text := string(bytes.TrimSpace(payload))
	if text == "" || text == "{}" || text == "null" {
		return // some clients send an empty one with every ack
	}
	refused := "the envelope's accepts_response_payload is false"
	if a.AcceptsResponse {
		refused = ""
		if a.OnAck != nil {
			refused = a.OnAck(payload)
		}
	}
	h.mu.Lock()
	a.record.Response, a.record.Refused = payload, refused
	h.mu.Unlock()
	if refused != "" {
		h.log.Warn("An ack's payload was refused", zap.String("app", a.App), zap.String("type", a.Type), zap.String("why", refused))
	}
}

package socket

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"go.uber.org/zap"
)

// What became of an envelope.
const (
	Pending = "pending"
	Acked   = "acked"
	Dropped = "dropped"
)

// maxRecords bounds what is remembered.
const maxRecords = 100_000

// Record is what became of one envelope, over all its attempts.
type Record struct {
	// Seq counts envelopes from 1.
	Seq     int    `json:"seq"`
	App     string `json:"app"`
	Type    string `json:"type"`
	Event   string `json:"event"`
	EventID string `json:"event_id"`
	Channel string `json:"channel,omitempty"`
	// EventTS is the event's own ts: of a new message, the message's.
	EventTS string `json:"event_ts,omitempty"`
	Outcome string `json:"outcome"`
	// RaisedAt is when the event happened.
	RaisedAt time.Time `json:"raised_at"`
	Attempts []Attempt `json:"attempts"`
	// Response is the payload of the ack, Refused why it came to nothing.
	Response json.RawMessage `json:"response,omitempty"`
	Refused  string          `json:"refused,omitempty"`
	// Ignored are acks that did not count, by reason.
	Ignored []string `json:"ignored_acks,omitempty"`
}

// Attempt is one sending.
type Attempt struct {
	EnvelopeID string    `json:"envelope_id"`
	Number     int       `json:"retry_attempt"`
	Socket     string    `json:"socket"`
	SentAt     time.Time `json:"sent_at"`
	// AckedAt and LatencyMS, the real time until the ack in milliseconds, are
	// absent without an ack that counts.
	AckedAt   *time.Time `json:"acked_at,omitempty"`
	LatencyMS *float64   `json:"latency_ms,omitempty"`
}

func (h *Hub) newRecord(e Envelope) *Record {
	h.nextRecord++
	r := &Record{
		Seq: h.nextRecord, App: e.App, Type: e.Type, Event: e.Event, EventID: e.EventID, Channel: e.Channel,
		EventTS: eventTS(e.Payload), Outcome: Pending, RaisedAt: e.raisedAt,
	}
	h.records = append(h.records, r)
	if len(h.records) > maxRecords {
		h.records = slices.Clone(h.records[len(h.records)-maxRecords/2:])
	}
	return r
}

// eventTS reads event_ts out of a callback; other envelopes have none.
func eventTS(payload json.RawMessage) string {
	var callback struct {
		Event struct {
			TS string `json:"event_ts"`
		} `json:"event"`
	}
	if json.Unmarshal(payload, &callback) != nil {
		return ""
	}
	return callback.Event.TS
}

func (r *Record) attempt(a *attempt) {
	at := Attempt{EnvelopeID: a.id, Number: a.number, SentAt: a.sentAt}
	if a.sock != nil {
		at.Socket = a.sock.id
	}
	r.Attempts = append(r.Attempts, at)
}

func (r *Record) acked(a *attempt) {
	r.Outcome = Acked
	for i := range r.Attempts {
		if r.Attempts[i].EnvelopeID == a.id && r.Attempts[i].Number == a.number {
			now := time.Now()
			ms := milliseconds(now.Sub(a.sentAt))
			r.Attempts[i].AckedAt, r.Attempts[i].LatencyMS = &now, &ms
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (r *Record) outcome(o string) { r.Outcome = o }

// ignored notes an ack that did not count on the record it names, if any.
func (h *Hub) ignored(s *sock, envelope, reason string) {
	h.log.Info("Ack ignored", zap.String("app", s.app), zap.Any("socket", s.id), zap.String("reason", reason))
	for _, r := range slices.Backward(h.records) {
		if slices.ContainsFunc(r.Attempts, func(a Attempt) bool { return a.EnvelopeID == envelope && envelope != "" }) {
			r.Ignored = append(r.Ignored, reason)
			return
		}
	}
}

// Records returns what became of every envelope, oldest first.
func (h *Hub) Records() []Record { return h.RecordsOf(Filter{}) }

func (r *Record) copy() Record {
	out := *r
	out.Attempts = slices.Clone(r.Attempts)
	out.Ignored = slices.Clone(r.Ignored)
	return out
}

// Info describes one open socket.
type Info struct {
	ID       string    `json:"id"`
	App      string    `json:"app"`
	Opened   time.Time `json:"opened"`
	Draining bool      `json:"draining"`
	HalfOpen bool      `json:"half_open"`
	Sent     int       `json:"sent"`
	Acked    int       `json:"acked"`
}

// Sockets lists the open sockets in the order of opening.
func (h *Hub) Sockets() []Info {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []Info{}
	for _, l := range h.lines {
		for _, s := range l.sockets {
			out = append(out, s.info())
		}
	}
	slices.SortFunc(out, func(a, b Info) int { return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID)) })
	return out
}

func (s *sock) info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Info{s.id, s.app, s.opened, s.draining, s.halfOpen, s.sent, s.acked}
}

func (s *sock) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

func (s *sock) countSent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
}

func (s *sock) countAcked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked++
}

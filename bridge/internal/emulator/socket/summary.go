package socket

import (
	"math"
	"slices"
	"time"
)

// Summary counts envelopes and what became of them, for benchmarks and tests of
// what was delivered twice.
type Summary struct {
	Envelopes int `json:"envelopes"`
	Acked     int `json:"acked"`
	Pending   int `json:"pending"`
	Dropped   int `json:"dropped"`
	// Attempts are all sendings, Redeliveries those after an envelope's first,
	// Redelivered the envelopes that had any. Unheard are sendings for which no
	// socket was open.
	Attempts     int `json:"attempts"`
	Redeliveries int `json:"redeliveries"`
	Redelivered  int `json:"redelivered"`
	Unheard      int `json:"unheard"`
	// IgnoredAcks did not count: late, unknown, too long, fragmented.
	IgnoredAcks int `json:"ignored_acks"`
	// Ack is the real time from an attempt's sending to its ack; Whole that from
	// the event to the ack of whichever attempt was acked.
	Ack   Spread `json:"ack_ms"`
	Whole Spread `json:"whole_ms"`
	// First is when the first event happened, Last when the last ack came.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// LastSeq is the last envelope's number, to go on from.
	LastSeq int `json:"last_seq"`
}

// Spread is how measured times are spread, in milliseconds.
type Spread struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Filter limits which envelopes are told of: empty fields do not.
type Filter struct {
	App, Event, Channel string
	// After leaves out envelopes up to that number.
	After int
}

func (f Filter) passes(r *Record) bool {
	return r.Seq > f.After && (f.App == "" || f.App == r.App) && (f.Event == "" || f.Event == r.Event) &&
		(f.Channel == "" || f.Channel == r.Channel)
}

// Summary counts the envelopes that pass the filter.
func (h *Hub) Summary(f Filter) Summary {
	h.mu.Lock()
	defer h.mu.Unlock()
	var s Summary
	var acks, whole []float64
	for _, r := range h.records {
		if f.passes(r) {
			s.add(r)
			acks, whole = r.times(acks, whole)
		}
	}
	s.Ack, s.Whole = spread(acks), spread(whole)
	return s
}

func (s *Summary) add(r *Record) {
	s.Envelopes++
	s.LastSeq = r.Seq
	switch r.Outcome {
	case Acked:
		s.Acked++
	case Dropped:
		s.Dropped++
	default:
		s.Pending++
	}
	s.Attempts += len(r.Attempts)
	if again := len(r.Attempts) - 1; again > 0 {
		s.Redelivered++
		s.Redeliveries += again
	}
	s.IgnoredAcks += len(r.Ignored)
	if s.First.IsZero() || r.RaisedAt.Before(s.First) {
		s.First = r.RaisedAt
	}
	for _, a := range r.Attempts {
		if a.Socket == "" {
			s.Unheard++
		}
		if a.AckedAt != nil && a.AckedAt.After(s.Last) {
			s.Last = *a.AckedAt
		}
	}
}

// times adds how long the record's ack took.
func (r *Record) times(acks, whole []float64) (ack, all []float64) {
	for _, a := range r.Attempts {
		if a.AckedAt != nil {
			acks = append(acks, *a.LatencyMS)
			whole = append(whole, milliseconds(a.AckedAt.Sub(r.RaisedAt)))
		}
	}
	return acks, whole
}

func spread(times []float64) Spread {
	if len(times) == 0 {
		return Spread{}
	}
	slices.Sort(times)
	at := func(share float64) float64 { return times[int(math.Ceil(share*float64(len(times))))-1] }
	return Spread{P50: at(0.50), P90: at(0.90), P99: at(0.99), Max: times[len(times)-1]}
}

// RecordsOf returns what became of the envelopes that pass the filter, oldest
// first.
func (h *Hub) RecordsOf(f Filter) []Record {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []Record{}
	for _, r := range h.records {
		if f.passes(r) {
			out = append(out, r.copy())
		}
	}
	return out
}

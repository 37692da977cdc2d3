package matrixin

import (
	"net/http"
	"sync/atomic"

	"go.mau.fi/util/exhttp"
)

// counts are what happened since the start.
type counts struct {
	transactions, repeated, refused     atomic.Int64
	events, handled, undecodable, known atomic.Int64
	retries, retrying, givenUp, panics  atomic.Int64
}

// Stats is the server's condition in numbers, for health, doctor and metrics.
// Counters begin at the start of the process.
type Stats struct {
	// State is starting, ready or draining.
	State string `json:"state"`
	// Rooms have something to do now; Waiting events are taken and not done;
	// Retrying of them wait for another attempt.
	Rooms    int   `json:"rooms_busy"`
	Waiting  int   `json:"events_waiting"`
	Retrying int64 `json:"events_retrying"`

	// Transactions were answered 200. Repeated of them were known already.
	// Refused were answered otherwise.
	Transactions int64 `json:"transactions"`
	Repeated     int64 `json:"transactions_repeated"`
	Refused      int64 `json:"transactions_refused"`
	// Events were taken. Known ones came again and were left out, Undecodable
	// ones were set aside.
	Events      int64 `json:"events"`
	Known       int64 `json:"events_known"`
	Undecodable int64 `json:"events_undecodable"`
	// Handled got through, GivenUp never will. Retries counts attempts after
	// the first one.
	Handled int64 `json:"events_handled"`
	GivenUp int64 `json:"events_given_up"`
	Retries int64 `json:"retries"`
	Panics  int64 `json:"panics"`
	// EphemeralDropped are typing and receipts that gave way to newer ones.
	EphemeralDropped int `json:"ephemeral_dropped"`
}

// Stats returns the server's condition.
func (s *Server) Stats() Stats {
	c := &s.counts
	stats := Stats{
		State:        s.state(),
		Retrying:     c.retrying.Load(),
		Transactions: c.transactions.Load(), Repeated: c.repeated.Load(), Refused: c.refused.Load(),
		Events: c.events.Load(), Known: c.known.Load(), Undecodable: c.undecodable.Load(),
		Handled: c.handled.Load(), GivenUp: c.givenUp.Load(), Retries: c.retries.Load(), Panics: c.panics.Load(),
	}
	stats.Waiting = s.lanes.taken()
	s.lanes.mu.Lock()
	defer s.lanes.mu.Unlock()
	stats.Rooms, stats.EphemeralDropped = len(s.lanes.byKey), s.lanes.dropped
	return stats
}

// getHealth answers 200 when transactions are taken and 503 when not. It needs
// no token and names no room or person.
func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) {
	stats := s.Stats()
	code := http.StatusOK
	if stats.State != "ready" {
		code = http.StatusServiceUnavailable
	}
	exhttp.WriteJSONResponse(w, code, stats)
}

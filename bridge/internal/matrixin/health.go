package matrixin

import (
	"net/http"
	"sync/atomic"

	"go.mau.fi/util/exhttp"
)

// counts are what happened since the start.
type counts struct {
	transactions, repeated, refused    atomic.Int64
	events, echoes, undecodable, known atomic.Int64
	refusedPings, aliasQueries         atomic.Int64
}

// Stats is the server's condition in numbers, for health, doctor and metrics.
// Counters begin at the start of the process.
type Stats struct {
	// State is starting, ready or draining.
	State string `json:"state"`
	// Waiting events are stored and not done.
	Waiting int `json:"events_waiting"`

	// Transactions were acknowledged. Repeated of them held nothing new.
	// Refused were answered otherwise.
	Transactions int64 `json:"transactions"`
	Repeated     int64 `json:"transactions_repeated"`
	Refused      int64 `json:"transactions_refused"`
	// RefusedPings had another hs_token than the bridge's, or none.
	RefusedPings int64 `json:"pings_refused"`
	// AliasQueries are questions of the homeserver whether there is a room of an alias.
	AliasQueries int64 `json:"alias_queries"`
	// Events were stored. Echoes are the bridge's own and need no handling. Known
	// ones came again, Undecodable ones were set aside.
	Events      int64 `json:"events"`
	Echoes      int64 `json:"events_echoes"`
	Known       int64 `json:"events_known"`
	Undecodable int64 `json:"events_undecodable"`
}

// Stats returns the server's condition.
func (s *Server) Stats() Stats {
	c := &s.counts
	return Stats{
		State: s.state(), Waiting: s.cfg.Waiting(),
		Transactions: c.transactions.Load(), Repeated: c.repeated.Load(), Refused: c.refused.Load(), RefusedPings: c.refusedPings.Load(),
		AliasQueries: c.aliasQueries.Load(),
		Events:       c.events.Load(), Echoes: c.echoes.Load(), Known: c.known.Load(), Undecodable: c.undecodable.Load(),
	}
}

// getHealth answers 200 when transactions are received and 503 when not. It needs no
// token and names no room or person.
func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) {
	stats := s.Stats()
	code := http.StatusOK
	if stats.State != "ready" {
		code = http.StatusServiceUnavailable
	}
	exhttp.WriteJSONResponse(w, code, stats)
}

package matrixin

import (
	"net/http"
	"time"
)

// Handler returns what the listener serves.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// WithinTime is withinTime.
func WithinTime(next http.Handler, limit time.Duration) http.Handler { return withinTime(next, limit) }

// HeaderWithin shortens how long a header may take and returns what it was.
// 0 would mean no limit.
func (s *Server) HeaderWithin(limit time.Duration) time.Duration {
	before := s.http.ReadHeaderTimeout
	if before == 0 {
		before = 1<<63 - 1
	}
	s.http.ReadHeaderTimeout = limit
	return before
}

// Bounds that tests go beyond.
const (
	MaxBody          = maxBody
	MaxEphemeral     = maxEphemeral
	RememberedEvents = rememberedEvents
)

package matrixin

import (
	"net/http"
	"time"
)

// Handler returns what the listener serves.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// SendWithin shortens how long a client may take for its header and for its
// whole request, and returns what the limits were; 0 would mean none.
func (s *Server) SendWithin(header, request time.Duration) (wasHeader, wasRequest time.Duration) {
	wasHeader, wasRequest = s.http.ReadHeaderTimeout, s.http.ReadTimeout
	s.http.ReadHeaderTimeout, s.http.ReadTimeout = header, request
	return wasHeader, wasRequest
}

// MaxBody is a bound that tests go beyond.
const MaxBody = maxBody

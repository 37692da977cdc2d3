package controlapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/secret"
)

// streamBuffer is how many events a slow reader may be behind before it is
// dropped; it connects again and reads the whole state.
const streamBuffer = 1024

// stream is the server-sent events of `/events`: what happens in the workspace
// (event: slack), calls of apps (call), sockets and envelopes.
type stream struct {
	mu      sync.Mutex
	readers map[chan []byte]struct{}
	closed  bool
}

func newStream() *stream { return &stream{readers: map[chan []byte]struct{}{}} }

// publish sends an event to every reader; it never blocks.
func (s *stream) publish(kind string, body any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.readers) == 0 {
		return
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return
	}
	frame := fmt.Appendf(nil, "event: %s\ndata: %s\n\n", kind, secret.Redact(string(raw)))
	for ch := range s.readers {
		select {
		case ch <- frame:
		default:
			delete(s.readers, ch)
			close(ch)
		}
	}
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for ch := range s.readers {
		delete(s.readers, ch)
		close(ch)
	}
}

func (s *stream) join() chan []byte {
	ch := make(chan []byte, streamBuffer)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		close(ch)
		return ch
	}
	s.readers[ch] = struct{}{}
	return ch
}

func (s *stream) leave(ch chan []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.readers[ch]; ok {
		delete(s.readers, ch)
		close(ch)
	}
}

func (s *stream) serve(w http.ResponseWriter, r *http.Request) {
	ch := s.join()
	defer s.leave(ch)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	if _, err := w.Write([]byte(": connected\n\n")); err != nil || control.Flush() != nil {
		return
	}
	keepAlive := time.NewTicker(15 * time.Second)
	defer keepAlive.Stop()
	for {
		var frame []byte
		var open bool
		select {
		case <-r.Context().Done():
			return
		case <-keepAlive.C:
			frame, open = []byte(": alive\n\n"), true
		case frame, open = <-ch:
		}
		if !open {
			return
		}
		if _, err := w.Write(frame); err != nil || control.Flush() != nil {
			return
		}
	}
}

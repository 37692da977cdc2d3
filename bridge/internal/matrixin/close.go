package matrixin

import "context"

// Close ends the server: transactions are refused with 503 from now on, one that is
// being stored is answered, and the listener is closed. Serve returns during it. What
// was acknowledged is in the inbox.
func (s *Server) Close(ctx context.Context) {
	// Under intake's lock, so that no transaction is half received.
	s.intake.Lock()
	s.drainingOnce.Do(func() { close(s.draining) })
	s.intake.Unlock()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	if s.listener != nil {
		_ = s.listener.Close() // when Serve was never called
	}
}

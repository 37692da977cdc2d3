package matrixin

import "context"

// Close ends the server: transactions are refused with 503 from now on, one that is
// being stored is answered, and the listener is closed. Serve returns during it. What
// was acknowledged is in the inbox. When ctx ends first, what is being stored then is
// given up unanswered, and nothing is being stored any more when Close returns.
func (s *Server) Close(ctx context.Context) {
	s.drainingOnce.Do(func() { close(s.draining) })
	defer context.AfterFunc(ctx, s.giveUp)()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	if s.listener != nil {
		_ = s.listener.Close() // when Serve was never called
	}
	s.intake <- struct{}{}
	<-s.intake
}

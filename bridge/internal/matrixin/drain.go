package matrixin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix/id"
)

// Left is an event that was answered 200 and not brought through.
type Left struct {
	EventID id.EventID
	RoomID  id.RoomID
	Type    string
}

// LeftError is returned by Drain when its time was not enough. The homeserver
// will not send these events again.
type LeftError struct{ Left []Left }

// maxNamed bounds how many events the error's text names.
const maxNamed = 20

// Error implements error.
func (e *LeftError) Error() string {
	var named []string
	for _, left := range e.Left[:min(len(e.Left), maxNamed)] {
		named = append(named, fmt.Sprintf("%s in %s", left.EventID, left.RoomID))
	}
	if more := len(e.Left) - len(named); more > 0 {
		named = append(named, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%d events from Matrix were taken and not bridged before the time to stop was over: %s", len(e.Left), strings.Join(named, ", "))
}

// Drain stops the server: transactions are refused with 503 from now on, what
// was answered 200 is finished while ctx lasts, then handlers are cancelled and
// the listener is closed. An error of type [*LeftError] names what was not
// finished. Drain is called once; Serve returns during it.
func (s *Server) Drain(ctx context.Context) error {
	// Under intake's lock, so that no transaction is half taken.
	s.intake.Lock()
	s.drainingOnce.Do(func() { close(s.draining) })
	s.intake.Unlock()

	s.lanes.dropEphemerals()
	idle := s.lanes.whenIdle()
	select {
	case <-idle:
	case <-ctx.Done():
	}
	s.stop()
	s.awaitWorkers()
	s.close()
	if left := s.lanes.unfinished(); len(left) > 0 {
		err := &LeftError{}
		for _, t := range left {
			err.Left = append(err.Left, Left{EventID: t.evt.ID, RoomID: t.evt.RoomID, Type: t.evt.Type.Type})
		}
		return err
	}
	return nil
}

// awaitWorkers waits for workers whose context has ended. A handler that does
// not look at its context is left behind after StopGrace.
func (s *Server) awaitWorkers() {
	ended := make(chan struct{})
	go func() { s.lanes.workers.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(s.cfg.StopGrace):
		s.log.Warn("Handlers of Matrix events still run although they were cancelled", zap.Duration("waited", s.cfg.StopGrace))
	}
}

// close closes the listener and the connections. Requests that are under way
// have StopGrace to get their answer.
func (s *Server) close() {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.StopGrace)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	if s.listener != nil {
		_ = s.listener.Close() // when Serve was never called
	}
}

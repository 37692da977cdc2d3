package matrixin

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix/event"
)

// handle brings one event through, however many attempts it takes. It returns
// false when ctx ended before that.
func (s *Server) handle(ctx context.Context, t *taken) bool {
	evt := t.evt
	for attempt := 1; ; attempt++ {
		err := s.attempt(ctx, evt)
		switch {
		case err == nil:
			s.counts.handled.Add(1)
			return true
		case isPermanent(err):
			s.counts.givenUp.Add(1)
			s.log.Error("An event from Matrix cannot be bridged and is given up", t.fields(zap.Int("attempt", attempt), zap.Error(err))...)
			return true
		case ctx.Err() != nil:
			return false
		}
		wait, asked := s.cfg.delay(attempt, err)
		s.counts.retries.Add(1)
		s.log.Warn("An event from Matrix did not get through and is tried again", t.fields(zap.Int("attempt", attempt), zap.Duration("in", wait), zap.Error(err))...)
		s.counts.retrying.Add(1)
		goOn := s.pause(ctx, wait, asked)
		s.counts.retrying.Add(-1)
		if !goOn {
			return false
		}
		evt = t.again()
	}
}

// attempt is one pass: wait, hand over, judge. A panic outside the framework's
// handlers (it catches those itself) ends the event, not the worker.
func (s *Server) attempt(ctx context.Context, evt *event.Event) (err error) {
	defer func() {
		if value := recover(); value != nil {
			s.panicked(value)
			err = Permanent(errors.New("a panic while handling it"))
		}
	}()
	if err := s.cfg.Gate(ctx, evt); err != nil {
		return fmt.Errorf("waiting for its turn: %w", err)
	}
	s.dispatch(ctx, evt)
	return s.cfg.Verdict(evt)
}

// panicked is called while a goroutine panics.
func (s *Server) panicked(value any) {
	s.counts.panics.Add(1)
	s.log.Error("A panic while handling something from Matrix; please report it", zap.Any("panic", value), zap.ByteString("stack", debug.Stack()))
}

// dispatch hands an event to the framework and names it if that takes long.
func (s *Server) dispatch(ctx context.Context, evt *event.Event) {
	watch := time.AfterFunc(s.cfg.SlowAfter, func() {
		s.log.Warn("An event from Matrix is still being handled; its room waits",
			zap.Stringer("event_id", evt.ID), zap.Stringer("room_id", evt.RoomID), zap.Duration("since", s.cfg.SlowAfter))
	})
	defer watch.Stop()
	if !s.cfg.Intercept(ctx, evt) {
		s.cfg.Events.Dispatch(ctx, evt)
	}
}

// pause waits between attempts; false means that ctx ended. The beginning of a
// drain cuts the wait short, for one more attempt while there is time, unless
// the far side had named the time.
func (s *Server) pause(ctx context.Context, wait time.Duration, asked bool) bool {
	draining := s.draining
	if asked || isClosed(draining) {
		draining = nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-draining:
	case <-ctx.Done():
		return false
	}
	return true
}

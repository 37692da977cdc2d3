package matrixin

import (
	"context"
	"encoding/json"
	"errors"

	"go.uber.org/zap"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// Why a transaction is not received although it is a good one. The texts are for the
// homeserver's log.
var (
	errStopping = errors.New("the bridge is stopping: send this transaction again")
	errGap      = errors.New("the transaction before this one is missing: send both")
	errNotNow   = errors.New("the bridge cannot store this transaction now: send it again")
	errLeft     = errors.New("the homeserver did not wait for the answer")
)

// errValue is why an event is set aside that the database does not take.
var errValue = errors.New("the database cannot store what is in it")

// receive stores everything in a transaction with one commit. After an error nothing is
// remembered; waiting is the request's context, and ends when the homeserver hangs up.
func (s *Server) receive(waiting context.Context, txnID string, txn *transaction) error {
	p := &parts{}
	if s.cfg.Encryption {
		p.addKeys(keyRows(txnID, txn)) // before the events that they may decrypt
	}
	s.addEvents(p, txn.events, matrixevent.KindEvent)
	if s.cfg.Await != nil {
		s.cfg.Await(waiting, p.rooms(), s.draining)
	}
	// One at a time, so that the events of a room keep the order of the transactions.
	select {
	case s.intake <- struct{}{}:
		defer func() { <-s.intake }()
	case <-waiting.Done():
		return errLeft
	}
	if isClosed(s.draining) {
		return errStopping
	}
	if s.gaps.misses(txnID, s.log) {
		return errGap
	}
	fresh, err := s.store(p)
	if err != nil {
		s.log.Warn("A transaction could not be stored and was refused; the homeserver sends it again", zap.String("transaction_id", txnID), zap.Error(err))
		return errNotNow
	}
	s.gaps.received(txnID)
	s.counts.transactions.Add(1)
	if p.rows() > 0 && fresh == 0 {
		s.counts.repeated.Add(1)
	}
	if txn.bad > 0 {
		s.counts.undecodable.Add(int64(txn.bad))
		s.log.Warn("Parts of a transaction cannot be decoded and are left out", zap.String("transaction_id", txnID), zap.Int("parts", txn.bad))
	}
	if s.cfg.Received != nil {
		s.cfg.Received(p.events())
	}
	return nil
}

// Store stores events that were read from a room because no transaction brought them,
// as if one had, and returns how many were new. After an error nothing is remembered.
func (s *Server) Store(ctx context.Context, raws []json.RawMessage) (fresh int, err error) {
	select {
	case s.intake <- struct{}{}:
		defer func() { <-s.intake }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if isClosed(s.draining) {
		return 0, errStopping
	}
	p := &parts{}
	s.addEvents(p, raws, matrixevent.KindRecovered)
	return s.store(p)
}

// store stores parts with one commit, sets aside what can never be stored, and counts.
func (s *Server) store(p *parts) (fresh int, err error) {
	fresh, err = s.put(p.all())
	if isUnstorable(err) {
		fresh, err = s.putEach(p)
	}
	if err != nil {
		return 0, err
	}
	for _, part := range p.list {
		if part.err != nil {
			s.counts.undecodable.Add(1)
			s.setAside(part.evt, part.err)
		}
	}
	s.counts.echoes.Add(p.echoes)
	s.counts.events.Add(int64(fresh))
	s.counts.known.Add(int64(p.rows() - fresh))
	return fresh, nil
}

// put stores a part of a transaction, or all of it, and what it changes in the state
// store. It does not stop when the homeserver gives up: the next try would only begin
// again.
func (s *Server) put(p part) (fresh int, err error) {
	return s.cfg.Put(s.storing, inbox.Batch{Rows: p.rows, Also: s.applyState(p.state)})
}

// putEach stores the parts of a transaction one by one and sets aside what can never be
// stored: the homeserver would repeat the transaction without end.
func (s *Server) putEach(p *parts) (fresh int, err error) {
	for i := range p.list {
		one, err := s.put(p.list[i])
		switch {
		case errors.Is(err, inbox.ErrRow):
			p.list[i].err = err
		case isUnstorable(err):
			p.list[i].err = errValue // the database's own words may quote the event
		case err != nil:
			return fresh, err
		}
		fresh += one
	}
	return fresh, nil
}

// isUnstorable says whether an error is about what was to be stored and not about the
// database.
func isUnstorable(err error) bool {
	return errors.Is(err, inbox.ErrRow) || database.Refuses(err)
}

// setAside names an event that cannot be handled, without its content.
func (s *Server) setAside(evt *event.Event, err error) {
	fields := []zap.Field{zap.Error(err)}
	if evt != nil {
		fields = append(fields, zap.Stringer("event_id", evt.ID), zap.Stringer("room_id", evt.RoomID), zap.String("event_type", evt.Type.Type))
	}
	s.log.Warn("An event from Matrix cannot be decoded and is set aside", fields...)
}

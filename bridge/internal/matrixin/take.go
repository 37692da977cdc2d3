package matrixin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"go.uber.org/zap"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// Why a transaction is not taken although it is a good one. The texts are for the
// homeserver's log.
var (
	errStopping = errors.New("the bridge is stopping: send this transaction again")
	errGap      = errors.New("the transaction before this one is missing: send both")
)

// take gives everything in a transaction to its worker. After an error nothing was
// taken.
func (s *Server) take(txnID string, txn *transaction) error {
	s.intake.Lock()
	defer s.intake.Unlock()
	if isClosed(s.draining) {
		return errStopping
	}
	if s.gaps.doubt(txnID, s.log) {
		return errGap
	}
	number := s.counts.transactions.Add(1)
	fresh := s.takeNew(txn.events)
	if s.seenTxns.has(txnID) {
		if len(fresh) == 0 {
			s.counts.repeated.Add(1)
			return nil
		}
		// A homeserver whose database was made anew begins to count at 1 again.
		s.log.Warn("A transaction has a known id and unknown events; they are handled", zap.String("transaction_id", txnID))
	}
	s.seenTxns.add(txnID)
	s.gaps.taken(txnID)
	if txn.bad > 0 {
		s.counts.undecodable.Add(int64(txn.bad))
		s.log.Warn("Parts of a transaction cannot be decoded and are left out", zap.String("transaction_id", txnID), zap.Int("parts", txn.bad))
	}
	s.takeEphemeral(txn.ephemeral)
	s.takeRest(number, txn.rest) // before the events: keys come ahead of what they decrypt
	for _, t := range fresh {
		s.lanes.add(laneKey{events, t.evt.RoomID}, &task{event: t, run: func(ctx context.Context) bool { return s.handle(ctx, t) }})
	}
	return nil
}

// takeNew decodes the events that did not come before and notes the state that
// they carry. State is noted here and not by the room's worker: a room that
// waits must not delay the knowledge that it is encrypted or who is in it.
func (s *Server) takeNew(raws []json.RawMessage) (fresh []*taken) {
	for _, raw := range raws {
		evt, err := decodeEvent(raw, event.UnknownEventType)
		if evt != nil && s.seenEvents.has(evt.ID.String()) {
			s.counts.known.Add(1)
			continue
		} else if evt != nil {
			s.seenEvents.add(evt.ID.String())
			mautrix.UpdateStateStore(s.ctx, s.cfg.AS.StateStore, evt)
		}
		if err != nil {
			s.counts.undecodable.Add(1)
			s.setAside(evt, err)
			continue
		}
		s.counts.events.Add(1)
		fresh = append(fresh, &taken{evt: evt, raw: raw})
	}
	return fresh
}

// setAside names an event that cannot be handled, without its content.
func (s *Server) setAside(evt *event.Event, err error) {
	fields := []zap.Field{zap.Error(err)}
	if evt != nil {
		fields = (&taken{evt: evt}).fields(fields...)
	}
	s.log.Warn("An event from Matrix cannot be decoded and is set aside", fields...)
}

// takeEphemeral passes typing, receipts and presence on, in order per room and
// once: nobody misses one that is lost.
func (s *Server) takeEphemeral(raws []json.RawMessage) {
	if !s.cfg.AS.Registration.EphemeralEvents {
		return
	}
	for _, raw := range raws {
		evt, err := decodeEvent(raw, event.EphemeralEventType)
		if err != nil {
			s.counts.undecodable.Add(1)
			continue
		}
		s.lanes.add(laneKey{ephemerals, evt.RoomID}, &task{run: func(ctx context.Context) bool {
			s.dispatch(ctx, evt)
			return true
		}})
	}
}

// takeRest gives to-device events, key counts and device lists to the stock
// handler, as a transaction of their own with an id of its own. It has a lane,
// because that handler waits when the encryption machine is behind.
func (s *Server) takeRest(number int64, rest map[string]json.RawMessage) {
	if len(rest) == 0 {
		return
	}
	body, err := json.Marshal(rest)
	if err != nil {
		s.counts.undecodable.Add(1)
		return
	}
	s.lanes.add(laneKey{kind: cryptos}, &task{run: func(ctx context.Context) bool {
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, "/_matrix/app/v1/transactions/rest", bytes.NewReader(body))
		if err != nil {
			s.log.Error("Encryption data could not be handed over", zap.Error(err))
			return true
		}
		r.SetPathValue("txnID", fmt.Sprintf("rest-%d", number))
		r.Header.Set("Authorization", "Bearer "+s.cfg.AS.Registration.ServerToken)
		answer := &statusOnly{header: make(http.Header)}
		s.cfg.AS.PutTransaction(answer, r)
		if answer.status != http.StatusOK {
			s.log.Error("The framework refused encryption data", zap.Int("status", answer.status))
		}
		return true
	}})
}

// statusOnly is a http.ResponseWriter that keeps the status.
type statusOnly struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (w *statusOnly) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *statusOnly) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *statusOnly) Write(body []byte) (int, error) { return len(body), nil }

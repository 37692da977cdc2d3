package matrixin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"go.uber.org/zap"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// Why a transaction is not received although it is a good one. The texts are for the
// homeserver's log.
var (
	errStopping = errors.New("the bridge is stopping: send this transaction again")
	errGap      = errors.New("the transaction before this one is missing: send both")
)

// receive stores everything in a transaction with one commit. After an error nothing
// was stored and nothing is remembered.
func (s *Server) receive(ctx context.Context, txnID string, txn *transaction) error {
	// One at a time, so that the events of a room keep the order of the transactions.
	s.intake.Lock()
	defer s.intake.Unlock()
	if isClosed(s.draining) {
		return errStopping
	}
	if s.gaps.misses(txnID, s.log) {
		return errGap
	}
	rows := s.keyRows(txnID, txn) // before the events that they may decrypt
	events, eventRows := s.eventRows(txn.events, matrixevent.KindEvent)
	rows = append(rows, eventRows...)
	fresh, err := s.cfg.Put(ctx, inbox.Batch{Rows: rows, Also: s.applyState(events)})
	if err != nil {
		s.log.Warn("a transaction could not be stored and was refused; the homeserver sends it again", zap.String("transaction_id", txnID), zap.Error(err))
		return errors.New("the bridge cannot store this transaction now: send it again")
	}
	s.gaps.received(txnID)
	if s.cfg.Received != nil {
		s.cfg.Received(events)
	}
	s.counts.transactions.Add(1)
	s.counts.events.Add(int64(fresh))
	s.counts.known.Add(int64(len(rows) - fresh))
	if len(rows) > 0 && fresh == 0 {
		s.counts.repeated.Add(1)
	}
	if txn.bad > 0 {
		s.counts.undecodable.Add(int64(txn.bad))
		s.log.Warn("parts of a transaction cannot be decoded and are left out", zap.String("transaction_id", txnID), zap.Int("parts", txn.bad))
	}
	return nil
}

// Store stores events that were read from a room because no transaction brought them,
// as if one had, and returns how many were new.
func (s *Server) Store(ctx context.Context, raws []json.RawMessage) (fresh int, err error) {
	s.intake.Lock()
	defer s.intake.Unlock()
	events, rows := s.eventRows(raws, matrixevent.KindRecovered)
	fresh, err = s.cfg.Put(ctx, inbox.Batch{Rows: rows, Also: s.applyState(events)})
	s.counts.events.Add(int64(fresh))
	return fresh, err
}

// eventRows decodes events and makes the rows of those that are to be handled.
func (s *Server) eventRows(raws []json.RawMessage, kind string) (events []*event.Event, rows []inbox.Row) {
	for _, raw := range raws {
		evt, err := matrixevent.Parse(raw)
		if err == nil && (evt.ID == "" || evt.RoomID == "") {
			err = errors.New("it has no event_id or no room_id")
		}
		if err != nil {
			s.counts.undecodable.Add(1)
			s.setAside(evt, err)
			continue
		}
		events = append(events, evt)
		if s.isEcho(evt) {
			s.counts.echoes.Add(1)
			continue
		}
		rows = append(rows, inbox.Row{
			Source: matrixevent.Source, Key: evt.ID.String(), Lane: evt.RoomID.String(), Kind: kind,
			Self: evt.ID.String(), About: matrixevent.Target(evt).String(), Payload: raw,
		})
	}
	return events, rows
}

// isEcho says whether an event is the bridge's own doing and needs no handling. A
// tombstone does, and so does a change of membership where rooms are encrypted: the
// keys that the bridge sends with have to change with it.
func (s *Server) isEcho(evt *event.Event) bool {
	if evt.Type == event.StateTombstone || !s.cfg.Ours(evt.Sender) {
		return false
	}
	return evt.Type != event.StateMember || !s.cfg.Encryption || s.cfg.Ours(id.UserID(evt.GetStateKey()))
}

// keyRows makes the rows of to-device events, key counts and device lists. They have
// no ids, so that their content and the transaction's id are the key.
func (s *Server) keyRows(txnID string, txn *transaction) (rows []inbox.Row) {
	add := func(kind string, n int, payload []byte) {
		sum := sha256.Sum256(payload)
		rows = append(rows, inbox.Row{
			Source: matrixevent.Source, Kind: kind, Lane: matrixevent.KeysLane, Payload: payload,
			Key: fmt.Sprintf("%s/%s/%d/%s", kind, txnID, n, base64.RawURLEncoding.EncodeToString(sum[:12])),
		})
	}
	for n, raw := range txn.toDevice {
		add(matrixevent.KindToDevice, n, raw)
	}
	if len(txn.keys) > 0 {
		payload, err := json.Marshal(txn.keys)
		if err != nil {
			txn.bad++
			return rows
		}
		add(matrixevent.KindKeys, 0, payload)
	}
	return rows
}

// setAside names an event that cannot be handled, without its content.
func (s *Server) setAside(evt *event.Event, err error) {
	fields := []zap.Field{zap.Error(err)}
	if evt != nil {
		fields = append(fields, zap.Stringer("event_id", evt.ID), zap.Stringer("room_id", evt.RoomID), zap.String("event_type", evt.Type.Type))
	}
	s.log.Warn("an event from Matrix cannot be decoded and is set aside", fields...)
}

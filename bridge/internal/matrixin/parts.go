package matrixin

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// part is a piece of a transaction and what is stored of it: a row, a change of state,
// both or nothing.
type part struct {
	evt   *event.Event // nil for what only encryption needs
	rows  []inbox.Row
	state []*event.Event
	err   error // why it is set aside
}

// parts are all of a transaction, in the order in which they are stored.
type parts struct {
	list   []part
	echoes int64
}

// all is everything in one part.
func (p *parts) all() (all part) {
	for _, one := range p.list {
		all.rows, all.state = append(all.rows, one.rows...), append(all.state, one.state...)
	}
	return all
}

// rows is how many rows of them are stored.
func (p *parts) rows() (rows int) {
	for _, one := range p.list {
		if one.err == nil {
			rows += len(one.rows)
		}
	}
	return rows
}

// events are those that could be decoded and stored.
func (p *parts) events() (events []*event.Event) {
	for _, one := range p.list {
		if one.evt != nil && one.err == nil {
			events = append(events, one.evt)
		}
	}
	return events
}

// rooms are those of the events that are stored, each once.
func (p *parts) rooms() (rooms []id.RoomID) {
	for _, one := range p.list {
		if one.evt != nil && len(one.rows) > 0 && !slices.Contains(rooms, one.evt.RoomID) {
			rooms = append(rooms, one.evt.RoomID)
		}
	}
	return rooms
}

func (p *parts) addKeys(rows []inbox.Row) {
	for _, row := range rows {
		p.list = append(p.list, part{rows: []inbox.Row{row}})
	}
}

// addEvents adds the parts of events whose rows are of a kind.
func (s *Server) addEvents(p *parts, raws []json.RawMessage, kind string) {
	for _, raw := range raws {
		one, echo := s.eventPart(raw, kind)
		if echo {
			p.echoes++
		}
		p.list = append(p.list, one)
	}
}

var errNameless = errors.New("it has no event_id or no room_id")

// eventPart is the part of one event. What of a state event could be decoded is noted
// even if the rest could not: nothing else may be missing for a room to be known as
// encrypted, or a person as gone. What a person says has a row even if it cannot be decoded, so
// that they are told.
func (s *Server) eventPart(raw json.RawMessage, kind string) (p part, echo bool) {
	evt, err := matrixevent.Parse(raw)
	if evt != nil && evt.StateKey != nil {
		p.state = []*event.Event{evt}
	}
	if err == nil && (evt.ID == "" || evt.RoomID == "") {
		err = errNameless
	}
	if errors.Is(err, matrixevent.ErrSaid) {
		err = nil
	}
	p.evt, p.err = evt, err
	switch {
	case err != nil:
	case s.isEcho(evt):
		echo = true
	default:
		p.rows = []inbox.Row{{
			Source: matrixevent.Source, Key: evt.ID.String(), Lane: evt.RoomID.String(), Kind: kind,
			Self: evt.ID.String(), About: matrixevent.Target(evt).String(), Payload: raw,
		}}
	}
	return p, echo
}

// isEcho says whether an event is the bridge's own doing and needs no handling. A
// tombstone does, and so does a change of a person's membership where rooms are
// encrypted: the keys that the bridge sends with have to change with it.
func (s *Server) isEcho(evt *event.Event) bool {
	if evt.Type == event.StateTombstone || !s.cfg.Ours(evt.Sender) {
		return false
	}
	return evt.Type != event.StateMember || !s.cfg.Encryption || s.cfg.Ours(id.UserID(evt.GetStateKey()))
}

// keyRows makes the rows of to-device events, key counts and device lists. They have
// no ids, so that their content, their place and the transaction's id are the key.
func keyRows(txnID string, txn *transaction) (rows []inbox.Row) {
	add := func(kind string, n int, payload []byte) {
		sum := sha256.New()
		for _, part := range []string{txnID, strconv.Itoa(n), string(payload)} {
			sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
		}
		rows = append(rows, inbox.Row{
			Source: matrixevent.Source, Kind: kind, Lane: matrixevent.KeysLane, Payload: payload,
			Key: kind + "/" + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)),
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

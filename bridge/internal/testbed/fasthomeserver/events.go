package fasthomeserver

import (
	"encoding/json"
	"strconv"
	"strings"

	"maunium.net/go/mautrix/id"
)

// transactionID is what a repeated request is known by (Matrix spec,
// "Transaction identifiers"): for an appservice, those of each of its users.
type transactionID struct {
	token string
	user  id.UserID
	path  string
}

// Say sends an event as a person, as their client would.
func (s *Server) Say(user id.UserID, in id.RoomID, kind string, content any) (id.EventID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(in, user)
	if err != nil {
		return "", err
	}
	d := draft{kind: kind, sender: user, content: content}
	if err := r.may(d); err != nil {
		return "", err
	}
	e, err := s.add(r, d)
	return e.ID, err
}

func (s *Server) send(c *call) (any, error) {
	d, err := c.draft(c.PathValue("type"))
	if err != nil {
		return nil, err
	}
	if d.kind == "m.room.redaction" {
		return nil, invalidParam("redactions have a request of their own here")
	}
	return s.once(c, func(r *room) (Event, error) {
		if err := r.may(d); err != nil {
			return Event{}, err
		}
		return s.add(r, d)
	})
}

func (s *Server) redact(c *call) (any, error) {
	d, err := c.draft("m.room.redaction")
	if err != nil {
		return nil, err
	}
	d.redacts = id.EventID(c.PathValue("event"))
	return s.once(c, func(r *room) (Event, error) {
		at, ok := r.byID[d.redacts]
		switch {
		case !ok:
			return Event{}, notFound("Could not find event %s", d.redacts)
		case r.events[at].Sender != c.user && r.levels.of(c.user) < orFifty(r.levels.Redact):
			return Event{}, forbidden("You don't have permission to redact events")
		}
		e, err := s.add(r, d)
		r.events[at].Content = json.RawMessage("{}")
		return e, err
	})
}

// draft is the event that a request's body is the content of. Appservices may say
// when it happened ("Timestamp massaging").
func (c *call) draft(kind string) (draft, error) {
	var content map[string]json.RawMessage
	if err := c.read(&content); err != nil {
		return draft{}, err
	}
	d := draft{kind: kind, sender: c.user, content: json.RawMessage(c.body)}
	if ts := c.URL.Query().Get("ts"); ts != "" {
		var err error
		if d.at, err = strconv.ParseInt(ts, 10, 64); err != nil {
			return draft{}, invalidParam("ts is not a number")
		}
	}
	return d, nil
}

// once makes an event, or returns that of an earlier request with this id.
func (s *Server) once(c *call, make func(*room) (Event, error)) (any, error) {
	txn := transactionID{c.token, c.user, c.URL.Path}
	if made, ok := s.sent[txn]; ok {
		return map[string]any{"event_id": made}, nil
	}
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	e, err := make(r)
	if err != nil {
		return nil, err
	}
	s.sent[txn] = e.ID
	return map[string]any{"event_id": e.ID}, nil
}

func (s *Server) setState(c *call) (any, error) {
	d, err := c.draft(c.PathValue("type"))
	if err != nil {
		return nil, err
	}
	key := c.PathValue("key")
	d.key = &key
	if d.kind == "m.room.member" {
		return s.setMembership(c.room(), d)
	}
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(key, "@") && key != c.user.String():
		return nil, forbidden("You are not allowed to set others state")
	}
	if err := r.may(d); err != nil {
		return nil, err
	}
	e, err := s.add(r, d)
	return map[string]any{"event_id": e.ID}, err
}

func (s *Server) state(c *call) (any, error) {
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	e, ok := r.stateOf(c.PathValue("type"), c.PathValue("key"))
	if !ok {
		return nil, notFound("Event not found.")
	}
	if c.URL.Query().Get("format") == "event" {
		return e, nil
	}
	return e.Content, nil
}

func (s *Server) allState(c *call) (any, error) {
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	return r.allState(""), nil
}

// allState returns the state of a type, or of all.
func (r *room) allState(kind string) []Event {
	all := []Event{}
	for key, at := range r.state {
		if kind == "" || key.kind == kind {
			all = append(all, r.events[at])
		}
	}
	return all
}

func (s *Server) members(c *call) (any, error) {
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	chunk := []Event{}
	only, not := c.URL.Query().Get("membership"), c.URL.Query().Get("not_membership")
	for _, e := range r.allState("m.room.member") {
		membership := r.members[id.UserID(*e.StateKey)]
		if (only == "" || membership == only) && (not == "" || membership != not) {
			chunk = append(chunk, e)
		}
	}
	return map[string]any{"chunk": chunk}, nil
}

func (s *Server) joinedMembers(c *call) (any, error) {
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	members := map[id.UserID]map[string]any{}
	for user, membership := range r.members {
		if a := s.accounts[user]; a != nil && membership == joined {
			members[user] = map[string]any{"display_name": a.name, "avatar_url": a.avatar}
		}
	}
	return map[string]any{"joined": members}, nil
}

// messages pages through a room; tokens are positions in its timeline.
func (s *Server) messages(c *call) (any, error) {
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	query := c.URL.Query()
	if filter := query.Get("filter"); filter != "" {
		s.forget("a filter of /messages")
		return nil, invalidParam("there are no filters here")
	}
	limit, err := number(query.Get("limit"), 10)
	if err != nil {
		return nil, err
	}
	forward := query.Get("dir") == "f"
	beginning := len(r.events)
	if forward {
		beginning = 0
	} else if query.Get("dir") != "b" {
		return nil, invalidParam("dir must be b or f")
	}
	at, err := number(strings.TrimPrefix(query.Get("from"), "t"), beginning)
	if err != nil || at > len(r.events) {
		return nil, invalidParam("from is not a token of this server")
	}
	answer, chunk := map[string]any{"start": "t" + strconv.Itoa(at)}, []Event{}
	for ; len(chunk) < limit; at = step(at, forward) {
		if forward && at == len(r.events) || !forward && at == 0 {
			answer["chunk"] = chunk
			return answer, nil
		}
		chunk = append(chunk, r.events[min(at, step(at, forward))])
	}
	answer["chunk"], answer["end"] = chunk, "t"+strconv.Itoa(at)
	return answer, nil
}

func step(at int, forward bool) int {
	if forward {
		return at + 1
	}
	return at - 1
}

func number(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, invalidParam("%q is not a number", text)
	}
	return n, nil
}

func (s *Server) event(c *call) (any, error) {
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	at, ok := r.byID[id.EventID(c.PathValue("event"))]
	if !ok {
		return nil, notFound("Event not found.")
	}
	return r.events[at], nil
}

// inRoom confirms what has no effect here: typing and receipts.
func (s *Server) inRoom(c *call) (any, error) {
	_, err := s.find(c.room(), c.user)
	return empty, err
}

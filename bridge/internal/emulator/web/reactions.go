package web

import (
	"encoding/json"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (s *Server) reactionMethods() map[string]handler {
	return map[string]handler{
		"reactions.add": s.reactionsAdd, "reactions.remove": s.reactionsRemove,
		"reactions.get": s.reactionsGet, "reactions.list": s.reactionsList,
	}
}

// asResult renders a message as an object to add keys to.
func asResult(m workspace.Message) Result {
	var out Result
	if err := json.Unmarshal(encode(m), &out); err != nil {
		return Result{"ts": m.TS}
	}
	return out
}

func (s *Server) reactionsAdd(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	ts, err := c.item()
	if err != nil {
		return nil, err
	}
	return Result{}, s.ws.React(c.Actor, c.arg("channel"), ts, c.arg("name"))
}

func (s *Server) reactionsRemove(c *Call) (Result, error) {
	if c.arg("channel") == "" {
		return nil, workspace.Fail("no_item_specified")
	}
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	ts, err := c.item()
	if err != nil {
		return nil, err
	}
	return Result{}, s.ws.Unreact(c.Actor, c.arg("channel"), ts, c.arg("name"))
}

func (s *Server) reactionsGet(c *Call) (Result, error) {
	if c.arg("channel") == "" {
		return nil, workspace.Fail("no_item_specified")
	}
	ch, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	ts, err := c.item()
	if err != nil {
		return nil, err
	}
	m, err := s.ws.Message(ch.ID, ts)
	if err != nil {
		return nil, err
	}
	if m.Subtype == "tombstone" || s.ws.Plan().Hides(m.TS) {
		return nil, workspace.Fail("message_not_found")
	}
	o := asResult(s.listed(c, m))
	o["permalink"] = s.permalink(ch.ID, m)
	return Result{"type": "message", "channel": ch.ID, "message": o}, nil
}

func (s *Server) reactionsList(c *Call) (Result, error) {
	user := c.arg("user")
	if user == "" {
		user = c.Actor.User
	}
	if _, err := s.ws.Seen(c.Actor, user); err != nil {
		return nil, err
	}
	all := s.ws.Reacted(c.Actor, user)
	if c.has("cursor") || c.has("limit") {
		return s.reactionsByCursor(c, all)
	}
	items, paging, err := byPage(c, all)
	if err != nil {
		return nil, err
	}
	return Result{"items": s.reactedItems(c, items), "paging": paging}, nil
}

func (s *Server) reactionsByCursor(c *Call, all []workspace.ReactedItem) (Result, error) {
	limit, err := c.limit(100, 1000)
	if err != nil {
		return nil, workspace.Fail("invalid_arguments", "[ERROR] invalid limit [json-pointer:/limit]")
	}
	p, err := paginate(s, c, "reacted", all, limit, unordered, func(r workspace.ReactedItem) string { return r.Channel + "-" + r.Message.TS })
	if err != nil {
		return nil, workspace.Fail("invalid_arguments", "[ERROR] invalid cursor [json-pointer:/cursor]")
	}
	return Result{"items": s.reactedItems(c, p.items), "response_metadata": p.metadata()}, nil
}

func (s *Server) reactedItems(c *Call, list []workspace.ReactedItem) []Result {
	out := []Result{}
	for _, r := range list {
		out = append(out, Result{"type": "message", "channel": r.Channel, "message": s.listed(c, r.Message)})
	}
	return out
}

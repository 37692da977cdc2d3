package web

import "ops-jrz1/bridge/internal/emulator/workspace"

func (s *Server) pinMethods() map[string]handler {
	return map[string]handler{"pins.add": s.pinsAdd, "pins.remove": s.pinsRemove, "pins.list": s.pinsList}
}

// pinned reads the timestamp argument of pins and reactions.
func (c *Call) item() (string, error) {
	if c.arg("timestamp") == "" {
		return "", workspace.Fail("no_item_specified")
	}
	ts, ok := timestamp(c.arg("timestamp"))
	if !ok {
		return "", workspace.Fail("bad_timestamp")
	}
	return ts, nil
}

func (s *Server) pinsAdd(c *Call) (Result, error) {
	if _, err := s.inside(c); err != nil {
		return nil, err
	}
	ts, err := c.item()
	if err != nil {
		return nil, err
	}
	return Result{}, s.ws.Pin(c.Actor, c.arg("channel"), ts)
}

func (s *Server) pinsRemove(c *Call) (Result, error) {
	if _, err := s.inside(c); err != nil {
		return nil, err
	}
	ts, err := c.item()
	if err != nil {
		return nil, err
	}
	return Result{}, s.ws.Unpin(c.Actor, c.arg("channel"), ts)
}

func (s *Server) pinsList(c *Call) (Result, error) {
	ch, err := s.inside(c)
	if err != nil {
		return nil, err
	}
	pins, err := s.ws.Pins(c.Actor, ch.ID)
	if err != nil {
		return nil, err
	}
	items := []Result{}
	for _, p := range pins {
		m := asResult(s.listed(c, p.Message))
		m["permalink"] = s.permalink(ch.ID, p.Message)
		items = append(items, Result{"type": "message", "channel": ch.ID, "created": p.Created, "created_by": p.By, "message": m})
	}
	return Result{"items": items}, nil
}

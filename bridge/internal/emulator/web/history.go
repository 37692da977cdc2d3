package web

import (
	"slices"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// outsideLimit is the most messages that commercially distributed apps outside
// the Marketplace get at once.
const outsideLimit = 15

func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

func (s *Server) historyMethods() map[string]handler {
	return map[string]handler{"conversations.history": s.history, "conversations.replies": s.replies}
}

// historyLimit reads how many messages are asked for.
func (s *Server) historyLimit(c *Call, standard, most int) (int, error) {
	if s.Switches().NonMarketplace {
		n, err := c.limit(outsideLimit, most)
		return min(n, outsideLimit), err
	}
	return c.limit(standard, most)
}

// listed is a message as lists show it: metadata only where it was asked for,
// and of a reaction's users no more than a bound.
func (s *Server) listed(c *Call, m workspace.Message) workspace.Message {
	if !c.flag("include_all_metadata") {
		m.Metadata = nil
	}
	if !(c.Method.Takes("full") && c.flag("full")) {
		m.Reactions = s.shortened(c, m.Reactions)
	}
	return m
}

// reactionUsers is how many users a reaction lists. Slack's documents say that
// there is a bound and not which (reactions.get).
const reactionUsers = 50

// shortened cuts the users of reactions. The calling user stays among them, and
// the count tells of all (Slack docs: reactions.get).
func (s *Server) shortened(c *Call, in []workspace.Reaction) []workspace.Reaction {
	most := s.Switches().ReactionUsers
	if most <= 0 {
		most = reactionUsers
	}
	out := slices.Clone(in)
	for i, r := range out {
		if len(r.Users) <= most {
			continue
		}
		users := slices.Clone(r.Users[:most])
		if slices.Contains(r.Users[most:], c.Actor.User) {
			users[most-1] = c.Actor.User
		}
		out[i].Users = users
	}
	return out
}

func (s *Server) history(c *Call) (Result, error) {
	ch, err := s.inside(c)
	if err != nil {
		return nil, err
	}
	span, err := c.span()
	if err != nil {
		return nil, err
	}
	limit, err := s.historyLimit(c, 100, 1000)
	if err != nil {
		return nil, err
	}
	all, hidden, err := s.ws.History(ch.ID, span)
	if err != nil {
		return nil, err
	}
	p, err := paginate(s, c, "next_ts", all, limit, falling, func(ts string) string { return ts })
	if err != nil {
		return nil, err
	}
	pins, err := s.ws.Pins(c.Actor, ch.ID)
	if err != nil {
		return nil, err
	}
	out := Result{
		"messages": s.listedAll(c, s.ws.Messages(ch.ID, p.items)), "has_more": p.next != "", "pin_count": len(pins),
		"channel_actions_ts": nil, "channel_actions_count": 0,
	}
	if s.ws.Plan().HiddenBefore != "" {
		out["is_limited"] = hidden && p.next == ""
	}
	if p.next != "" {
		out["response_metadata"] = p.metadata()
	}
	if c.arg("latest") != "" {
		out["latest"] = c.arg("latest")
	}
	return out, nil
}

func (s *Server) listedAll(c *Call, in []workspace.Message) []workspace.Message {
	out := make([]workspace.Message, len(in))
	for i, m := range in {
		out[i] = s.listed(c, m)
	}
	return out
}

// replies gives a thread: its parent first on every page, then the replies from
// the oldest on.
func (s *Server) replies(c *Call) (Result, error) {
	ch, err := s.inside(c)
	if err != nil {
		return nil, err
	}
	span, err := c.span()
	if err != nil {
		return nil, err
	}
	limit, err := s.historyLimit(c, 1000, 1000)
	if err != nil {
		return nil, err
	}
	ts, ok := timestamp(c.arg("ts"))
	if !ok || s.ws.Plan().Hides(ts) {
		return nil, workspace.Fail("thread_not_found")
	}
	parent, all, err := s.ws.Thread(ch.ID, ts, span)
	if err != nil {
		return nil, err
	}
	p, err := paginate(s, c, "next_ts", all, limit, rising, func(m workspace.Message) string { return m.TS })
	if err != nil {
		return nil, err
	}
	out := Result{"messages": s.listedAll(c, append([]workspace.Message{parent}, p.items...)), "has_more": p.next != ""}
	if p.next != "" {
		out["response_metadata"] = p.metadata()
	}
	return out, nil
}

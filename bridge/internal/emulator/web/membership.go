package web

import (
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// maxInvites is how many users one call invites.
const maxInvites = 100

func (s *Server) membershipMethods() map[string]handler {
	return map[string]handler{
		"conversations.join": s.join, "conversations.leave": s.leave, "conversations.invite": s.invite, "conversations.kick": s.kick,
		"conversations.open": s.open, "conversations.close": s.closeDirect,
	}
}

func (s *Server) join(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	ch, already, err := s.ws.Join(c.Actor, c.arg("channel"))
	if err != nil {
		return nil, err
	}
	if already {
		c.Warnings = append(c.Warnings, "already_in_channel")
	}
	return Result{"channel": s.object(c, ch)}, nil
}

// leave answers not_in_channel next to ok when the bot was not there (Slack docs:
// conversations.leave).
func (s *Server) leave(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	absent, err := s.ws.Leave(c.Actor, c.arg("channel"))
	if err != nil {
		return nil, err
	}
	if absent {
		return Result{"not_in_channel": true}, nil
	}
	return Result{}, nil
}

func (s *Server) invite(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	users := c.list("users")
	if len(users) > maxInvites {
		return nil, workspace.Fail("invalid_arguments", "[ERROR] no more than 100 users [json-pointer:/users]")
	}
	ch, refused, err := s.ws.Invite(c.Actor, c.arg("channel"), users, c.flag("force"))
	out := Result{}
	if len(refused) > 0 {
		errs := make([]Result, len(refused))
		for i, r := range refused {
			errs[i] = Result{"ok": false, "user": r.User, "error": r.Code}
		}
		out["errors"] = errs
	}
	if err != nil {
		return out, err
	}
	out["channel"] = s.object(c, ch)
	return out, nil
}

func (s *Server) kick(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	if c.arg("user") == "" {
		return nil, workspace.Fail("user_not_found")
	}
	if err := s.ws.Kick(c.Actor, c.arg("channel"), c.arg("user")); err != nil {
		return nil, err
	}
	return Result{"errors": Result{}}, nil
}

// open opens a DM or group DM by its members or by its id.
func (s *Server) open(c *Call) (Result, error) {
	users := c.list("users")
	if id := c.arg("channel"); id != "" {
		ch, err := s.conversation(c)
		if err != nil {
			return nil, err
		}
		if ch.Kind != workspace.IM && ch.Kind != workspace.MPIM {
			return nil, workspace.Fail("method_not_supported_for_channel_type")
		}
		users = ch.Members
	}
	if len(users) == 0 {
		return nil, workspace.Fail("users_list_not_supplied")
	}
	kind := workspace.IM
	if len(users) > 1 {
		kind = workspace.MPIM
	}
	if c.arg("channel") == "" {
		if err := c.needKind(kind); err != nil {
			return nil, err
		}
	}
	if c.flag("prevent_creation") && !s.exists(c, users) {
		return nil, workspace.Fail("channel_not_found")
	}
	ch, existed, wasOpen, err := s.ws.OpenDirect(c.Actor, users)
	if err != nil {
		return nil, err
	}
	out := Result{"channel": Result{"id": ch.ID}}
	if existed {
		out["no_op"], out["already_open"] = wasOpen, wasOpen
	}
	if c.flag("return_im") || ch.Kind == workspace.MPIM {
		out["channel"] = s.object(c, ch)
	}
	return out, nil
}

func (s *Server) exists(c *Call, users []string) bool {
	for _, ch := range s.ws.Conversations() {
		if ch.Kind != workspace.IM && ch.Kind != workspace.MPIM {
			continue
		}
		if strings.Join(sorted(ch.Members), ",") == strings.Join(sorted(append([]string{c.Actor.User}, users...)), ",") {
			return true
		}
	}
	return false
}

func (s *Server) closeDirect(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	already, err := s.ws.CloseDirect(c.Actor, c.arg("channel"))
	if err != nil {
		return nil, err
	}
	if already {
		return Result{"no_op": true, "already_closed": true}, nil
	}
	return Result{}, nil
}

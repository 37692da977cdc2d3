package web

import (
	"slices"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// maxPage is the largest `limit` that lists take.
const maxPage = 999

func (s *Server) userMethods() map[string]handler {
	return map[string]handler{
		"users.list": s.usersList, "users.info": s.usersInfo, "users.lookupByEmail": s.usersLookup,
		"users.profile.get": s.profileGet, "users.getPresence": s.getPresence, "users.setPresence": s.setPresence,
	}
}

// shown is a user as a token may see them: addresses need users:read.email,
// custom fields are told by users.profile.get alone.
func (c *Call) shown(u workspace.User) Result {
	if !slices.Contains(c.Token.Scopes, "users:read.email") {
		u.Profile.Email = ""
	}
	if !c.flag("include_locale") {
		u.Locale = ""
	}
	if c.Method.Name != "users.profile.get" {
		u.Profile.Fields = nil
	}
	return u.Object()
}

func (s *Server) usersList(c *Call) (Result, error) {
	limit, err := c.limit(maxPage, maxPage+1)
	if err != nil {
		return nil, err
	}
	p, err := paginate(s, c, "user", s.ws.Users(), limit, unordered, func(u workspace.User) string { return u.ID })
	if err != nil {
		return nil, err
	}
	members := make([]Result, len(p.items))
	for i, u := range p.items {
		members[i] = c.shown(u)
	}
	return Result{"members": members, "cache_ts": s.clock.Wall().Unix(), "response_metadata": p.metadata()}, nil
}

func (s *Server) usersInfo(c *Call) (Result, error) {
	u, err := s.ws.Seen(c.Actor, c.arg("user"))
	if err != nil {
		return nil, err
	}
	return Result{"user": c.shown(u)}, nil
}

func (s *Server) usersLookup(c *Call) (Result, error) {
	for _, u := range s.ws.Users() {
		if u.Profile.Email != "" && u.Profile.Email == c.arg("email") && !u.Deleted && !u.IsBot {
			return Result{"user": c.shown(u)}, nil
		}
	}
	return nil, workspace.Fail("users_not_found")
}

func (s *Server) profileGet(c *Call) (Result, error) {
	id := c.arg("user")
	if id == "" {
		id = c.App.BotUser
	}
	u, err := s.ws.Seen(c.Actor, id)
	if err != nil {
		return nil, err
	}
	return Result{"profile": c.shown(u)["profile"]}, nil
}

func (s *Server) getPresence(c *Call) (Result, error) {
	id := c.arg("user")
	if id == "" {
		id = c.App.BotUser
	}
	u, err := s.ws.Seen(c.Actor, id)
	if err != nil {
		return nil, err
	}
	out := Result{"presence": u.Presence}
	if id == c.App.BotUser {
		out["online"], out["auto_away"], out["manual_away"], out["connection_count"] = u.Presence == "active", false, u.Presence == "away", 1
	}
	return out, nil
}

// setPresence takes auto and away (Slack docs: users.setPresence).
func (s *Server) setPresence(c *Call) (Result, error) {
	presence, ok := map[string]string{"auto": "active", "away": "away"}[c.arg("presence")]
	if !ok {
		return nil, workspace.Fail("invalid_presence")
	}
	return Result{}, s.ws.SetPresence(c.App.BotUser, presence)
}

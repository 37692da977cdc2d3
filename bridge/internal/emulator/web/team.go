package web

import "ops-jrz1/bridge/internal/emulator/workspace"

func (s *Server) teamMethods() map[string]handler {
	return map[string]handler{
		"team.info": s.teamInfo, "emoji.list": s.emojiList, "bots.info": s.botsInfo,
		"usergroups.list": s.usergroupsList, "usergroups.users.list": s.usergroupsUsersList,
	}
}

func (s *Server) teamInfo(c *Call) (Result, error) {
	team := s.ws.Team()
	if (c.arg("team") != "" && c.arg("team") != team.ID) || (c.arg("domain") != "" && c.arg("domain") != team.Domain) {
		return nil, workspace.Fail("team_not_found")
	}
	return Result{"team": team}, nil
}

func (s *Server) emojiList(*Call) (Result, error) {
	return Result{"emoji": s.ws.Emoji(), "cache_ts": s.now()}, nil
}

func (s *Server) now() string { return formatSeconds(s.clock.Wall().Unix()) }

// botsInfo tells about a bot by its bot id.
func (s *Server) botsInfo(c *Call) (Result, error) {
	id := c.arg("bot")
	if id == "" {
		id = c.App.BotID
	}
	bot, err := s.ws.Bot(id)
	if err != nil {
		return nil, err
	}
	return Result{"bot": bot}, nil
}

func (s *Server) usergroupsList(c *Call) (Result, error) {
	team := s.ws.Team().ID
	list := []Result{}
	for _, g := range s.ws.UserGroups() {
		o := Result(g.Object(team, false))
		if c.flag("include_users") {
			o["users"] = g.Users
		}
		if c.flag("include_count") {
			o["user_count"] = len(g.Users)
		}
		list = append(list, o)
	}
	return Result{"usergroups": list}, nil
}

func (s *Server) usergroupsUsersList(c *Call) (Result, error) {
	for _, g := range s.ws.UserGroups() {
		if g.ID == c.arg("usergroup") {
			return Result{"users": g.Users}, nil
		}
	}
	return nil, workspace.Fail("no_such_subteam")
}

package web

import "ops-jrz1/bridge/internal/emulator/workspace"

func (s *Server) authMethods() map[string]handler {
	return map[string]handler{"auth.test": s.authTest, "auth.revoke": s.authRevoke}
}

// authTest tells whose token it is (Slack docs: auth.test).
func (s *Server) authTest(c *Call) (Result, error) {
	team := s.ws.Team()
	if c.Token.Kind == workspace.AppToken {
		return Result{"app_name": c.App.Name, "app_id": c.App.ID}, nil
	}
	who := c.App.BotUser
	if c.Token.Kind == workspace.ConfigurationToken {
		who = c.Token.User
	}
	user, err := s.ws.User(who)
	if err != nil {
		return nil, err
	}
	if c.Token.Kind == workspace.ConfigurationToken {
		return Result{
			"url": team.URL, "team": team.Name, "user": user.Name, "team_id": team.ID, "user_id": user.ID, "is_enterprise_install": false,
		}, nil
	}
	return Result{
		"url": team.URL, "team": team.Name, "user": user.Name, "team_id": team.ID, "user_id": user.ID,
		"bot_id": c.App.BotID, "app_id": c.App.ID, "app_name": c.App.Name, "is_enterprise_install": false,
	}, nil
}

// authRevoke takes the calling token back, unless `test` is set.
func (s *Server) authRevoke(c *Call) (Result, error) {
	if c.flag("test") {
		return Result{"revoked": false}, nil
	}
	if c.Token.Kind == workspace.ConfigurationToken {
		s.ws.RevokeToken(c.Token.Value)
		return Result{"revoked": true}, nil
	}
	revoke := s.ws.RevokeBot
	if c.Token.Kind != workspace.BotToken {
		revoke = func(app string) error { return s.ws.Revoke(app, c.Token.Kind, "token_revoked") }
	}
	if err := revoke(c.App.ID); err != nil {
		return nil, err
	}
	return Result{"revoked": true}, nil
}

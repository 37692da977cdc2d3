package web

import (
	"cmp"
	"net/http"
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// authenticate finds the token of a request: in the Authorization header, or
// among the POST fields (Slack docs: authentication).
func (s *Server) authenticate(c *Call, r *http.Request, field string) error {
	if c.Method.Name == "tooling.tokens.rotate" {
		return nil // its argument says whose it is
	}
	value := s.credential(r, field)
	if c.Method.Name == "apps.connections.open" && field != "" {
		return workspace.Fail("invalid_auth", "[ERROR] pass the app-level token in the Authorization header")
	}
	if value == "" {
		if r.URL.Query().Get("token") != "" {
			return workspace.Fail("invalid_auth")
		}
		return workspace.Fail("not_authed")
	}
	token, app, ok := s.ws.Lookup(value)
	switch {
	case !ok:
		return workspace.Fail("invalid_auth")
	case token.Revoked != "":
		return workspace.Fail(token.Revoked)
	case token.Expires != 0 && s.clock.Wall().Unix() >= token.Expires:
		return workspace.Fail("token_expired")
	}
	c.Token, c.App, c.Actor = token, app, workspace.ActorOf(app)
	wanted, scope := workspace.BotToken, ""
	switch {
	case appLevel[c.Method.Name] != "":
		wanted, scope = workspace.AppToken, appLevel[c.Method.Name]
	case configuration[c.Method.Name] != "":
		wanted, scope = workspace.ConfigurationToken, configuration[c.Method.Name]
	}
	switch {
	case c.Method.Name == "auth.test", c.Method.Name == "auth.revoke" && token.Kind == workspace.ConfigurationToken:
	case token.Kind != wanted:
		return workspace.Fail("not_allowed_token_type")
	case scope != "":
		return c.need(scope)
	}
	return nil
}

// credential is the token of a request, "" if there is none that counts.
func (s *Server) credential(r *http.Request, field string) string {
	value := cmp.Or(bearer(r.Header.Get("Authorization")), field)
	if value == "" && s.Switches().QueryTokens {
		value = r.URL.Query().Get("token")
	}
	return value
}

// appLevel are the methods for app-level tokens, with the scope that each needs.
var appLevel = map[string]string{
	"apps.connections.open":          "connections:write",
	"apps.event.authorizations.list": "authorizations:read",
}

func bearer(header string) string {
	kind, value, _ := strings.Cut(header, " ")
	if !strings.EqualFold(kind, "bearer") {
		return ""
	}
	return strings.TrimSpace(value)
}

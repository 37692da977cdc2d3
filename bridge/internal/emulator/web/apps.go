package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (s *Server) appMethods() map[string]handler {
	return map[string]handler{
		"apps.connections.open": s.connectionsOpen, "apps.uninstall": s.uninstall, "apps.event.authorizations.list": s.authorizations,
	}
}

// connectionsOpen gives a one-time address for a socket, on the host that was
// called; wss where a proxy says that it was called over TLS.
func (s *Server) connectionsOpen(c *Call) (Result, error) {
	if !c.App.SocketMode {
		return nil, workspace.Fail("socket_mode_not_enabled")
	}
	return Result{"url": "ws" + strings.TrimPrefix(originOf(c.Request), "http") + s.tickets.Ticket(c.App.ID)}, nil
}

// originOf is the address that was called: https where a proxy says that it was
// called over TLS.
func originOf(r *http.Request) string {
	if r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// uninstall takes the calling app out of the workspace.
func (s *Server) uninstall(c *Call) (Result, error) {
	switch {
	case c.arg("client_id") != c.App.ClientID:
		return nil, workspace.Fail("client_id_token_mismatch")
	case c.arg("client_secret") != c.App.ClientSecret:
		return nil, workspace.Fail("bad_client_secret")
	}
	return Result{}, s.ws.Uninstall(c.App.ID)
}

// authorizations lists to whom an event was delivered: the one installation.
func (s *Server) authorizations(c *Call) (Result, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(c.arg("event_context"), "4-"))
	var context struct {
		App string `json:"aid"`
	}
	if err != nil || json.Unmarshal(raw, &context) != nil {
		return nil, workspace.Fail("invalid_event_context")
	}
	if context.App != c.App.ID {
		return nil, workspace.Fail("auth_mismatch")
	}
	return Result{"authorizations": []any{map[string]any{
		"enterprise_id": nil, "team_id": s.ws.Team().ID, "user_id": c.App.BotUser, "is_bot": true, "is_enterprise_install": false,
	}}, "response_metadata": Result{"next_cursor": ""}}, nil
}

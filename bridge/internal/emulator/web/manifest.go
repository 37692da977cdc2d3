package web

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"ops-jrz1/bridge/internal/emulator/manifest"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (s *Server) manifestMethods() map[string]handler {
	return map[string]handler{
		"apps.manifest.create": s.createManifest, "apps.manifest.delete": s.deleteManifest, "apps.manifest.export": s.exportManifest, "apps.manifest.update": s.updateManifest,
		"apps.manifest.validate": s.validateManifest, "tooling.tokens.rotate": s.rotateTokens,
	}
}

// configuration are the methods for configuration tokens, with the scope that each needs.
var configuration = map[string]string{
	"apps.manifest.create":   "app_configurations:write",
	"apps.manifest.delete":   "app_configurations:write",
	"apps.manifest.export":   "app_configurations:read",
	"apps.manifest.update":   "app_configurations:write",
	"apps.manifest.validate": "app_configurations:write",
}

var appIDShape = regexp.MustCompile(`^A[A-Z0-9]{5,}$`)

// configurable returns the app that is asked for if the token reaches it.
func (s *Server) configurable(c *Call) (workspace.App, error) {
	if !appIDShape.MatchString(c.arg("app_id")) {
		return workspace.App{}, workspace.Fail("invalid_app_id")
	}
	return s.ws.Configurable(c.arg("app_id"), c.Token.User)
}

// given reads the manifest that is passed, and says for what Slack would refuse it.
func given(c *Call) (manifest.Manifest, Result, error) {
	raw := json.RawMessage(c.arg("manifest"))
	if problems := manifest.Validate(raw); len(problems) > 0 {
		return manifest.Manifest{}, Result{"errors": problems}, workspace.Fail("invalid_manifest")
	}
	m, err := manifest.Parse(raw)
	if err != nil {
		return m, nil, workspace.Fail("invalid_manifest", err.Error())
	}
	return m, nil, nil
}

// exportManifest shows an app's manifest (Slack docs: apps.manifest.export).
func (s *Server) exportManifest(c *Call) (Result, error) {
	app, err := s.configurable(c)
	if err != nil {
		return nil, err
	}
	return Result{"manifest": app.Manifest}, nil
}

// validateManifest says for what a manifest would be refused (Slack docs:
// apps.manifest.validate).
func (s *Server) validateManifest(c *Call) (Result, error) {
	if c.has("app_id") {
		if _, err := s.configurable(c); err != nil {
			return nil, err
		}
	}
	if _, wrong, err := given(c); err != nil {
		return wrong, err
	}
	return Result{"errors": []any{}}, nil
}

// updateManifest replaces an app's manifest (Slack docs: apps.manifest.update). Socket
// Mode that is switched off ends the app's sockets.
func (s *Server) updateManifest(c *Call) (Result, error) {
	app, err := s.configurable(c)
	if err != nil {
		return nil, err
	}
	m, wrong, err := given(c)
	if err != nil {
		return wrong, err
	}
	changed, err := s.ws.ConfigureApp(app.ID, m.App())
	if err != nil {
		return nil, err
	}
	if app.SocketMode && !m.Settings.SocketMode {
		s.tickets.Disable(app.ID)
	}
	return Result{"app_id": app.ID, "permissions_updated": changed}, nil
}

// deleteManifest deletes an app for good and ends its sockets (Slack docs:
// apps.manifest.delete).
func (s *Server) deleteManifest(c *Call) (Result, error) {
	app, err := s.configurable(c)
	if err != nil {
		return nil, err
	}
	if err := s.ws.DeleteApp(app.ID); err != nil {
		return nil, err
	}
	s.tickets.Disable(app.ID)
	return Result{}, nil
}

// createManifest creates an app that a person has to install (Slack docs:
// apps.manifest.create).
func (s *Server) createManifest(c *Call) (Result, error) {
	team := s.ws.Team()
	if c.has("team_id") && c.arg("team_id") != team.ID {
		return nil, workspace.Fail("invalid_team_id")
	}
	m, wrong, err := given(c)
	if err != nil {
		return wrong, err
	}
	n := m.App()
	n.AppTokenScopes = []string{"connections:write"}
	app, err := s.ws.CreateApp(n, c.Token.User)
	if err != nil {
		return nil, workspace.Fail("failed_creating_app", err.Error())
	}
	query := url.Values{"client_id": {app.ClientID}, "scope": {strings.Join(m.OAuth.Scopes.Bot, ",")}}
	return Result{
		"app_id": app.ID, "team_id": team.ID, "team_domain": team.Domain,
		"oauth_authorize_url": "https://slack.com/oauth/v2/authorize?" + query.Encode(),
		"credentials": Result{
			"client_id": app.ClientID, "client_secret": app.ClientSecret, "verification_token": requestID(), "signing_secret": requestID(),
		},
	}, nil
}

// rotateTokens spends a refresh token (Slack docs: tooling.tokens.rotate).
func (s *Server) rotateTokens(c *Call) (Result, error) {
	pair, err := s.ws.RotateConfiguration(c.arg("refresh_token"))
	if err != nil {
		return nil, err
	}
	s.tokensChanged()
	return Result{
		"token": pair.Token, "refresh_token": pair.Refresh, "team_id": s.ws.Team().ID, "user_id": pair.User,
		"iat": pair.Issued, "exp": pair.Expires,
	}, nil
}

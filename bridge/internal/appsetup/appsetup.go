// Package appsetup compares a Slack app with what the bridge asks for, and changes it by
// Slack's manifest API. It owns the file of the operator's configuration tokens. It must
// not read the bridge's configuration or database, and changes nothing of an app but what
// package slackapp's tables name.
package appsetup

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackapp"
)

// Setup is an operator's way to the manifests of apps.
type Setup struct {
	// APIURL is where Slack's Web API is. Default slackapi.DefaultURL.
	APIURL string
	// Tokens is the file of the configuration tokens.
	Tokens TokenFile
	// Log says what is repeated. Default: nothing.
	Log *zap.Logger
}

// session is Slack with fresh tokens.
type session struct {
	*slackapi.Client
	team string
}

// open takes fresh tokens and returns Slack with them.
func (s Setup) open(ctx context.Context) (*session, error) {
	plain := slackapi.New(slackapi.Config{APIURL: s.APIURL, Log: s.Log})
	tokens, err := s.Tokens.fresh(ctx, plain)
	if err != nil {
		return nil, err
	}
	return s.with(tokens), nil
}

// with is Slack with tokens as they are.
func (s Setup) with(tokens *slackapi.ConfigurationTokens) *session {
	client := slackapi.New(slackapi.Config{APIURL: s.APIURL, Log: s.Log, ConfigurationToken: tokens.Token})
	return &session{Client: client, team: tokens.TeamID}
}

// export reads an app's manifest.
func (s *session) export(ctx context.Context, app string) (slackapp.Existing, error) {
	text, err := s.ExportManifest(ctx, app)
	if err != nil {
		return slackapp.Existing{}, failed(err)
	}
	return parse(text)
}

func parse(text json.RawMessage) (slackapp.Existing, error) {
	manifest, err := slackapp.ParseExisting(text)
	if err != nil {
		return slackapp.Existing{}, exit.New(exit.Data, "%w", err)
	}
	return manifest, nil
}

// failed gives an error of Slack's its exit code.
func failed(err error) error {
	code := exit.Unavailable
	switch slackapi.KindOf(err) {
	case slackapi.Credentials, slackapi.MissingScope:
		code = exit.Refused
	case slackapi.RateLimited:
		code = exit.TryAgain
	case slackapi.Permanent:
		code = exit.Config
	}
	if errors.Is(err, context.Canceled) {
		code = exit.TryAgain
	}
	return exit.New(code, "%w", err)
}

// page is the address of a page of the app's settings.
func (s Setup) page(app, name string) string {
	host := "api.slack.com"
	if u, err := url.Parse(s.APIURL); err == nil && u.Hostname() == "slack-gov.com" {
		host = "api.slack-gov.com"
	}
	return "https://" + host + "/apps/" + app + "/" + name
}

package slackapi

import (
	"context"
	"encoding/json"
	"net/url"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackevent"
)

// ConfigurationTokens are a person's two tokens for the manifests of the apps that they
// may change in a workspace. Token ends after twelve hours; Refresh works once.
type ConfigurationTokens struct {
	Token, Refresh secret.String
	TeamID, UserID string
}

// RotateConfiguration exchanges a refresh token for a new pair (Slack docs:
// tooling.tokens.rotate). It is done once, whatever comes of it: the old refresh token
// may be spent, and the new pair must be stored before it is used.
func (c *Client) RotateConfiguration(ctx context.Context, refresh secret.String) (*ConfigurationTokens, error) {
	var a struct {
		Token   string `json:"token" shape:"strict"`
		Refresh string `json:"refresh_token" shape:"strict"`
		TeamID  string `json:"team_id"`
		UserID  string `json:"user_id"`
	}
	r := request{method: "tooling.tokens.rotate", form: url.Values{"refresh_token": {refresh.Reveal()}}, token: noToken, effect: twice}
	if err := c.callInto(ctx, r, &a); err != nil {
		return nil, err
	}
	if err := lacks(r, a.Token == "" || a.Refresh == "", nil); err != nil {
		return nil, err
	}
	return &ConfigurationTokens{Token: secret.New(a.Token), Refresh: secret.New(a.Refresh), TeamID: a.TeamID, UserID: a.UserID}, nil
}

// ExportManifest returns the whole manifest of an app (Slack docs: apps.manifest.export).
func (c *Client) ExportManifest(ctx context.Context, app string) (json.RawMessage, error) {
	var a struct {
		Manifest json.RawMessage `json:"manifest"`
	}
	r := request{method: "apps.manifest.export", form: url.Values{"app_id": {app}}, token: configurationToken}
	err := c.callInto(ctx, r, &a)
	return a.Manifest, lacks(r, len(a.Manifest) == 0, err)
}

// ValidateManifest asks what Slack would refuse in a manifest, or warns of (Slack docs:
// apps.manifest.validate). app is "" for one that is still to be created. What Slack
// would refuse is the error.
func (c *Client) ValidateManifest(ctx context.Context, app string, manifest json.RawMessage) (warnings []string, err error) {
	var a struct {
		Errors   json.RawMessage `json:"errors"`
		Warnings json.RawMessage `json:"warnings"`
	}
	r := request{method: "apps.manifest.validate", form: url.Values{"manifest": {string(manifest)}}, token: configurationToken}
	if app != "" {
		r.form.Set("app_id", app)
	}
	if err := c.callInto(ctx, r, &a); err != nil {
		return nil, err
	}
	if wrong := complaints(a.Errors); len(wrong) > 0 {
		return nil, &Error{Method: r.method, Code: "invalid_manifest", Details: wrong, kind: Permanent, token: r.token}
	}
	return complaints(a.Warnings), nil
}

// UpdateManifest replaces the whole manifest of an app (Slack docs:
// apps.manifest.update). reinstall says that scopes changed: they count after the next
// installation.
func (c *Client) UpdateManifest(ctx context.Context, app string, manifest json.RawMessage) (reinstall bool, err error) {
	var a struct {
		Permissions bool `json:"permissions_updated"`
	}
	form := url.Values{"app_id": {app}, "manifest": {string(manifest)}}
	err = c.callInto(ctx, request{method: "apps.manifest.update", form: form, token: configurationToken}, &a)
	return a.Permissions, err
}

// CreateManifest creates an app and returns its id (Slack docs: apps.manifest.create).
// It is not repeated: after an error of unknown outcome there may be an app.
func (c *Client) CreateManifest(ctx context.Context, manifest json.RawMessage) (app string, err error) {
	var a struct {
		App string `json:"app_id" shape:"strict"`
	}
	r := request{method: "apps.manifest.create", form: url.Values{"manifest": {string(manifest)}}, token: configurationToken, effect: twice}
	err = c.callInto(ctx, r, &a)
	return a.App, lacks(r, a.App == "", err)
}

// DeleteApp deletes an app for good (Slack docs: apps.manifest.delete).
func (c *Client) DeleteApp(ctx context.Context, app string) error {
	_, err := c.call(ctx, request{method: "apps.manifest.delete", form: url.Values{"app_id": {app}}, token: configurationToken, effect: twice})
	return err
}

// lacks is the error of an "ok" without what was asked for.
func lacks(r request, missing bool, err error) error {
	if err == nil && missing {
		return &Error{Method: r.method, token: r.token, kind: Permanent, outcome: unknown, what: "the answer lacks what was asked for"}
	}
	return err
}

// complaints are what Slack says about a manifest, each with its place. Its pages show
// them as texts and as objects.
func complaints(raw json.RawMessage) (out []string) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	for _, item := range list {
		var text string
		if json.Unmarshal(item, &text) == nil {
			out = append(out, text)
			continue
		}
		var complaint struct {
			Message string `json:"message"`
			Pointer string `json:"pointer"`
			Code    string `json:"code"`
		}
		if slackevent.Unmarshal(item, &complaint) != nil {
			continue
		}
		if complaint.Message == "" {
			complaint.Message = complaint.Code
		}
		if complaint.Pointer != "" {
			complaint.Message = complaint.Pointer + ": " + complaint.Message
		}
		out = append(out, complaint.Message)
	}
	return out
}

package slackapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackapp"
)

var (
	configuration = "xoxe" + ".xoxp-1-abcdefghijkl"
	refresh       = "xoxe" + "-1-abcdefghijkl"
)

// configuring is a client with a configuration token.
func configuring(t *testing.T, f *fakeSlack) *slackapi.Client {
	t.Helper()
	return slackapi.New(slackapi.Config{
		APIURL: "http://slack.test/api/", HTTPClient: &http.Client{Transport: inMemory{f}}, ConfigurationToken: secret.New(configuration), Scale: 0.001,
		Log: logged(t),
	})
}

func TestManifestCalls(t *testing.T) {
	f := newFake(t).
		on("apps.manifest.export", say(`{'ok':true,'manifest':{'display_information':{'name':'x'},'unknown':[1.50]}}`)).
		on("apps.manifest.validate", say(`{'ok':true,'errors':[],'warnings':[{'code':'w','message':'mind this','pointer':'/features'}]}`)).
		on("apps.manifest.update", say(`{'ok':true,'app_id':'A1','permissions_updated':true}`)).
		on("apps.manifest.create", say(`{'ok':true,'app_id':'A2','credentials':{'client_secret':'s'}}`))
	c := configuring(t, f)
	got, err := c.ExportManifest(t.Context(), "A1")
	require.NoError(t, err)
	require.Equal(t, `{"display_information":{"name":"x"},"unknown":[1.50]}`, string(got), "as it was written")
	warnings, err := c.ValidateManifest(t.Context(), "A1", got)
	require.NoError(t, err)
	require.Equal(t, []string{"/features: mind this"}, warnings)
	reinstall, err := c.UpdateManifest(t.Context(), "A1", got)
	require.NoError(t, err)
	require.True(t, reinstall)
	app, err := c.CreateManifest(t.Context(), got)
	require.NoError(t, err)
	require.Equal(t, "A2", app)
	for _, call := range f.calls {
		require.Equal(t, "Bearer "+configuration, call.header.Get("Authorization"), call.method)
		require.Empty(t, call.form.Get("token"))
	}
	update := f.seen("apps.manifest.update")[0].form
	require.Equal(t, []string{"A1", string(got)}, []string{update.Get("app_id"), update.Get("manifest")})
}

func TestRotation(t *testing.T) {
	f := newFake(t).on("tooling.tokens.rotate", say(`{'ok':true,'token':'%s','refresh_token':'%s','team_id':'T1','user_id':'U1','iat':1,'exp':2}`, configuration, refresh))
	pair, err := configuring(t, f).RotateConfiguration(t.Context(), secret.New("old"))
	require.NoError(t, err)
	require.Equal(t, &slackapi.ConfigurationTokens{Token: secret.New(configuration), Refresh: secret.New(refresh), TeamID: "T1", UserID: "U1"}, pair)
	call := f.seen("tooling.tokens.rotate")[0]
	require.Equal(t, "old", call.form.Get("refresh_token"))
	require.Empty(t, call.header.Get("Authorization"))

	t.Run("it is never repeated when it may have happened", func(t *testing.T) {
		for name, answer := range map[string]http.HandlerFunc{"cut off": cutOff, "502": serverError} {
			f := newFake(t).on("tooling.tokens.rotate", answer)
			_, err := configuring(t, f).RotateConfiguration(t.Context(), secret.New("old"))
			require.True(t, slackapi.MayHaveHappened(err), name)
			require.Len(t, f.calls, 1, name)
		}
	})
	t.Run("half a pair is refused", func(t *testing.T) {
		f := newFake(t).on("tooling.tokens.rotate", say(`{'ok':true,'token':'%s'}`, configuration))
		_, err := configuring(t, f).RotateConfiguration(t.Context(), secret.New("old"))
		require.ErrorContains(t, err, "lacks what was asked for")
		require.True(t, slackapi.MayHaveHappened(err))
	})
}

func TestAnAppIsCreatedOnce(t *testing.T) {
	f := newFake(t).on("apps.manifest.create", serverError)
	_, err := configuring(t, f).CreateManifest(t.Context(), json.RawMessage(`{}`))
	require.True(t, slackapi.MayHaveHappened(err))
	require.Len(t, f.calls, 1)
}

func TestWhatSlackSaysOfManifests(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		kind slackapi.Kind
		text string
	}{
		"what is wrong, with its place": {
			`{'ok':false,'error':'invalid_manifest','errors':[{'message':'no URL','pointer':'/settings/x'},{'code':'failed_constraint','pointer':'/a'},'a text',7]}`,
			slackapi.Permanent, "slack apps.manifest.export: invalid_manifest: /settings/x: no URL, /a: failed_constraint, a text",
		},
		"errors of another form": {`{'ok':false,'error':'invalid_manifest','errors':'odd'}`, slackapi.Permanent, "invalid_manifest"},
		"no such app":            {`{'ok':false,'error':'app_not_found'}`, slackapi.Permanent, "under Basic Information"},
		"another's app":          {`{'ok':false,'error':'no_permission'}`, slackapi.Permanent, "only a collaborator of the app"},
		"an old token":           {`{'ok':false,'error':'token_expired'}`, slackapi.Credentials, "under Your App Configuration Tokens"},
		"a spent refresh token":  {`{'ok':false,'error':'invalid_refresh_token'}`, slackapi.Credentials, "each refresh token works once"},
		"another kind of token":  {`{'ok':false,'error':'not_allowed_token_type'}`, slackapi.Credentials, "no configuration token"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t).on("apps.manifest.export", say("%s", tc.body))
			_, err := configuring(t, f).ExportManifest(t.Context(), "A1")
			require.ErrorContains(t, err, tc.text)
			require.Equal(t, tc.kind, slackapi.KindOf(err))
			secrettest.Check(t, "the error", err.Error(), configuration)
		})
	}
	t.Run("errors of a valid answer", func(t *testing.T) {
		f := newFake(t).on("apps.manifest.validate", say(`{'ok':true,'errors':['/x: wrong']}`))
		_, err := configuring(t, f).ValidateManifest(t.Context(), "", json.RawMessage(`{}`))
		require.ErrorContains(t, err, "invalid_manifest: /x: wrong")
	})
	t.Run("a client without a token asks nothing", func(t *testing.T) {
		f := newFake(t)
		_, err := served(t, f).ExportManifest(t.Context(), "A1")
		require.Equal(t, slackapi.Credentials, slackapi.KindOf(err))
		require.Empty(t, f.calls)
	})
}

func TestManifestsOnTheEmulator(t *testing.T) {
	w := emulated(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	pair, err := w.api.RotateConfiguration(ctx, secret.New(w.emu.Workspace.RefreshTokens()[annID]))
	require.NoError(t, err)
	require.Equal(t, annID, pair.UserID)
	c := slackapi.New(slackapi.Config{APIURL: w.emu.APIURL(), ConfigurationToken: pair.Token, Scale: w.scale, Log: logged(t)})
	text, err := c.ExportManifest(ctx, bridgeApp)
	require.NoError(t, err)
	_, err = c.ValidateManifest(ctx, bridgeApp, text)
	require.NoError(t, err)
	reinstall, err := c.UpdateManifest(ctx, bridgeApp, text)
	require.NoError(t, err)
	require.False(t, reinstall)
	made, err := slackapp.Manifest(slackapp.Options{Name: "Another", Format: slackapp.JSON})
	require.NoError(t, err)
	id, err := c.CreateManifest(ctx, made)
	require.NoError(t, err)
	text, err = c.ExportManifest(ctx, id)
	require.NoError(t, err)
	require.JSONEq(t, string(made), string(text))
	require.NoError(t, c.DeleteApp(ctx, id))
	require.ErrorContains(t, c.DeleteApp(ctx, id), "app_not_found")
	_, err = c.ValidateManifest(ctx, "", json.RawMessage(`{"display_information":{"name":"x"},"settings":{"event_subscriptions":{"bot_events":["message.im"]}}}`))
	require.ErrorContains(t, err, "/settings/event_subscriptions: Event Subscription requires either Request URL or Socket Mode Enabled")
}

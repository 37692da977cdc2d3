package emulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/slackapp"
)

// bob's tokens, put together here so that no file holds one.
var (
	bobsConfiguration = "xoxe" + ".xoxp-1-bobsbobsbobs"
	bobsRefresh       = "xoxe" + "-1-bobsbobsbobs"
)

// configured starts an emulator whose app is ann's, with tokens of ann and bob.
func configured(t *testing.T) (e *emu, anns, bobs string) {
	t.Helper()
	e = start(t, withSeed(t, `
users: [{name: ann, id: U0ANN00001}, {name: bob, id: U0BOB00001}]
apps:
  - {id: A0BRIDGE01, bot_user_id: U0BRIDGE01, collaborators: [ann]}
configuration:
  - {user: bob, token: `+bobsConfiguration+`, refresh_token: `+bobsRefresh+`}
channels: [{id: C0GENERAL1, name: general, members: [ann, U0BRIDGE01]}]
`))
	return e, e.Workspace.IssueConfiguration(ann, "", "").Token, bobsConfiguration
}

// configure calls a method by form POST with a configuration token.
func (e *emu) configure(token, method string, args ...string) answer {
	e.t.Helper()
	return e.do(http.MethodPost, method, token, formType, values(args).Encode())
}

// exported is an app's manifest.
func (e *emu) exported(token, id string) map[string]any {
	e.t.Helper()
	a := e.configure(token, "apps.manifest.export", "app_id", id)
	require.True(e.t, a.ok(), a.raw)
	return a.at("manifest").(map[string]any)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func TestConfigurationTokens(t *testing.T) {
	t.Run("one is for manifests alone, and nothing else is for manifests", func(t *testing.T) {
		e, anns, _ := configured(t)
		require.Equal(t, "not_allowed_token_type", e.configure(anns, "users.list").code())
		require.Equal(t, "not_allowed_token_type", e.configure(anns, "apps.connections.open").code())
		require.Equal(t, "not_allowed_token_type", e.configure(e.bot, "apps.manifest.export", "app_id", app).code(), "as in slackapi/node-slack-sdk#1412")
		require.Equal(t, "not_allowed_token_type", e.configure(e.level, "apps.manifest.export", "app_id", app).code())
		require.Equal(t, "not_authed", e.configure("", "apps.manifest.export", "app_id", app).code())
		require.Equal(t, "invalid_auth", e.configure(bobsRefresh, "apps.manifest.export", "app_id", app).code(), "a refresh token is no token")
		a := e.configure(anns, "apps.manifest.export", "app_id", app)
		require.Equal(t, "app_configurations:read,app_configurations:write", a.header.Get("X-OAuth-Scopes"))
		require.Equal(t, "app_configurations:read", a.header.Get("X-Accepted-OAuth-Scopes"))
		require.Equal(t, ann, e.configure(anns, "auth.test").at("user_id"))
	})
	t.Run("one ends after twelve hours", func(t *testing.T) {
		e, anns, _ := configured(t)
		e.Clock.Step(12*time.Hour - time.Second)
		require.True(t, e.configure(anns, "apps.manifest.export", "app_id", app).ok())
		e.Clock.Step(time.Second)
		require.Equal(t, "token_expired", e.configure(anns, "apps.manifest.export", "app_id", app).code())
	})
	t.Run("a refresh token works once, without another token", func(t *testing.T) {
		e, _, _ := configured(t)
		changed := e.configure("", "tooling.tokens.rotate", "refresh_token", bobsRefresh)
		require.True(t, changed.ok(), changed.raw)
		require.Equal(t, bob, changed.at("user_id"))
		require.Equal(t, "T0EMULATE1", changed.at("team_id"))
		require.InDelta(t, 12*60*60, changed.at("exp").(float64)-changed.at("iat").(float64), 0)
		token, refresh := changed.at("token").(string), changed.at("refresh_token").(string)
		require.True(t, strings.HasPrefix(token, "xoxe.xoxp-") && strings.HasPrefix(refresh, "xoxe-"))
		require.Equal(t, bob, e.configure(token, "auth.test").at("user_id"))
		require.Equal(t, "invalid_refresh_token", e.configure("", "tooling.tokens.rotate", "refresh_token", bobsRefresh).code())
		require.Equal(t, "invalid_refresh_token", e.configure("", "tooling.tokens.rotate", "refresh_token", token).code())
		require.Equal(t, "invalid_arguments", e.configure("", "tooling.tokens.rotate").code())
		require.True(t, e.configure("", "tooling.tokens.rotate", "refresh_token", refresh).ok())
		calls, err := e.ctl.Calls(e.ctx(), control.CallFilter{Method: "tooling.tokens.rotate"})
		require.NoError(t, err)
		require.NotContains(t, asJSON(t, calls), "xoxe", "calls show no token")
	})
	t.Run("one can be revoked", func(t *testing.T) {
		e, anns, _ := configured(t)
		require.True(t, e.configure(anns, "auth.revoke").ok())
		require.Equal(t, "token_revoked", e.configure(anns, "apps.manifest.export", "app_id", app).code())
	})
}

func TestManifestExport(t *testing.T) {
	e, anns, bobs := configured(t)
	t.Run("what the app was made from", func(t *testing.T) {
		want, err := slackapp.Manifest(slackapp.Options{Format: slackapp.JSON})
		require.NoError(t, err)
		require.JSONEq(t, string(want), asJSON(t, e.exported(anns, app)))
	})
	t.Run("what the settings page changed since", func(t *testing.T) {
		off := false
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{
			AddScopes: []string{"dnd:read"}, RemoveScopes: []string{"commands"}, AddEvents: []string{"dnd_updated_user"}, RemoveEvents: []string{"message.im"},
			MessagesTab: &off,
		})
		require.NoError(t, err)
		m, err := slackapp.ParseExisting([]byte(asJSON(t, e.exported(anns, app))))
		require.NoError(t, err)
		findings, err := m.Findings()
		require.NoError(t, err)
		var names []string
		for _, f := range findings {
			names = append(names, string(f.Verdict)+" "+f.Name)
		}
		require.Equal(t, []string{
			"lacks commands", "lacks message.im", "wrong features.app_home.messages_tab_enabled", "too much dnd:read", "too much dnd_updated_user",
		}, names)
	})
	t.Run("an app that is not there, or another's, is refused", func(t *testing.T) {
		require.Equal(t, "app_not_found", e.configure(anns, "apps.manifest.export", "app_id", "A0NOWHERE1").code())
		require.Equal(t, "invalid_app_id", e.configure(anns, "apps.manifest.export", "app_id", "Bridge").code())
		require.Equal(t, "invalid_arguments", e.configure(anns, "apps.manifest.export").code())
		for _, method := range []string{"apps.manifest.export", "apps.manifest.update", "apps.manifest.validate"} {
			require.Equal(t, "no_permission", e.configure(bobs, method, "app_id", app, "manifest", "{}").code(), method)
		}
	})
}

func TestManifestUpdate(t *testing.T) {
	e, anns, _ := configured(t)
	m := e.exported(anns, app)
	update := func(m map[string]any) answer {
		return e.configure(anns, "apps.manifest.update", "app_id", app, "manifest", asJSON(t, m))
	}
	t.Run("the same again changes nothing", func(t *testing.T) {
		a := update(m)
		require.True(t, a.ok(), a.raw)
		require.Equal(t, false, a.at("permissions_updated"))
		require.Equal(t, m, e.exported(anns, app))
	})
	t.Run("scopes count after the next installation", func(t *testing.T) {
		scopes := m["oauth_config"].(map[string]any)["scopes"].(map[string]any)
		scopes["bot"] = append(scopes["bot"].([]any), "dnd:read")
		require.Equal(t, true, update(m).at("permissions_updated"))
		require.Equal(t, false, update(m).at("permissions_updated"), "nothing changed since")
		granted := func() []string { return strings.Split(e.form("auth.test").header.Get("X-OAuth-Scopes"), ",") }
		require.NotContains(t, granted(), "dnd:read")
		state, err := e.ctl.State(e.ctx())
		require.NoError(t, err)
		require.Contains(t, state.Apps[0].Requested, "dnd:read")
		require.NoError(t, e.ctl.Reinstall(e.ctx(), control.TokenRequest{}))
		require.Contains(t, granted(), "dnd:read")
	})
	t.Run("everything is replaced, subscriptions at once", func(t *testing.T) {
		w := e.connect()
		m["settings"].(map[string]any)["event_subscriptions"] = map[string]any{"bot_events": []string{"message.channels"}}
		m["display_information"] = map[string]any{"name": "Another"}
		require.True(t, update(m).ok())
		require.Equal(t, map[string]any{"name": "Another"}, e.exported(anns, app)["display_information"])
		_, err := e.ctl.Say(e.ctx(), ann, general, "heard")
		require.NoError(t, err)
		require.Equal(t, "heard", w.take().event("text"))
		e.must("reactions.add", "channel", general, "timestamp", e.history(general)[0]["ts"].(string), "name", "tada")
		e.silent(w)
	})
	t.Run("Socket Mode that is switched off ends the sockets", func(t *testing.T) {
		w := e.connect()
		m["settings"] = map[string]any{"socket_mode_enabled": false}
		delete(m["features"].(map[string]any), "slash_commands") // without an address it needs Socket Mode
		require.True(t, update(m).ok())
		require.Equal(t, "link_disabled", w.next().Reason)
		require.Equal(t, "socket_mode_not_enabled", e.do(http.MethodPost, "apps.connections.open", e.level, "", "").code())
	})
}

func TestManifestCreate(t *testing.T) {
	e, anns, bobs := configured(t)
	text, err := slackapp.Manifest(slackapp.Options{Name: "Second", Format: slackapp.JSON})
	require.NoError(t, err)
	a := e.configure(anns, "apps.manifest.create", "manifest", string(text), "team_id", "T0EMULATE1")
	require.True(t, a.ok(), a.raw)
	id := a.at("app_id").(string)
	for _, key := range []string{"client_id", "client_secret", "verification_token", "signing_secret"} {
		require.NotEmpty(t, a.at("credentials", key), key)
	}
	require.Contains(t, a.at("oauth_authorize_url"), "https://slack.com/oauth/v2/authorize?client_id=")
	require.JSONEq(t, string(text), asJSON(t, e.exported(anns, id)))
	require.Equal(t, "no_permission", e.configure(bobs, "apps.manifest.export", "app_id", id).code(), "it is ann's")
	require.Equal(t, "invalid_team_id", e.configure(anns, "apps.manifest.create", "manifest", string(text), "team_id", "T0ELSEWHERE").code())

	bot, level := e.Workspace.Tokens(id)
	require.Empty(t, bot+level, "it is not installed")
	_, err = e.ctl.Say(e.ctx(), ann, general, "it hears nothing")
	require.NoError(t, err)
	require.NoError(t, e.ctl.Reinstall(e.ctx(), control.TokenRequest{App: id}))
	e.bot, e.level = e.Workspace.Tokens(id)
	require.Equal(t, id, e.must("auth.test").at("app_id"))
	require.Empty(t, slackapp.MissingScopes(strings.Split(e.must("auth.test").header.Get("X-OAuth-Scopes"), ",")))
	e.connect()
}

func TestManifestDelete(t *testing.T) {
	e, anns, bobs := configured(t)
	e.connect()
	require.Equal(t, "invalid_app_id", e.configure(anns, "apps.manifest.delete", "app_id", "nothing").code())
	text, err := slackapp.Manifest(slackapp.Options{Format: slackapp.JSON})
	require.NoError(t, err)
	id := e.configure(anns, "apps.manifest.create", "manifest", string(text)).at("app_id").(string)
	require.Equal(t, "no_permission", e.configure(bobs, "apps.manifest.delete", "app_id", id).code(), "it is ann's")
	for _, each := range []string{id, app} {
		require.True(t, e.configure(anns, "apps.manifest.delete", "app_id", each).ok())
		require.Equal(t, "app_not_found", e.configure(anns, "apps.manifest.export", "app_id", each).code())
		require.Equal(t, "app_not_found", e.configure(anns, "apps.manifest.delete", "app_id", each).code())
	}
	require.Equal(t, "account_inactive", e.form("auth.test").code())
	require.Equal(t, "account_inactive", e.do(http.MethodPost, "apps.connections.open", e.level, "", "").code())
	e.sockets(0)
	_, err = e.ctl.Say(e.ctx(), ann, general, "nothing listens")
	require.NoError(t, err)
}

func TestManifestsThatSlackRefuses(t *testing.T) {
	e, anns, _ := configured(t)
	const ok = `"display_information":{"name":"x"}`
	cases := map[string]struct{ manifest, pointer, message string }{
		"not JSON":               {`display_information: {}`, "", "not JSON"},
		"no name":                {`{"display_information":{}}`, "/display_information", "missing name"},
		"nothing":                {`{}`, "", "missing display_information"},
		"a key too many":         {`{` + ok + `,"colour":1}`, "", "unknown key colour"},
		"a key in its depth":     {`{` + ok + `,"settings":{"shortcuts":[]}}`, "/settings", "unknown key shortcuts"},
		"a name too long":        {`{"display_information":{"name":"` + strings.Repeat("n", 36) + `"}}`, "/display_information/name", "expected 35, got 36"},
		"a description too long": {`{"display_information":{"name":"x","description":"` + strings.Repeat("d", 156) + `"}}`, "/display_information/description", "max_length, expected 140, got 156"},
		"no commands":            {`{` + ok + `,"features":{"slash_commands":[]}}`, "/features/slash_commands", "min_items, expected 1, got 0"},
		"a command of no form":   {`{` + ok + `,"features":{"slash_commands":[{"command":"go","description":"x"}]}}`, "/features/slash_commands/0/command", "begin with /"},
		"an event twice":         {`{` + ok + `,"settings":{"event_subscriptions":{"bot_events":["a","a"]}}}`, "/settings/event_subscriptions/bot_events", "there twice"},
		"a switch of no kind":    {`{` + ok + `,"settings":{"socket_mode_enabled":"yes"}}`, "/settings/socket_mode_enabled", "expected bool"},
		"events without a way":   {`{` + ok + `,"settings":{"event_subscriptions":{"bot_events":["team_access_granted"]}}}`, "/settings/event_subscriptions", "requires either Request URL or Socket Mode Enabled"},
		"clicks without a way":   {`{` + ok + `,"settings":{"interactivity":{"is_enabled":true}}}`, "/settings/interactivity", "Request URL"},
		"scopes without a bot":   {`{` + ok + `,"oauth_config":{"scopes":{"bot":["chat:write"]}}}`, "/features/bot_user", "bot user"},
		"an optional one alone": {
			`{` + ok + `,"oauth_config":{"scopes":{"bot_optional":["chat:write"]}}}`, "/oauth_config/scopes/bot_optional", "among the bot scopes",
		},
		"a command without its scope": {
			`{` + ok + `,"features":{"slash_commands":[{"command":"/go","description":"x"}]},"settings":{"socket_mode_enabled":true}}`,
			"/features/slash_commands", "requires `commands` bot scope",
		},
		"an event without its scope": {
			`{` + ok + `,"settings":{"socket_mode_enabled":true,"event_subscriptions":{"bot_events":["message.im"]}}}`,
			"/settings/event_subscriptions/bot_events", "requires bot scope `im:history`",
		},
	}
	before := e.exported(anns, app)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"apps.manifest.validate", "apps.manifest.create", "apps.manifest.update"} {
				args := []string{"manifest", tc.manifest}
				if method == "apps.manifest.update" {
					args = append(args, "app_id", app)
				}
				a := e.configure(anns, method, args...)
				require.Equal(t, "invalid_manifest", a.code(), method)
				first := a.at("errors").([]any)[0].(map[string]any)
				require.Equal(t, tc.pointer, first["pointer"])
				require.Contains(t, first["message"], tc.message)
			}
		})
	}
	require.Equal(t, before, e.exported(anns, app))
	state, err := e.ctl.State(e.ctx())
	require.NoError(t, err)
	require.Len(t, state.Apps, 1)
	require.Equal(t, []any{}, e.configure(anns, "apps.manifest.validate", "manifest", asJSON(t, before), "app_id", app).at("errors"))
}

// TestManifestsBySlackGo: the client library of others understands the answers.
func TestManifestsBySlackGo(t *testing.T) {
	e, anns, _ := configured(t)
	client := slack.New("", slack.OptionAPIURL(e.APIURL()), slack.OptionConfigToken(anns))
	exported, err := client.ExportManifestContext(e.ctx(), anns, app)
	require.NoError(t, err)
	require.Equal(t, "Matrix Bridge", exported.Display.Name)
	_, err = client.UpdateManifestContext(e.ctx(), exported, anns, app)
	require.NoError(t, err)
	pair, err := client.RotateTokensContext(e.ctx(), anns, bobsRefresh)
	require.NoError(t, err)
	require.NotEmpty(t, pair.Token)
}

package slackapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi"
)

const whoami = `{'ok':true,'url':'https://acme.slack.com/','team':'Acme','user':'bridge','team_id':'T1','user_id':'U1','bot_id':'B1'%s}`

func TestAuthTest(t *testing.T) {
	f := newFake(t).on("auth.test", say(whoami, `,'app_id':'A1','enterprise_id':'E1'`))
	c := served(t, f)
	require.Nil(t, c.Scopes(), "nothing is known before the first answer")
	id, err := c.AuthTest(t.Context())
	require.NoError(t, err)
	scopes := []string{"chat:write", "users:read", "channels:read"}
	require.Equal(t, &slackapi.Identity{
		TeamID: "T1", TeamName: "Acme", TeamDomain: "acme", URL: "https://acme.slack.com/",
		UserID: "U1", BotID: "B1", BotName: "bridge", AppID: "A1", EnterpriseID: "E1", Scopes: scopes,
	}, id)
	require.Equal(t, scopes, c.Scopes())
	require.Nil(t, c.AppScopes(), "the other token's scopes are not mixed in")
}

func TestTokenTravelsInTheHeaderOnly(t *testing.T) {
	f := newFake(t).on("users.info", say(`{'ok':true,'user':{'id':'U2'}}`))
	_, err := served(t, f).User(t.Context(), "U2")
	require.NoError(t, err)
	call := f.seen("users.info")[0]
	require.Equal(t, "Bearer "+botToken, call.header.Get("Authorization"))
	require.Equal(t, map[string][]string{"user": {"U2"}}, map[string][]string(call.form))
	require.NotEmpty(t, call.header.Get("User-Agent"))
}

func TestAuthTestFindsTheAppElsewhere(t *testing.T) {
	for name, tc := range map[string]struct {
		bot  string
		app  string
		kind slackapi.Kind
	}{
		"bots.info knows":     {`{'ok':true,'bot':{'id':'B1','app_id':'A9'}}`, "A9", 0},
		"no scope to ask":     {`{'ok':false,'error':'missing_scope','needed':'users:read'}`, "", 0},
		"bots.info is broken": {`{'ok':false,'error':'bot_not_found'}`, "", slackapi.Permanent},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t).on("auth.test", say(whoami, "")).on("bots.info", say("%s", tc.bot))
			id, err := served(t, f).AuthTest(t.Context())
			require.Equal(t, tc.kind, slackapi.KindOf(err))
			if err == nil {
				require.Equal(t, tc.app, id.AppID)
			}
			require.Equal(t, "B1", f.seen("bots.info")[0].form.Get("bot"))
		})
	}
}

func TestAuthTestOfStrangeAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		kind slackapi.Kind
	}{
		"an app-level token": {`{'ok':true,'app_name':'bridge','app_id':'A1'}`, slackapi.Credentials},
		"no team":            {`{'ok':true,'user_id':'U1'}`, slackapi.Credentials},
		"team is a list":     {`{'ok':true,'team_id':['T1'],'user_id':'U1'}`, slackapi.Permanent},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := served(t, newFake(t).on("auth.test", say("%s", tc.body))).AuthTest(t.Context())
			require.Nil(t, id)
			require.Equal(t, tc.kind, slackapi.KindOf(err))
			require.ErrorContains(t, err, "slack auth.test: ")
		})
	}
}

func TestTeamDomain(t *testing.T) {
	for url, want := range map[string]string{
		"https://acme.slack.com/":            "acme",
		"https://acme.enterprise.slack.com/": "acme",
		"https://acme.slack-gov.com/":        "acme",
		"http://127.0.0.1:8080/":             "",
		"::":                                 "",
	} {
		t.Run(url, func(t *testing.T) {
			f := newFake(t).on("auth.test", say(`{'ok':true,'url':'%s','team_id':'T1','user_id':'U1','app_id':'A1'}`, url))
			id, err := served(t, f).AuthTest(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, id.TeamDomain)
		})
	}
}

func TestOpenSocket(t *testing.T) {
	f := newFake(t).on("apps.connections.open", say(`{'ok':true,'url':'wss://wss.slack.com/link/?ticket=1-2-3&app_id=9'}`))
	c := served(t, f)
	url, err := c.OpenSocket(t.Context())
	require.NoError(t, err)
	require.Equal(t, "wss://wss.slack.com/link/?ticket=1-2-3&app_id=9", url)
	require.Equal(t, "Bearer "+appToken, f.seen("apps.connections.open")[0].header.Get("Authorization"))
	require.NotNil(t, c.AppScopes())
	require.Nil(t, c.Scopes())
}

func TestOpenSocketIsAskedOnce(t *testing.T) {
	f := newFake(t).on("apps.connections.open", serverError, slowDown("7"), say(`{'ok':true,'url':'https://no.socket/'}`))
	c := served(t, f)
	_, err := c.OpenSocket(t.Context())
	require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
	_, err = c.OpenSocket(t.Context())
	require.Equal(t, slackapi.RateLimited, slackapi.KindOf(err))
	_, err = c.OpenSocket(t.Context())
	require.ErrorContains(t, err, "no WebSocket URL")
	require.Len(t, f.seen("apps.connections.open"), 3, "its owner keeps the schedule")
}

func TestAppIDOf(t *testing.T) {
	for name, tc := range map[string]struct {
		token, want string
	}{
		"app token":  {appToken, "A0TEST"},
		"bot token":  {botToken, ""},
		"cut off":    {"xapp-" + "1-A0TEST", ""},
		"not an app": {"xapp-" + "1-B0TEST-2-3", ""},
		"empty":      {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			id, ok := slackapi.AppIDOf(secret.New(tc.token))
			require.Equal(t, tc.want, id)
			require.Equal(t, tc.want != "", ok)
		})
	}
}

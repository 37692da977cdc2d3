package emulator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
)

func (e *emu) without(scopes ...string) {
	e.t.Helper()
	_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{RemoveScopes: scopes})
	require.NoError(e.t, err)
}

func (e *emu) with(scopes ...string) {
	e.t.Helper()
	_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{AddScopes: scopes})
	require.NoError(e.t, err)
}

// plausible are arguments with which a method gets as far as looking at scopes.
func plausible(m web.Method) (args []string) {
	values := map[string]string{"channel": general, "user": ann, "users": ann}
	for _, name := range append(m.Required(), "channel", "users", "test") {
		value, known := values[name]
		if !known {
			value = "1"
		}
		args = append(args, name, value)
	}
	return args
}

func TestScopes(t *testing.T) {
	t.Run("a missing scope is missing_scope with needed and provided", func(t *testing.T) {
		e := start(t)
		e.without("team:read")
		a := e.form("team.info")
		require.Equal(t, "missing_scope", a.code())
		require.Equal(t, "team:read", a.at("needed"))
		require.Contains(t, a.at("provided"), "chat:write")
		require.NotContains(t, a.at("provided"), "team:read")
	})
	cases := []struct {
		method, scope string
		args          []string
	}{
		{"conversations.history", "channels:history", []string{"channel", general}},
		{"conversations.history", "groups:history", []string{"channel", leaders}},
		{"conversations.history", "im:history", []string{"channel", annBot}},
		{"conversations.history", "mpim:history", []string{"channel", mpim}},
		{"conversations.replies", "groups:history", []string{"channel", leaders, "ts", "1.0"}},
		{"conversations.info", "groups:read", []string{"channel", leaders}},
		{"conversations.members", "im:read", []string{"channel", annBot}},
		{"conversations.list", "groups:read", []string{"types", "public_channel,private_channel"}},
		{"conversations.list", "mpim:read", []string{"types", "mpim"}},
		{"users.conversations", "im:read", []string{"types", "im"}},
		{"conversations.open", "im:write", []string{"users", ann}},
		{"conversations.open", "mpim:write", []string{"users", ann + "," + cleo}},
		{"conversations.join", "channels:join", []string{"channel", lounge}},
		{"chat.postMessage", "chat:write", []string{"channel", general, "text", "x"}},
		{"reactions.add", "reactions:write", []string{"channel", general, "timestamp", "1.0", "name", "tada"}},
		{"users.list", "users:read", nil},
		{"bots.info", "users:read", nil},
		{"emoji.list", "emoji:read", nil},
		{"usergroups.list", "usergroups:read", nil},
		{"pins.list", "pins:read", []string{"channel", general}},
	}
	for _, c := range cases {
		t.Run("checked per conversation type: "+c.method+" needs "+c.scope, func(t *testing.T) {
			e := start(t)
			require.NotEqual(t, "missing_scope", e.form(c.method, c.args...).code())
			e.without(c.scope)
			a := e.form(c.method, c.args...)
			require.Equal(t, "missing_scope", a.code(), a.raw)
			require.Contains(t, a.at("needed"), c.scope)
		})
	}
	for _, method := range start(t).Web.Methods() {
		scopes := start(t).Web.Reference(method).ScopeList()
		if len(scopes) == 0 {
			continue
		}
		t.Run(method+" needs one of its documented scopes", func(t *testing.T) {
			e := start(t)
			e.without(scopes...)
			a := e.form(method, plausible(e.Web.Reference(method))...)
			require.Equal(t, "missing_scope", a.code(), a.raw)
			for _, needed := range strings.Split(a.at("needed").(string), ",") {
				require.Contains(t, scopes, needed)
			}
		})
	}
	t.Run("conversations.list works for the types whose scopes are there", func(t *testing.T) {
		e := start(t)
		e.without("groups:read", "mpim:read", "im:read")
		require.True(t, e.form("conversations.list").ok())
		require.Equal(t, "missing_scope", e.form("conversations.list", "types", "public_channel,im").code())
	})
	t.Run("users:read.email decides over addresses", func(t *testing.T) {
		e := start(t)
		e.without("users:read.email")
		require.Nil(t, e.must("users.info", "user", ann).at("user", "profile", "email"))
		e.with("users:read.email")
		require.Equal(t, "ann@acme.example", e.must("users.info", "user", ann).at("user", "profile", "email"))
		require.Equal(t, ann, e.must("users.lookupByEmail", "email", "ann@acme.example").at("user", "id"))
		require.Equal(t, "users_not_found", e.form("users.lookupByEmail", "email", "no@acme.example").code())
	})
	t.Run("an app token without connections:write is missing_scope", func(t *testing.T) {
		e := start(t, withSeed(t, `
users: [{name: ann}]
apps: [{id: A0BRIDGE01, app_token_scopes: ["authorizations:read"]}]
`))
		a := e.do("POST", "apps.connections.open", e.level, "", "")
		require.Equal(t, "missing_scope", a.code())
		require.Equal(t, "connections:write", a.at("needed"))
	})
}

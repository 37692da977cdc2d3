package emulator_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

const formType = "application/x-www-form-urlencoded"

func TestTokens(t *testing.T) {
	e := start(t)
	inForm := func(token, rest string) answer {
		return e.do(http.MethodPost, "auth.test", "", formType, "token="+token+rest)
	}
	t.Run("a token is accepted from the Authorization header", func(t *testing.T) {
		require.True(t, e.do(http.MethodPost, "auth.test", e.bot, "", "").ok())
	})
	t.Run("a token is accepted from the POST field token", func(t *testing.T) {
		require.True(t, inForm(e.bot, "").ok())
	})
	t.Run("a token in the query is invalid_auth", func(t *testing.T) {
		require.Equal(t, "invalid_auth", e.do(http.MethodPost, "auth.test?token="+e.bot, "", "", "").code())
	})
	t.Run("a token in a JSON body is not seen", func(t *testing.T) {
		require.Equal(t, "not_authed", e.do(http.MethodPost, "auth.test", "", "application/json", `{"token":"`+e.bot+`"}`).code())
	})
	t.Run("no token is not_authed", func(t *testing.T) {
		require.Equal(t, "not_authed", e.do(http.MethodPost, "auth.test", "", "", "").code())
	})
	t.Run("an unknown token is invalid_auth", func(t *testing.T) {
		require.Equal(t, "invalid_auth", inForm("xoxb"+"-1-2-unknown", "").code())
	})
	t.Run("a bot token on apps.connections.open is not_allowed_token_type", func(t *testing.T) {
		require.Equal(t, "not_allowed_token_type", e.do(http.MethodPost, "apps.connections.open", e.bot, "", "").code())
	})
	t.Run("an app token elsewhere is not_allowed_token_type", func(t *testing.T) {
		require.Equal(t, "not_allowed_token_type", e.do(http.MethodPost, "users.list", e.level, "", "").code())
	})
	t.Run("an app token as POST parameter of apps.connections.open is refused", func(t *testing.T) {
		require.Equal(t, "invalid_auth", e.do(http.MethodPost, "apps.connections.open", "", formType, "token="+e.level).code())
	})
	t.Run("the query token passes when the switch allows it", func(t *testing.T) {
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Web: web.Switches{QueryTokens: true}}))
		require.True(t, e.do(http.MethodPost, "auth.test?token="+e.bot, "", "", "").ok())
	})
	t.Run("a revoked token is token_revoked", func(t *testing.T) {
		require.NoError(t, e.ctl.RevokeTokens(e.ctx(), control.TokenRequest{Kind: workspace.AppToken}))
		require.Equal(t, "token_revoked", e.do(http.MethodPost, "apps.connections.open", e.level, "", "").code())
	})
	t.Run("a token of an uninstalled app is account_inactive", func(t *testing.T) {
		require.NoError(t, e.ctl.Uninstall(e.ctx(), ""))
		require.Equal(t, "account_inactive", inForm(e.bot, "").code())
	})
}

func TestAuthRevoke(t *testing.T) {
	e := start(t)
	require.Equal(t, false, e.must("auth.revoke", "test", "true").at("revoked"))
	require.Equal(t, true, e.must("auth.revoke").at("revoked"))
	require.Equal(t, "token_revoked", e.form("auth.test").code())
	channel, err := e.ctl.Channel(e.ctx(), general)
	require.NoError(t, err)
	require.NotContains(t, channel.Members, botUser, "the bot is out of its channels")
}

func TestTransport(t *testing.T) {
	e := start(t)
	t.Run("reading and writing methods take a form POST", func(t *testing.T) {
		require.True(t, e.form("users.info", "user", ann).ok())
		require.True(t, e.form("chat.postMessage", "channel", general, "text", "form").ok())
	})
	t.Run("methods take multipart", func(t *testing.T) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		require.NoError(t, w.WriteField("user", ann))
		require.NoError(t, w.Close())
		require.True(t, e.do(http.MethodPost, "users.info", e.bot, w.FormDataContentType(), body.String()).ok())
	})
	t.Run("a method with JSON input takes JSON, objects unquoted", func(t *testing.T) {
		a := e.do(http.MethodPost, "chat.postMessage", e.bot, "application/json; charset=utf-8",
			`{"channel":"`+general+`","text":"json","blocks":[{"type":"divider"}],"reply_broadcast":false}`)
		require.True(t, a.ok(), a.raw)
		require.Equal(t, "divider", a.at("message", "blocks").([]any)[0].(map[string]any)["type"])
	})
	t.Run("JSON without charset is answered with a warning", func(t *testing.T) {
		a := e.do(http.MethodPost, "auth.test", e.bot, "application/json", `{}`)
		require.True(t, a.ok(), a.raw)
		require.Equal(t, "missing_charset", a.at("warning"))
		require.Equal(t, []any{"missing_charset"}, a.at("response_metadata", "warnings"))
	})
	t.Run("a form with charset is answered with a warning", func(t *testing.T) {
		a := e.do(http.MethodPost, "auth.test", e.bot, formType+"; charset=utf-8", "")
		require.Equal(t, "superfluous_charset", a.at("warning"))
	})
	t.Run("JSON sent to a method without JSON input is not seen", func(t *testing.T) {
		a := e.do(http.MethodPost, "users.info", e.bot, "application/json; charset=utf-8", `{"user":"`+ann+`"}`)
		require.Equal(t, "invalid_arguments", a.code())
		require.Contains(t, a.raw, "missing required field: user")
	})
	t.Run("broken JSON is invalid_json", func(t *testing.T) {
		require.Equal(t, "invalid_json", e.do(http.MethodPost, "chat.postMessage", e.bot, "application/json", `{"channel":`).code())
	})
	t.Run("a body without content type is missing_post_type", func(t *testing.T) {
		require.Equal(t, "missing_post_type", e.do(http.MethodPost, "auth.test", e.bot, "", "x").code())
	})
	t.Run("another content type is invalid_post_type", func(t *testing.T) {
		require.Equal(t, "invalid_post_type", e.do(http.MethodPost, "auth.test", e.bot, "text/plain", "x").code())
	})
	t.Run("another charset is invalid_charset", func(t *testing.T) {
		require.Equal(t, "invalid_charset", e.do(http.MethodPost, "auth.test", e.bot, formType+"; charset=utf-16", "x=1").code())
	})
	t.Run("GET works for methods that read and methods that write", func(t *testing.T) {
		require.True(t, e.do(http.MethodGet, "users.info?user="+ann, e.bot, "", "").ok())
		require.True(t, e.do(http.MethodGet, "conversations.history?channel="+general, e.bot, "", "").ok())
		require.True(t, e.do(http.MethodGet, "auth.test", e.bot, "", "").ok())
		a := e.do(http.MethodGet, "chat.postMessage?channel="+general+"&text=by+GET", e.bot, "", "")
		require.True(t, a.ok(), a.raw)
		require.Equal(t, "by GET", e.history(general)[0]["text"])
	})
	t.Run("GET on apps.connections.open is insecure_request, and so is another verb anywhere", func(t *testing.T) {
		require.Equal(t, "insecure_request", e.do(http.MethodGet, "apps.connections.open", e.level, "", "").code())
		require.Equal(t, "insecure_request", e.do(http.MethodPut, "auth.test", e.bot, "", "").code())
	})
	for name, c := range map[string][3]string{
		"broken JSON in blocks is invalid_blocks_format":                       {"blocks", `[{`, "invalid_blocks_format"},
		"blocks that are no list are invalid_blocks_format":                    {"blocks", `{"type":"divider"}`, "invalid_blocks_format"},
		"broken JSON in attachments is invalid_attachments":                    {"attachments", `[{`, "invalid_attachments"},
		"broken JSON in metadata is invalid_metadata_format":                   {"metadata", `{"event_type":`, "invalid_metadata_format"},
		"metadata without event_payload is invalid_metadata_format":            {"metadata", `{"event_type":"x"}`, "invalid_metadata_format"},
		"metadata whose payload is nested too deep is invalid_metadata_schema": {"metadata", `{"event_type":"x","event_payload":{"a":{"b":{"c":1}}}}`, "invalid_metadata_schema"},
		"metadata beyond 8 KB is metadata_too_large":                           {"metadata", `{"event_type":"x","event_payload":{"a":"` + strings.Repeat("y", 9000) + `"}}`, "metadata_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c[2], e.form("chat.postMessage", "channel", general, "text", "x", c[0], c[1]).code())
		})
	}
	t.Run("an empty topic or purpose clears it", func(t *testing.T) {
		e.with(powers...)
		for method, arg := range map[string]string{"conversations.setTopic": "topic", "conversations.setPurpose": "purpose"} {
			e.must(method, "channel", general, arg, "something")
			require.Empty(t, e.must(method, "channel", general, arg, "").at("channel", arg, "value"), method)
		}
	})
}

// TestAbsentAndEmptyArguments: an argument that is absent is one thing, one that
// is there but empty or names nothing another (measured on slack.com:
// brekkylab/backlot#84).
func TestAbsentAndEmptyArguments(t *testing.T) {
	e := start(t)
	e.with(append(powers, "users:write", "users:read.email")...)
	ts := e.say("a message")
	whole := map[string][]string{
		"conversations.info": {"channel", general}, "conversations.members": {"channel", general},
		"conversations.history": {"channel", general}, "conversations.replies": {"channel", general, "ts", ts},
		"conversations.join": {"channel", lounge}, "conversations.setTopic": {"channel", general, "topic", "x"},
		"conversations.invite": {"channel", random, "users", "U0DAN00001"}, "conversations.create": {"name", "made"},
		"conversations.mark": {"channel", general, "ts", ts}, "chat.getPermalink": {"channel", general, "message_ts", ts},
		"chat.postMessage": {"channel", general, "text", "x"}, "chat.update": {"channel", general, "ts", ts, "text", "x"},
		"chat.delete": {"channel", general, "ts", ts}, "chat.meMessage": {"channel", general, "text", "x"},
		"chat.postEphemeral": {"channel", general, "user", ann, "text", "x"},
		"reactions.add":      {"channel", general, "timestamp", ts, "name", "tada"}, "pins.add": {"channel", general, "timestamp", ts},
		"users.info": {"user", ann}, "users.lookupByEmail": {"email", "ann@acme.example"}, "users.setPresence": {"presence", "auto"},
		"usergroups.users.list": {"usergroup", "S0OPS00001"},
	}
	empty := map[string]string{
		"conversations.replies ts": "thread_not_found", "conversations.setTopic topic": "", "conversations.invite users": "no_user",
		"conversations.create name": "invalid_name_required", "conversations.mark ts": "invalid_timestamp",
		"chat.getPermalink message_ts": "message_not_found", "chat.update ts": "message_not_found", "chat.delete ts": "message_not_found",
		"chat.meMessage text": "no_text", "chat.postEphemeral user": "user_not_in_channel", "reactions.add timestamp": "no_item_specified",
		"reactions.add name": "invalid_name", "users.info user": "user_not_found", "users.lookupByEmail email": "users_not_found",
		"users.setPresence presence": "invalid_presence", "usergroups.users.list usergroup": "no_such_subteam",
	}
	for method, args := range whole {
		for _, name := range e.Web.Reference(method).Required() {
			t.Run(method+" without "+name+" is invalid_arguments", func(t *testing.T) {
				a := e.form(method, without(args, name)...)
				require.Equal(t, "invalid_arguments", a.code(), a.raw)
				require.Contains(t, a.raw, "[ERROR] missing required field: "+name)
			})
			want, known := empty[method+" "+name]
			if name == "channel" {
				want, known = "channel_not_found", true
			}
			t.Run(method+" with an empty "+name+" is told as what it names", func(t *testing.T) {
				require.True(t, known, "the test does not know what Slack answers")
				require.Equal(t, want, e.form(method, append(without(args, name), name, "")...).code())
			})
		}
	}
	t.Run("null in JSON is absent, an empty string is not", func(t *testing.T) {
		send := func(channel string) string {
			return e.do(http.MethodPost, "conversations.history", e.bot, "application/json; charset=utf-8", `{"channel":`+channel+`}`).code()
		}
		require.Equal(t, "invalid_arguments", send("null"))
		require.Equal(t, "channel_not_found", send(`""`))
	})
	t.Run("a channel that is no id names nothing", func(t *testing.T) {
		require.Equal(t, "channel_not_found", e.form("conversations.info", "channel", "not-an-id").code())
	})
}

// without leaves an argument out.
func without(args []string, name string) []string {
	var out []string
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			out = append(out, args[i], args[i+1])
		}
	}
	return out
}

// TestEveryMethod calls each method in every way in which arguments may come; what
// the answer says does not matter, but that they were seen where Slack documents
// that way, and nowhere else.
func TestEveryMethod(t *testing.T) {
	const missing = "missing required field"
	for _, method := range start(t).Web.Methods() {
		m := start(t).Web.Reference(method)
		form, object := url.Values{}, map[string]string{}
		for _, name := range m.Required() {
			form.Set(name, "x")
			object[name] = "x"
		}
		asJSON, err := json.Marshal(object)
		require.NoError(t, err)
		call := func(t *testing.T, httpMethod, path, contentType, body string) answer {
			e := start(t) // some end a token
			token := e.bot
			if method == "apps.connections.open" {
				token = e.level
			}
			a := e.do(httpMethod, path, token, contentType, body)
			require.Equal(t, http.StatusOK, a.status)
			require.Equal(t, "application/json; charset=utf-8", a.header.Get("Content-Type"))
			require.NotEmpty(t, a.header.Get("X-Slack-Req-Id"))
			if a.code() != "insecure_request" && method != "tooling.tokens.rotate" { // which takes no token
				require.NotEmpty(t, a.header.Get("X-OAuth-Scopes"))
				require.Contains(t, a.header, "X-Accepted-Oauth-Scopes")
			}
			require.NotContains(t, []string{"unknown_method", "invalid_form_data", "invalid_post_type", "internal_error", "fatal_error"}, a.code())
			return a
		}
		t.Run(method+" takes a form POST", func(t *testing.T) {
			a := call(t, http.MethodPost, method, formType, form.Encode())
			require.NotContains(t, a.raw, missing)
			require.NotEqual(t, "insecure_request", a.code())
		})
		t.Run(method+" takes JSON where it is documented", func(t *testing.T) {
			a := call(t, http.MethodPost, method, "application/json; charset=utf-8", string(asJSON))
			if m.JSON {
				require.NotContains(t, a.raw, missing)
				return
			}
			require.Equal(t, call(t, http.MethodPost, method, formType, "").code(), a.code(), "as if without arguments")
		})
		t.Run(method+" takes GET", func(t *testing.T) { // all but one (measured on slack.com: brekkylab/backlot#106 and #196)
			a := call(t, http.MethodGet, method+"?"+form.Encode(), "", "")
			require.Equal(t, method == "apps.connections.open", a.code() == "insecure_request", a.raw)
			require.NotContains(t, a.raw, missing)
		})
	}
}

func TestAnswers(t *testing.T) {
	e := start(t)
	t.Run("errors are HTTP 200", func(t *testing.T) {
		a := e.form("conversations.info", "channel", "C0NOWHERE1")
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, "channel_not_found", a.code())
	})
	t.Run("an unknown method is unknown_method with HTTP 200", func(t *testing.T) {
		for _, method := range []string{"no.such.method", "files.upload", "../auth.test", "auth.test/"} {
			a := e.form(method)
			require.Equal(t, http.StatusOK, a.status, method)
			require.Equal(t, "unknown_method", a.code(), method)
		}
	})
	t.Run("there are no redirects on /api/", func(t *testing.T) {
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		for _, path := range []string{"/api/", "/api/auth.test/", "/api//auth.test"} {
			res, err := client.Post(e.URL()+path, formType, nil)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusOK, res.StatusCode, path)
		}
	})
	t.Run("each answer carries Slack's headers", func(t *testing.T) {
		a := e.must("conversations.history", "channel", general)
		require.Equal(t, "application/json; charset=utf-8", a.header.Get("Content-Type"))
		require.NotEmpty(t, a.header.Get("X-Slack-Req-Id"))
		require.Contains(t, strings.Split(a.header.Get("X-OAuth-Scopes"), ","), "chat:write")
		require.Equal(t, "groups:history,im:history,mpim:history,channels:history", a.header.Get("X-Accepted-OAuth-Scopes"))
		b := e.must("conversations.history", "channel", general)
		require.NotEqual(t, a.header.Get("X-Slack-Req-Id"), b.header.Get("X-Slack-Req-Id"))
	})
	t.Run("apps.connections.open tells the app token's scopes", func(t *testing.T) {
		a := e.do(http.MethodPost, "apps.connections.open", e.level, "", "")
		require.Equal(t, "connections:write,authorizations:read", a.header.Get("X-OAuth-Scopes"))
		require.Equal(t, "connections:write", a.header.Get("X-Accepted-OAuth-Scopes"))
	})
	t.Run("an answer without a known token tells no scopes", func(t *testing.T) {
		a := e.do(http.MethodPost, "auth.test", "", "", "")
		require.Empty(t, a.header.Values("X-OAuth-Scopes"))
	})
}

func TestIdentity(t *testing.T) {
	e := start(t)
	t.Run("auth.test answers with ids that agree with users.info, bots.info and team.info", func(t *testing.T) {
		id, err := e.slack.AuthTestContext(e.ctx())
		require.NoError(t, err)
		require.Equal(t, botUser, id.UserID)
		require.Equal(t, botID, id.BotID)
		user, err := e.slack.GetUserInfoContext(e.ctx(), id.UserID)
		require.NoError(t, err)
		require.Equal(t, id.User, user.Name)
		require.True(t, user.IsBot)
		require.Equal(t, id.BotID, user.Profile.BotID)
		team, err := e.slack.GetTeamInfoContext(e.ctx())
		require.NoError(t, err)
		require.Equal(t, id.TeamID, team.ID)
		require.Equal(t, id.Team, team.Name)
		bot := e.must("bots.info", "bot", id.BotID)
		require.Equal(t, id.UserID, bot.at("bot", "user_id"))
		require.Equal(t, e.must("auth.test").at("app_id"), bot.at("bot", "app_id"))
	})
	t.Run("events carry the same ids", func(t *testing.T) {
		w := e.connect()
		e.must("chat.postMessage", "channel", general, "text", "it is me")
		v := w.take()
		require.Equal(t, botUser, v.event("user"))
		require.Equal(t, botID, v.event("bot_id"))
		require.Equal(t, app, v.event("app_id"))
		require.Equal(t, app, v.Payload.App)
		require.Equal(t, botUser, v.Payload.Auths[0].(map[string]any)["user_id"])
		list := e.do(http.MethodPost, "apps.event.authorizations.list", e.level, formType, values([]string{"event_context", v.Payload.Context}).Encode())
		require.True(t, list.ok(), list.raw)
		require.Equal(t, botUser, list.at("authorizations").([]any)[0].(map[string]any)["user_id"])
	})
	t.Run("auth.test with an app token tells the app", func(t *testing.T) {
		a := e.do(http.MethodPost, "auth.test", e.level, "", "")
		require.Equal(t, app, a.at("app_id"))
		require.Nil(t, a.at("user_id"))
	})
	t.Run("the app token names the app", func(t *testing.T) {
		require.Equal(t, app, strings.Split(e.level, "-")[2])
	})
}

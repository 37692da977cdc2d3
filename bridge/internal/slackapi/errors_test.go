package slackapi_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackws"
)

// TestWhatASenderIsTold: the reason and the cure in plain words, the code last, and no
// method.
func TestWhatASenderIsTold(t *testing.T) {
	for code, told := range map[string]string{
		"is_archived":                              "the channel is archived; unarchive it in Slack to write there",
		"not_in_channel":                           "the bot is not in the channel; write /invite @ and the bot's name there",
		"channel_not_found":                        "the channel does not exist, or it is private and the bot is not in it: write /invite @ and the bot's name there",
		"restricted_action":                        "the channel's posting permissions keep the bot out; its managers can change them",
		"no_permission":                            "the channel's posting permissions keep the bot out; its managers can change them",
		"restricted_action_read_only_channel":      "the channel is read-only; its managers can let the bot post",
		"restricted_action_thread_only_channel":    "only answers in threads are allowed in the channel; answer in a thread",
		"restricted_action_non_threadable_channel": "the channel has no threads; write it as a message of its own",
		"restricted_action_thread_locked":          "the thread is locked; an administrator of the workspace can unlock it",
		"msg_too_long":                             "it is too long for one message of Slack's; send it in several",
		"msg_blocks_too_long":                      "it is too long for one message of Slack's; send it in several",
		"edit_window_closed":                       "the workspace's settings do not allow editing a message this old",
		"message_not_found":                        "the message is not in Slack any more, or can no longer be changed there",
		"too_many_emoji":                           "the message has as many different reactions as Slack allows",
		"ekm_access_denied":                        "the workspace's administrators have suspended access to their encryption keys",
		"something_new":                            "Slack refuses it and says something_new",
	} {
		t.Run(code, func(t *testing.T) {
			f := newFake(t).on("chat.update", say(`{'ok':false,'error':'%s'}`, code))
			err := served(t, f).Update(t.Context(), slackapi.UpdateRequest{Channel: "C1", TS: "1700000000.000001", Text: "x"})
			var refused *slackapi.Error
			require.ErrorAs(t, err, &refused)
			if code != "something_new" {
				told += " (" + code + ")"
			}
			require.Equal(t, told, refused.Plain())
		})
	}
}

func TestWhatSlackRefuses(t *testing.T) {
	const file = "correct the file named by network.logins[].bot_token_file, or log in again with `login app`"
	for name, tc := range map[string]struct {
		body string
		kind slackapi.Kind
		text string
	}{
		"missing scope": {
			`{'ok':false,'error':'missing_scope','needed':'users:read','provided':'chat:write'}`, slackapi.MissingScope,
			"missing_scope: the bot token lacks users:read (for names and avatars of people and bots); add it under OAuth & Permissions and reinstall the app",
		},
		"one of several scopes": {
			`{'ok':false,'error':'missing_scope','needed':'users:read,strange:scope'}`, slackapi.MissingScope,
			"lacks users:read (for names and avatars of people and bots) or strange:scope; add",
		},
		"scope not named":     {`{'ok':false,'error':'missing_scope'}`, slackapi.MissingScope, "a scope that Slack does not name"},
		"unknown token":       {`{'ok':false,'error':'invalid_auth'}`, slackapi.Credentials, "invalid_auth: Slack does not know the bot token; " + file},
		"revoked":             {`{'ok':false,'error':'token_revoked'}`, slackapi.Credentials, "install the app again, then " + file},
		"uninstalled":         {`{'ok':false,'error':'account_inactive'}`, slackapi.Credentials, "install the app again, then " + file},
		"expired":             {`{'ok':false,'error':'token_expired'}`, slackapi.Credentials, "make a new app without it"},
		"swapped":             {`{'ok':false,'error':'not_allowed_token_type'}`, slackapi.Credentials, "are the two token files swapped?"},
		"workspace gone":      {`{'ok':false,'error':'team_disabled'}`, slackapi.Credentials, "the workspace is disabled"},
		"not in channel":      {`{'ok':false,'error':'not_in_channel'}`, slackapi.Permanent, "/invite @"},
		"unknown channel":     {`{'ok':false,'error':'channel_not_found'}`, slackapi.Permanent, "/invite @"},
		"archived":            {`{'ok':false,'error':'is_archived'}`, slackapi.Permanent, "unarchive it"},
		"no messages tab":     {`{'ok':false,'error':'messages_tab_disabled'}`, slackapi.Permanent, "Messages Tab under App Home"},
		"unknown user":        {`{'ok':false,'error':'user_not_found'}`, slackapi.Permanent, "slack users.info: user_not_found"},
		"bad argument":        {`{'ok':false,'error':'invalid_blocks','response_metadata':{'messages':['[ERROR] no more than 50 items']}}`, slackapi.Permanent, "invalid_blocks: [ERROR] no more than 50 items"},
		"a code of two lines": {`{'ok':false,'error':'one\r\ntwo'}`, slackapi.Permanent, "users.info: one  two"},
		"no code at all":      {`{'ok':false}`, slackapi.Permanent, "does not name"},
		"other API":           {`{'ok':false,'error':'unknown_method'}`, slackapi.Permanent, "check network.slack_api_url"},
		"being moved":         {`{'ok':false,'error':'team_added_to_org'}`, slackapi.Temporary, "Enterprise"},
		"strange metadata":    {`{'ok':false,'error':'user_not_found','needed':7,'response_metadata':[]}`, slackapi.Permanent, "user_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t).on("users.info", say("%s", tc.body))
			_, err := served(t, f).User(t.Context(), "U1")
			require.ErrorContains(t, err, "slack users.info: ")
			require.ErrorContains(t, err, tc.text)
			require.Equal(t, tc.kind, slackapi.KindOf(err))
			require.False(t, slackapi.MayHaveHappened(err))
			require.NotContains(t, err.Error(), "\n")
			if tc.kind != slackapi.Temporary {
				require.Len(t, f.calls, 1, "asking again would give the same")
			}
		})
	}
}

func TestErrorFields(t *testing.T) {
	f := newFake(t).on("users.info", say(`{'ok':false,'error':'missing_scope','needed':'users:read','provided':'chat:write'}`))
	_, err := served(t, f).User(t.Context(), "U1")
	var e *slackapi.Error
	require.ErrorAs(t, fmt.Errorf("wrapped: %w", err), &e)
	require.Equal(t, []string{"users.info", "missing_scope", "users:read", "chat:write"}, []string{e.Method, e.Code, e.Needed, e.Provided})
	require.Equal(t, slackapi.MissingScope, e.Kind())
	require.Zero(t, slackapi.KindOf(nil))
	require.Zero(t, slackapi.KindOf(errors.New("another")))
}

func TestAppTokenErrorsNameTheAppToken(t *testing.T) {
	for code, text := range map[string]string{
		"invalid_auth":           "Slack does not know the app token; correct the file named by network.logins[].app_token_file",
		"not_allowed_token_type": "this is no app token; are the two token files swapped?",
		"missing_scope":          "the app token lacks connections:write (for opening Socket Mode connections); make an app-level token",
	} {
		t.Run(code, func(t *testing.T) {
			f := newFake(t).on("apps.connections.open", say(`{'ok':false,'error':'%s','needed':'connections:write'}`, code))
			_, err := served(t, f).OpenSocket(t.Context())
			require.ErrorContains(t, err, text)
		})
	}
}

// The owner of the socket decides by these when to ask again.
var _ slackws.OpenError = (*slackapi.Error)(nil)

func TestWhatTheSocketsOwnerIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		dead   bool
		after  time.Duration
	}{
		"refused token":   {refuse("invalid_auth"), true, 0},
		"wrong kind":      {refuse("not_allowed_token_type"), true, 0},
		"missing scope":   {refuse("missing_scope"), true, 0},
		"socket mode off": {refuse("socket_mode_not_enabled"), true, 0},
		"rate limited":    {slowDown("60"), false, 60 * time.Millisecond}, // scaled
		"slack is down":   {serverError, false, 0},
		"own trouble":     {refuse("internal_error"), false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := served(t, newFake(t).on("apps.connections.open", tc.answer)).OpenSocket(t.Context())
			var told slackws.OpenError
			require.ErrorAs(t, err, &told)
			require.Equal(t, tc.dead, told.Dead())
			require.Equal(t, tc.after, told.RetryAfter())
		})
	}
}

// TestARefusedBotTokenIsTold: the login learns of it by any call,
// and of nothing else by this way.
func TestARefusedBotTokenIsTold(t *testing.T) {
	f := newFake(t).on("team.info", refuse("token_revoked")).on("users.info", refuse("user_not_found")).
		on("apps.connections.open", refuse("invalid_auth"))
	server := httptest.NewServer(f)
	defer server.Close()
	told := 0
	cfg := config(t)
	cfg.APIURL, cfg.OnRefused = server.URL, func() { told++ }
	client := slackapi.New(cfg)

	_, err := client.User(t.Context(), "U1")
	require.Error(t, err)
	_, err = client.OpenSocket(t.Context())
	require.Error(t, err)
	require.Zero(t, told)
	_, err = client.Team(t.Context())
	require.Error(t, err)
	require.Equal(t, 1, told)
}

func TestNoToken(t *testing.T) {
	f := newFake(t)
	server := httptest.NewServer(f)
	defer server.Close()
	_, err := slackapi.New(slackapi.Config{APIURL: server.URL}).AuthTest(t.Context())
	require.Equal(t, slackapi.Credentials, slackapi.KindOf(err))
	require.ErrorContains(t, err, "the bot token is empty")
	require.Empty(t, f.calls)
}

func TestBadURL(t *testing.T) {
	for _, u := range []string{"slack.com/api", "ftp://slack.com/", "https://", "http://a b/", "https://user:" + botToken + "@%zz/"} {
		cfg := config(t)
		cfg.APIURL = u
		_, err := slackapi.New(cfg).AuthTest(t.Context())
		require.ErrorContains(t, err, "network.slack_api_url is not an http or https URL", u)
		secrettest.Check(t, "the error", err.Error())
	}
}

// What is not Slack's answer is never Slack's refusal: it names the hop and may
// be tried again.
func TestSomebodyElseAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		answer   http.HandlerFunc
		text     string
		attempts int
	}{
		"login page":        {raw(200, "text/html", "<html>Welcome to the hotel</html>"), "answered with a page instead of JSON (HTTP 200); a proxy or a login page stands between", 1},
		"page without type": {raw(200, "", "\n<!DOCTYPE html>"), "a page instead of JSON", 1},
		"redirect": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://hotel.example/login?token="+botToken, http.StatusFound)
			}, "redirects to https://hotel.example (HTTP 302), which the Web API never does", 1,
		},
		"redirect nowhere": {raw(304, "", ""), "redirects to nowhere", 1},
		"not found":        {raw(404, "text/plain", "404 page not found"), "answered HTTP 404; a proxy", 1},
		"bad gateway":      {serverError, "answered HTTP 502", 4},
		"broken JSON":      {raw(200, "application/json", `{"ok":true,"user":{"id":"U1"`), "sent broken JSON (28 bytes)", 4},
		"nothing":          {raw(200, "application/json", ""), "sent broken JSON (0 bytes)", 4},
		"other JSON":       {raw(200, "application/json", `{"errcode":"M_UNRECOGNIZED"}`), "sent JSON that is no answer of the Web API", 4},
		"a list":           {raw(200, "application/json", `[1,2]`), "sent JSON that is no answer of the Web API", 4},
		"cut off":          {cutOff, "the answer was cut off: unexpected EOF", 4},
		"two minds":        {raw(403, "application/json", `{"ok":true,"user":{"id":"U1"}}`), "said ok and HTTP 403 at once", 1},
		"error in JSON":    {raw(500, "application/json", `{"ok":false,"error":"internal_error"}`), "internal_error", 4},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t).on("users.info", tc.answer)
			_, err := served(t, f).User(t.Context(), "U1")
			require.ErrorContains(t, err, tc.text)
			require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
			require.True(t, slackapi.MayHaveHappened(err))
			secrettest.Check(t, "the error", err.Error())
			require.Len(t, f.calls, tc.attempts)
		})
	}
}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	cfg := config(t)
	cfg.APIURL, cfg.Scale = "http://"+address+"/api/", 0.0001
	counters := &slackapi.Counters{}
	cfg.Metrics = counters
	_, err = slackapi.New(cfg).Post(t.Context(), slackapi.PostRequest{Channel: "C1", Text: "hi", EventID: "$e"})
	require.ErrorContains(t, err, "reaching http://"+address)
	require.ErrorContains(t, err, "connection refused")
	var network net.Error
	require.ErrorAs(t, err, &network)
	require.NotContains(t, err.Error(), "/api/", "no URL, which may hold more than a host")
	require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
	require.False(t, slackapi.MayHaveHappened(err), "nothing went out")
	require.Equal(t, map[string]int{"unreachable": 4}, counters.Snapshot()["chat.postMessage"].Outcomes, "so even a post may be repeated")
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	f := newFake(t).on("users.info", func(http.ResponseWriter, *http.Request) { <-release })
	server := httptest.NewServer(f)
	defer server.Close()
	defer close(release)
	cfg := config(t)
	cfg.APIURL, cfg.Scale, cfg.Timeout = server.URL, 0.0001, 20*time.Millisecond
	_, err := slackapi.New(cfg).User(t.Context(), "U1")
	require.ErrorContains(t, err, server.URL+" did not answer within 20ms")
	require.NotErrorIs(t, err, context.DeadlineExceeded, "the caller's time was not up")
	var network net.Error
	require.ErrorAs(t, err, &network)
	require.True(t, network.Timeout())
	require.Len(t, f.seen("users.info"), 4)
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	f := newFake(t).on("users.info", func(http.ResponseWriter, *http.Request) { cancel(); <-release })
	c := served(t, f)
	t.Cleanup(func() { close(release) })
	_, err := c.User(ctx, "U1")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
	_, err = c.User(ctx, "U1")
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, f.seen("users.info"), 1, "a dead context makes no call")
}

type leaky struct{}

func (leaky) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("cannot send %s with %s: %w", r.URL, r.Header.Get("Authorization"), net.ErrClosed)
}

func TestErrorsShowNoToken(t *testing.T) {
	t.Run("a transport that says too much", func(t *testing.T) {
		cfg := config(t)
		cfg.Scale, cfg.HTTPClient = 0.0001, &http.Client{Transport: leaky{}}
		cfg.APIURL = "https://user:" + strings.Repeat("hunter2", 2) + "@slack.example/api/?ticket=12345678-abcdef"
		_, err := slackapi.New(cfg).AuthTest(t.Context())
		require.ErrorIs(t, err, net.ErrClosed, "still recognised")
		for e := err; e != nil; e = errors.Unwrap(e) {
			secrettest.Check(t, "the error", e.Error())
			require.NotContains(t, e.Error(), "12345678")
			require.NotContains(t, e.Error(), "hunter2")
		}
	})
	t.Run("a server that repeats it", func(t *testing.T) {
		f := newFake(t).on("auth.test", say(`{'ok':false,'error':'bad %s','response_metadata':{'messages':['got %s']}}`, botToken, botToken))
		_, err := served(t, f).AuthTest(t.Context())
		require.ErrorContains(t, err, "[redacted]")
		secrettest.Check(t, "the error", err.Error())
	})
}

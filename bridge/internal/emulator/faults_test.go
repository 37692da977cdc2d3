package emulator_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/secret/secrettest"
)

func TestChaos(t *testing.T) {
	t.Run("an event comes twice, in two envelopes with one event id", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Chaos(e.ctx(), "", socket.Chaos{Duplicate: 1}))
		e.say("twice")
		a, b := w.take(), w.take()
		require.Equal(t, a.Payload.EventID, b.Payload.EventID)
		require.NotEqual(t, a.ID, b.ID)
		require.Zero(t, b.Attempt)
		e.silent(w)
	})
	t.Run("attempt 0 comes twice with one envelope id", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Chaos(e.ctx(), "", socket.Chaos{RepeatFirst: 1}))
		e.say("repeat")
		a, b := w.take(), w.take()
		require.Equal(t, a.ID, b.ID)
		require.Zero(t, b.Attempt)
	})
	t.Run("events come in reverse", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Chaos(e.ctx(), "", socket.Chaos{Reorder: 3}))
		for _, text := range []string{"1", "2", "3", "4"} {
			e.say(text)
		}
		for _, want := range []string{"3", "2", "1", "4"} {
			require.Equal(t, want, w.take().event("text"))
		}
	})
	t.Run("what is held back to be reordered comes though nothing follows", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Chaos(e.ctx(), "", socket.Chaos{Reorder: 5}))
		e.say("1")
		e.say("2")
		e.Clock.Step(10*time.Second - time.Millisecond)
		require.Empty(t, e.Hub.Records())
		e.Clock.Step(time.Millisecond)
		require.Equal(t, "2", w.take().event("text"))
		require.Equal(t, "1", w.take().event("text"))
		e.silent(w)
	})
	t.Run("planned faults of envelopes can be forgotten, what is held back comes", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Chaos(e.ctx(), "", socket.Chaos{Reorder: 2, Duplicate: 5, RepeatFirst: 5}))
		e.say("held")
		require.NoError(t, e.ctl.ClearFaults(e.ctx()))
		require.Equal(t, "held", w.take().event("text"))
		e.silent(w)
	})
	t.Run("events are delayed", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Chaos(e.ctx(), "", socket.Chaos{DelayNext: 1, DelayMS: 5000}))
		e.say("later")
		e.say("sooner")
		require.Equal(t, "sooner", w.take().event("text"))
		e.acked(1)
		e.Clock.Step(5 * time.Second)
		require.Equal(t, "later", w.take().event("text"))
	})
	t.Run("malformed JSON and binary frames come between envelopes", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.BreakFrame(e.ctx(), control.SocketRequest{Kind: "json"}))
		require.False(t, json.Valid(w.raw()))
		require.NoError(t, e.ctl.BreakFrame(e.ctx(), control.SocketRequest{Kind: "binary"}))
		w.raw()
		e.silent(w)
	})
	t.Run("unknown events, subtypes and blocks, empty lists for objects and reactions on files", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		shapes := map[string]any{
			"hologram_projected": map[string]any{"colour": "blue"},
			"message":            map[string]any{"subtype": "telepathy", "channel": general, "blocks": []any{map[string]any{"type": "hologram"}}},
			"user_change":        map[string]any{"user": map[string]any{"id": bob, "profile": map[string]any{"fields": []any{}}}},
			"reaction_added":     map[string]any{"user": bob, "reaction": "tada", "item": map[string]any{"type": "file", "file": "F012345678"}},
		}
		for kind, body := range shapes {
			require.NoError(t, e.ctl.Raise(e.ctx(), kind, "", body))
			v := w.take()
			require.Equal(t, kind, v.event("type"))
			require.NotEmpty(t, v.Payload.EventID)
		}
	})
}

func TestFaultsOfCalls(t *testing.T) {
	say := []string{"channel", general, "text", "x"}
	e := start(t)
	fail := func(t *testing.T, f web.Fault) {
		t.Helper()
		require.NoError(t, e.ctl.FailCalls(e.ctx(), f))
	}
	said := func() int { return len(e.history(general)) }
	t.Run("429 with Retry-After for one method and channel", func(t *testing.T) {
		before := said()
		fail(t, web.Fault{Method: "chat.postMessage", Channel: general, Status: 429, RetryAfter: 7})
		require.True(t, e.form("chat.postMessage", "channel", random, "text", "x").ok(), "another channel passes")
		a := e.form("chat.postMessage", say...)
		require.Equal(t, http.StatusTooManyRequests, a.status)
		require.Equal(t, "7", a.header.Get("Retry-After"))
		require.Equal(t, "ratelimited", a.code())
		require.Equal(t, before, said())
		require.True(t, e.form("chat.postMessage", say...).ok(), "it hits once")
	})
	t.Run("5xx with HTML, as often as asked for", func(t *testing.T) {
		fail(t, web.Fault{Method: "users.info", Status: 503, Times: 2})
		for range 2 {
			a := e.form("users.info", "user", ann)
			require.Equal(t, http.StatusServiceUnavailable, a.status)
			require.Contains(t, a.raw, "<html>")
		}
		require.True(t, e.form("users.info", "user", ann).ok())
		_, err := e.slack.GetUserInfoContext(e.ctx(), ann)
		require.NoError(t, err)
	})
	t.Run("any Slack error", func(t *testing.T) {
		fail(t, web.Fault{Method: "users.info", Error: "fatal_error"})
		require.Equal(t, "fatal_error", e.form("users.info", "user", ann).code())
	})
	t.Run("a call that never arrives", func(t *testing.T) {
		before := said()
		fail(t, web.Fault{Method: "chat.postMessage", Cut: true})
		_, _, err := e.slack.PostMessageContext(e.ctx(), general, slack.MsgOptionText("lost", false))
		require.Error(t, err)
		require.Equal(t, before, said())
	})
	t.Run("a call that takes effect though its answer is cut", func(t *testing.T) {
		before := said()
		fail(t, web.Fault{Method: "chat.postMessage", Cut: true, After: true})
		_, _, err := e.slack.PostMessageContext(e.ctx(), general, slack.MsgOptionText("said", false))
		require.Error(t, err)
		require.Equal(t, before+1, said())
		calls, err := e.ctl.Calls(e.ctx(), control.CallFilter{Method: "chat.postMessage"})
		require.NoError(t, err)
		last := calls[len(calls)-1]
		require.Equal(t, "answer_cut", last.Fault)
		require.True(t, last.OK)
		require.Equal(t, e.history(general)[0]["ts"], last.TS)
	})
	t.Run("a call that takes effect though its answer is 500", func(t *testing.T) {
		before := said()
		fail(t, web.Fault{Method: "chat.postMessage", Status: 500, After: true})
		require.Equal(t, 500, e.form("chat.postMessage", say...).status)
		require.Equal(t, before+1, said())
	})
	t.Run("a call that is slow, so that the caller gives up though it takes effect", func(t *testing.T) {
		before := said()
		fail(t, web.Fault{Method: "chat.postMessage", DelayMS: 60_000, After: true})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, _, err := e.slack.PostMessageContext(ctx, general, slack.MsgOptionText("slow", false))
		require.True(t, errors.Is(err, context.DeadlineExceeded), err)
		require.Equal(t, before+1, said())
	})
	t.Run("a delay before the call for one channel", func(t *testing.T) {
		fail(t, web.Fault{Method: "chat.postMessage", Channel: general, DelayMS: 50})
		began := time.Now()
		e.must("chat.postMessage", "channel", random, "text", "x")
		e.must("chat.postMessage", say...)
		require.GreaterOrEqual(t, time.Since(began), 50*time.Millisecond)
	})
	t.Run("a share of calls is hit, at random", func(t *testing.T) {
		fail(t, web.Fault{Method: "users.info", Error: "fatal_error", Times: -1, Share: 0.5})
		hit := 0
		for range 200 {
			if e.form("users.info", "user", ann).code() == "fatal_error" {
				hit++
			}
		}
		require.NoError(t, e.ctl.ClearFaults(e.ctx()))
		require.InDelta(t, 100, hit, 60) // beyond that is one chance in 10¹⁶
		require.Error(t, e.ctl.FailCalls(e.ctx(), web.Fault{Share: 2}))
	})
	t.Run("planned faults can be forgotten", func(t *testing.T) {
		fail(t, web.Fault{Status: 500, Times: -1})
		require.Equal(t, 500, e.form("auth.test").status)
		require.Equal(t, 500, e.form("team.info").status)
		require.NoError(t, e.ctl.ClearFaults(e.ctx()))
		require.True(t, e.form("auth.test").ok())
	})
}

func TestTokensChange(t *testing.T) {
	e := start(t)
	require.NoError(t, e.ctl.ReplaceTokens(e.ctx(), control.TokenRequest{Kind: workspace.BotToken}))
	require.Equal(t, "token_revoked", e.form("auth.test").code())
	e.bot, _ = e.Workspace.Tokens(app)
	require.True(t, e.form("auth.test").ok())
	require.NoError(t, e.ctl.Uninstall(e.ctx(), ""))
	require.Equal(t, "account_inactive", e.form("auth.test").code())
	require.NoError(t, e.ctl.Reinstall(e.ctx(), control.TokenRequest{}))
	e.bot, _ = e.Workspace.Tokens(app)
	require.True(t, e.form("auth.test").ok())
	require.Error(t, e.ctl.RevokeTokens(e.ctx(), control.TokenRequest{Kind: "golden"}))
}

func TestReinstall(t *testing.T) {
	t.Run("a token that works stays, with the scopes of now", func(t *testing.T) {
		e := start(t)
		e.without("reactions:write")
		require.NoError(t, e.ctl.Reinstall(e.ctx(), control.TokenRequest{}))
		bot, level := e.Workspace.Tokens(app)
		require.Equal(t, []string{e.bot, e.level}, []string{bot, level})
		require.NotContains(t, strings.Split(e.form("auth.test").header.Get("X-OAuth-Scopes"), ","), "reactions:write")
	})
	t.Run("a named successor is the only token that works", func(t *testing.T) {
		e := start(t)
		next := "xoxb-" + "2-next"
		require.NoError(t, e.ctl.Reinstall(e.ctx(), control.TokenRequest{Value: next}))
		require.Equal(t, "token_revoked", e.form("auth.test").code())
		e.bot, _ = e.Workspace.Tokens(app)
		require.Equal(t, next, e.bot)
		require.True(t, e.form("auth.test").ok())
	})
}

func TestADeadAppTokenEndsItsSockets(t *testing.T) {
	e := start(t)
	w := e.connect()
	require.NoError(t, e.ctl.RevokeTokens(e.ctx(), control.TokenRequest{Kind: workspace.AppToken}))
	require.Equal(t, "link_disabled", w.next().Reason)
	w.closed()
	require.Equal(t, "token_revoked", e.do(http.MethodPost, "apps.connections.open", e.level, "", "").code())
	require.NoError(t, e.ctl.ReplaceTokens(e.ctx(), control.TokenRequest{Kind: workspace.AppToken}))
	_, e.level = e.Workspace.Tokens(app)
	e.sockets(0)
	e.another()
}

func TestCallsAreRemembered(t *testing.T) {
	e := start(t)
	ts := e.must("chat.postMessage", "channel", general, "text", "remember me").at("ts")
	e.do(http.MethodPost, "chat.postMessage", "", formType, "token="+e.bot+"&channel=C0NOWHERE1&text=x")
	calls, err := e.ctl.Calls(e.ctx(), control.CallFilter{Method: "chat.postMessage"})
	require.NoError(t, err)
	require.Len(t, calls, 2)
	require.Equal(t, "remember me", calls[0].Args["text"])
	require.Equal(t, ts, calls[0].TS)
	require.True(t, calls[0].OK)
	require.Equal(t, app, calls[0].App)
	require.Equal(t, "channel_not_found", calls[1].Error)
	require.NotContains(t, calls[1].Args, "token")
	calls, err = e.ctl.Calls(e.ctx(), control.CallFilter{Channel: general, After: calls[0].Seq})
	require.NoError(t, err)
	require.Empty(t, calls)
}

func TestNoAnswerShowsAToken(t *testing.T) {
	e := start(t)
	e.connect()
	e.must("chat.postMessage", "channel", general, "text", "x")
	e.form("users.info", "user", "unknown")
	for _, path := range []string{"/", "/emulator/v1/state", "/emulator/v1/calls", "/emulator/v1/sockets", "/emulator/v1/deliveries", "/emulator/v1/switches"} {
		res, err := http.Get(e.URL() + path)
		require.NoError(t, err)
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		secrettest.Check(t, path, string(raw))
	}
}

func TestEventStream(t *testing.T) {
	e := start(t)
	req, err := http.NewRequestWithContext(e.ctx(), http.MethodGet, e.URL()+control.Root+"/events", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewReader(res.Body)
	next := func() (kind, data string) {
		for {
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			if after, ok := strings.CutPrefix(line, "event: "); ok {
				kind = strings.TrimSpace(after)
			}
			if after, ok := strings.CutPrefix(line, "data: "); ok {
				return kind, after
			}
		}
	}
	_, err = lines.ReadString('\n') // the stream is open
	require.NoError(t, err)
	e.say("live")
	kind, data := next()
	require.Equal(t, "slack", kind)
	require.Contains(t, data, `"text":"live"`)
	e.must("auth.test")
	kind, data = next()
	require.Equal(t, "call", kind)
	require.Contains(t, data, `"method":"auth.test"`)
	e.connect()
	seen := map[string]bool{}
	for !seen["socket_opened"] {
		kind, data = next()
		seen[kind] = true
		secrettest.Check(t, "the stream", data)
	}
}

func TestControlRefuses(t *testing.T) {
	e := start(t)
	var refusal *control.Error
	_, err := e.ctl.Say(e.ctx(), "unknown", "general", "x")
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "user_not_found", refusal.Code)
	_, err = e.ctl.Say(e.ctx(), "ann", "nowhere", "x")
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "channel_not_found", refusal.Code)
	_, err = e.ctl.Say(e.ctx(), "dan", "random", "x")
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "not_in_channel", refusal.Code)
	require.ErrorAs(t, e.ctl.Edit(e.ctx(), "bob", "general", e.say("ann's"), "x"), &refusal)
	require.Equal(t, "cant_update_message", refusal.Code)
	for body, want := range map[string]int{`{"nonsense":1}`: 400, `{`: 400} {
		res, err := http.Post(e.URL()+control.Root+"/messages/post", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, want, res.StatusCode, body)
	}
	res, err := http.Post(e.URL()+control.Root+"/messages/post", "text/plain", strings.NewReader(`{}`))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusUnsupportedMediaType, res.StatusCode, "what a foreign web page can send is refused")
}

func TestControlReads(t *testing.T) {
	e := start(t)
	s, err := e.ctl.State(e.ctx())
	require.NoError(t, err)
	require.Equal(t, "Acme", s.Team.Name)
	require.Len(t, s.Users, 5)
	require.Len(t, s.Apps, 1)
	root, err := e.ctl.Say(e.ctx(), "ann", "random", "root")
	require.NoError(t, err)
	_, err = e.ctl.Reply(e.ctx(), "bob", "random", root, "reply")
	require.NoError(t, err)
	thread, err := e.ctl.Thread(e.ctx(), "random", root)
	require.NoError(t, err)
	require.Len(t, thread, 2)
	all, err := e.ctl.Messages(e.ctx(), "random")
	require.NoError(t, err)
	require.Len(t, all, 2)
	ch, err := e.ctl.Channel(e.ctx(), "random")
	require.NoError(t, err)
	require.Equal(t, random, ch.ID)
	u, err := e.ctl.User(e.ctx(), "Cleo")
	require.NoError(t, err)
	require.Equal(t, cleo, u.ID)
	dm, err := e.ctl.OpenDM(e.ctx(), "cleo", "Matrix Bridge")
	require.NoError(t, err)
	require.Equal(t, workspace.IM, dm.Kind)
	require.NoError(t, e.ctl.CloseDM(e.ctx(), "cleo", dm.ID))
	sw, err := e.ctl.Switches(e.ctx())
	require.NoError(t, err)
	require.Equal(t, control.Switches{}, sw)
	scale := 0.5
	require.NoError(t, e.ctl.Clock(e.ctx(), control.ClockRequest{Scale: &scale, RateScale: &scale, StepMS: 1000}))
	require.InDelta(t, 0.5, e.Clock.Scale(), 0)
}

package emulator_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
)

func TestLatency(t *testing.T) {
	took := func(e *emu) time.Duration {
		began := time.Now()
		e.must("auth.test")
		return time.Since(began)
	}
	t.Run("answers take a random time from the start", func(t *testing.T) {
		e := start(t, func(o *emulator.Options) { o.Latency = web.Latency{MinMS: 20, MaxMS: 40} })
		seen := map[time.Duration]bool{}
		for range 5 {
			d := took(e)
			require.GreaterOrEqual(t, d, 20*time.Millisecond)
			seen[d.Round(time.Millisecond)] = true
		}
		require.Greater(t, len(seen), 1, "not always the same")
	})
	t.Run("the control API changes it and takes it away", func(t *testing.T) {
		e := start(t)
		require.NoError(t, e.ctl.SetLatency(e.ctx(), web.Latency{MinMS: 30, MaxMS: 30}))
		require.GreaterOrEqual(t, took(e), 30*time.Millisecond)
		require.NoError(t, e.ctl.SetLatency(e.ctx(), web.Latency{}))
		require.Equal(t, web.Latency{}, e.Web.Latency())
	})
	t.Run("a value that is not a duration is refused", func(t *testing.T) {
		e := start(t)
		require.Error(t, e.ctl.SetLatency(e.ctx(), web.Latency{MinMS: 50, MaxMS: 20}))
		require.Error(t, e.ctl.SetLatency(e.ctx(), web.Latency{MinMS: -1}))
		_, err := emulator.Start(emulator.Options{Latency: web.Latency{MinMS: 2, MaxMS: 1}})
		require.ErrorContains(t, err, "latency")
	})
	t.Run("a call that was sent takes effect though its caller is gone", func(t *testing.T) {
		e := start(t)
		require.NoError(t, e.ctl.SetLatency(e.ctx(), web.Latency{MinMS: 200, MaxMS: 200}))
		before := e.spoken(general)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, _, err := e.slack.PostMessageContext(ctx, general, textOption("said anyway"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Eventually(t, func() bool { return e.spoken(general) == before+1 }, waitFor, time.Millisecond)
	})
}

// spoken counts a conversation's messages without the Web API.
func (e *emu) spoken(channel string) int {
	e.t.Helper()
	all, err := e.ctl.Messages(e.ctx(), channel)
	require.NoError(e.t, err)
	return len(all)
}

func TestFaultsOfPages(t *testing.T) {
	fill := func(t *testing.T) (*emu, []string) {
		e := start(t)
		var all []string
		for _, text := range []string{"1", "2", "3", "4", "5", "6"} {
			_, err := e.ctl.Say(e.ctx(), ann, random, text)
			require.NoError(t, err)
			all = append([]string{text}, all...)
		}
		return e, all
	}
	for fault, want := range map[string][]string{
		web.PageShort: {"6", "5", "4", "3", "2", "1"},
		web.PageEmpty: {"6", "5", "4", "3", "2", "1"},
		web.PageHoles: {"6", "4", "2", "1"}, // 5 is missing from the first page of three, 3 and 1 come on the next
		web.PageEnd:   {"6"},
	} {
		t.Run("one page of a history is "+fault, func(t *testing.T) {
			e, all := fill(t)
			require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: "conversations.history", Page: fault}))
			got, _ := e.pages("conversations.history", "messages", "text", "channel", random, "limit", "3")
			if fault == web.PageHoles {
				want = []string{"6", "4", "3", "2", "1"}
			}
			require.Equal(t, want, got)
			calls, err := e.ctl.Calls(e.ctx(), control.CallFilter{Method: "conversations.history"})
			require.NoError(t, err)
			require.Equal(t, "page_"+fault, calls[0].Fault)
			require.True(t, calls[0].OK)
			again, _ := e.pages("conversations.history", "messages", "text", "channel", random, "limit", "3")
			require.Equal(t, all, again, "it hits once")
		})
	}
	t.Run("a page of a thread can be broken as well", func(t *testing.T) {
		e, _ := fill(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		for _, text := range []string{"a", "b"} {
			_, err := e.ctl.Reply(e.ctx(), bob, random, root, text)
			require.NoError(t, err)
		}
		require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: "conversations.replies", Page: web.PageEnd}))
		a := e.must("conversations.replies", "channel", random, "ts", root)
		require.Equal(t, []string{"root", "a"}, texts(objects(a.at("messages"))))
		require.Equal(t, false, a.at("has_more"))
	})
	t.Run("a page fault of no kind, or together with another, is refused", func(t *testing.T) {
		e := start(t)
		require.Error(t, e.ctl.FailCalls(e.ctx(), web.Fault{Page: "torn"}))
		require.Error(t, e.ctl.FailCalls(e.ctx(), web.Fault{Page: web.PageEnd, Status: 500}))
	})
}

func TestAnAnswerIsCutInTheMiddle(t *testing.T) {
	e := start(t)
	before := e.spoken(general)
	require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: "chat.postMessage", Truncate: true}))
	req, err := http.NewRequestWithContext(e.ctx(), http.MethodGet, e.APIURL()+"auth.test", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+e.bot)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	_, _, err = e.slack.PostMessageContext(e.ctx(), general, textOption("half"))
	require.Error(t, err)
	require.Equal(t, before+1, e.spoken(general), "the call took effect")

	require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: "auth.test", Truncate: true}))
	res, err = http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	half, err := io.ReadAll(res.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NotEmpty(t, half)
	require.False(t, json.Valid(half))
}

func TestASingleInvalidAuth(t *testing.T) {
	e := start(t)
	require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: "apps.connections.open", Error: "invalid_auth"}))
	require.Equal(t, "invalid_auth", e.do(http.MethodPost, "apps.connections.open", e.level, "", "").code())
	e.connect()
}

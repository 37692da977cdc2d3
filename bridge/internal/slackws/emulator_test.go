package slackws_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackws"
)

const (
	minute = time.Duration(scale * float64(time.Minute))
	// short is the wait after the first refusal.
	short = minute / 30
)

// TestFaultsOfTheEmulatedSlack runs the session through every fault that ends a
// connection or keeps one from coming about: each is told in one line with its
// cure, the next attempt keeps to the schedule, and messages come in again.
func TestFaultsOfTheEmulatedSlack(t *testing.T) {
	t.Parallel()
	cut := func(e *emulated) { e.must(e.Hub.Cut(e.app, "")) }
	fail := func(f web.Fault) func(*emulated) {
		f.Method = "apps.connections.open"
		return func(e *emulated) {
			e.must(e.Web.AddFault(f))
			cut(e)
		}
	}
	refuse := func(how string) func(*emulated) {
		return func(e *emulated) {
			e.refuseNext(how)
			cut(e)
		}
	}
	disconnect := func(reason string) func(*emulated) {
		return func(e *emulated) { e.disconnect(reason) }
	}
	for name, tc := range map[string]struct {
		fault func(*emulated)
		cured func(*emulated) // what a person does; nil if there is no need
		kind  slackws.Kind
		why   slackws.Reason
		least time.Duration // from the state to the next attempt
		says  []string
	}{
		"refresh":           {fault: disconnect("refresh_requested"), kind: slackws.Connecting, why: slackws.ReasonRefresh, says: []string{"nothing to do"}},
		"warning":           {fault: disconnect("warning"), kind: slackws.Connecting, why: slackws.ReasonWarning, says: []string{"nothing to do"}},
		"an unknown reason": {fault: disconnect("planned_move"), kind: slackws.Connecting, why: "planned_move", says: []string{"nothing to do"}},
		"cut":               {fault: cut, kind: slackws.Connecting, why: slackws.ReasonCut, says: []string{"check the network"}},
		"closed": {
			fault: func(e *emulated) { e.must(e.Hub.CloseSockets(e.app, "", 1012, "service restart")) },
			kind:  slackws.Connecting, why: slackws.ReasonClosed, says: []string{"1012", "slack-status.com"},
		},
		"half-open": {
			fault: func(e *emulated) { e.must(e.Hub.HalfOpen(e.app, "")) },
			cured: func(e *emulated) { _ = e.Hub.CloseSockets(e.app, "W1", 1000, "") }, // Slack notices at last
			kind:  slackws.Connecting, why: slackws.ReasonNoPong, says: []string{"check the network"},
		},
		"a broken frame": {
			fault: func(e *emulated) { e.broken("frame", "") },
			kind:  slackws.Connecting, why: slackws.ReasonCut, says: []string{"broke", "check the network"},
		},
		"too many websockets": {
			fault: disconnect("too_many_websockets"),
			kind:  slackws.Waiting, why: slackws.ReasonTooMany, least: short, says: []string{"10 are open", "stop the other programs"},
		},
		"link disabled": {
			fault: disconnect(socketModeOff), cured: func(e *emulated) { e.setSocketMode(true) },
			kind: slackws.Stopped, why: slackws.ReasonLinkDisabled, least: minute, says: []string{"switch it on under Socket Mode"},
		},
		"app uninstalled": {
			fault: func(e *emulated) { e.must(e.Workspace.Uninstall(e.app)) },
			cured: func(e *emulated) {
				e.must(e.Workspace.Reinstall(e.app, ""))
				_, _, err := e.Workspace.Join(workspace.Actor{User: "U0BRIDGE01"}, "C0GENERAL1")
				e.must(err)
			},
			kind: slackws.Stopped, why: slackws.ReasonUninstalled, least: minute, says: []string{"install it again"},
		},
		"token revoked": {
			fault: func(e *emulated) {
				e.must(e.Workspace.Revoke(e.app, workspace.AppToken, "token_revoked"))
				cut(e)
			},
			cured: func(e *emulated) { e.over = true },
			kind:  slackws.Stopped, why: slackws.ReasonDeadToken, least: minute, says: []string{"token_revoked", "connections:write"},
		},
		"Socket Mode off when a socket is asked for": {
			fault: func(e *emulated) { e.setSocketMode(false); cut(e) }, cured: func(e *emulated) { e.setSocketMode(true) },
			kind: slackws.Stopped, why: slackws.ReasonDeadToken, least: minute, says: []string{"socket_mode_not_enabled", "that Socket Mode is on"},
		},
		"refused with 403":              {fault: refuse("403"), kind: slackws.Waiting, why: slackws.ReasonRefused, least: short, says: []string{"HTTP 403", "lets WebSockets through"}},
		"refused with 503":              {fault: refuse("503"), kind: slackws.Waiting, why: slackws.ReasonRefused, least: short, says: []string{"HTTP 503", "lets WebSockets through"}},
		"closed before hello":           {fault: refuse("close"), kind: slackws.Waiting, why: slackws.ReasonClosed, least: short, says: []string{"closed", "slack-status.com"}},
		"cut before hello":              {fault: refuse("cut"), kind: slackws.Waiting, why: slackws.ReasonCut, least: short, says: []string{"broke", "check the network"}},
		"too many before hello":         {fault: refuse("too_many_websockets"), kind: slackws.Waiting, why: slackws.ReasonTooMany, least: short, says: []string{"stop the other programs"}},
		"sent away before hello":        {fault: refuse("refresh_requested"), kind: slackws.Waiting, why: slackws.ReasonRefresh, least: short, says: []string{"refresh_requested", "nothing to do"}},
		"500 of the API":                {fault: fail(web.Fault{Status: 500}), kind: slackws.Waiting, why: slackws.ReasonAPIError, least: short, says: []string{"500", "slack-status.com"}},
		"503 of the API":                {fault: fail(web.Fault{Status: 503}), kind: slackws.Waiting, why: slackws.ReasonAPIError, least: short, says: []string{"503", "slack-status.com"}},
		"429 of the API":                {fault: fail(web.Fault{Status: http.StatusTooManyRequests, RetryAfter: 90}), kind: slackws.Waiting, why: slackws.ReasonAPIError, least: minute * 3 / 2, says: []string{"ratelimited", "slack-status.com"}},
		"an error of the API":           {fault: fail(web.Fault{Error: "internal_error"}), kind: slackws.Waiting, why: slackws.ReasonAPIError, least: short, says: []string{"internal_error", "slack-status.com"}},
		"invalid_auth":                  {fault: fail(web.Fault{Error: "invalid_auth"}), kind: slackws.Waiting, why: slackws.ReasonDeadToken, least: short, says: []string{"invalid_auth", "nothing to do unless it lasts"}},
		"account_inactive, thrice":      {fault: fail(web.Fault{Error: "account_inactive", Times: 3}), kind: slackws.Waiting, why: slackws.ReasonDeadToken, least: short, says: []string{"account_inactive", "nothing to do unless it lasts"}},
		"an answer of the API that cut": {fault: fail(web.Fault{Cut: true}), kind: slackws.Waiting, why: slackws.ReasonUnreachable, says: []string{"network, DNS"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, tc.says)
			e := newEmulated(t).start()
			e.await(slackws.Connected, slackws.ReasonHello)
			e.say("before")
			e.awaitText("before")

			tc.fault(e)
			state := e.await(tc.kind, tc.why)
			inLine(t, state, tc.says...)
			if tc.least > 0 {
				require.GreaterOrEqual(t, state.Next.Sub(state.opened), tc.least)
			}
			if tc.cured != nil {
				tc.cured(e)
			}
			if e.over {
				return // a person gives the bridge another token, and restarts it
			}
			again := e.await(slackws.Connected, slackws.ReasonHello)
			require.False(t, again.opened.Before(state.Next), "not before the time that was told")
			if tc.kind != slackws.Stopped {
				require.NotContains(t, strings.Join(e.said(), "\n"), string(slackws.Stopped)+" ", "no operator is called for what passes")
			}
			e.say("after")
			e.awaitText("after")
		})
	}
}

// TestFaultsThatHarmNoConnection: the session stays connected, and everything is
// handled and acknowledged.
func TestFaultsThatHarmNoConnection(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault func(*emulated)
		want  []string // the texts handled before the last one
	}{
		"broken JSON":          {func(e *emulated) { e.broken("json", "") }, nil},
		"a binary frame":       {func(e *emulated) { e.broken("binary", "") }, nil},
		"a frame of nonsense":  {func(e *emulated) { e.broken("text", "hello?") }, nil},
		"an unknown event":     {func(e *emulated) { e.must(e.Workspace.Inject(e.app, "telepathy", "", map[string]any{"a": 1})) }, nil},
		"an event of odd form": {func(e *emulated) { e.must(e.Workspace.Inject(e.app, "reaction_added", "", map[string]any{"item": 7})) }, nil},
		"duplicates":           {func(e *emulated) { e.chaos(socket.Chaos{Duplicate: 1}); e.say("one") }, []string{"one", "one"}},
		"one attempt twice":    {func(e *emulated) { e.chaos(socket.Chaos{RepeatFirst: 1}); e.say("one") }, []string{"one", "one"}},
		"reordered":            {func(e *emulated) { e.chaos(socket.Chaos{Reorder: 2}); e.say("one"); e.say("two") }, []string{"two", "one"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEmulated(t).start()
			e.await(slackws.Connected, slackws.ReasonHello)
			tc.fault(e)
			e.say("last")
			require.Equal(t, tc.want, e.awaitText("last"))
			require.Len(t, e.said(), 2, "it stays connected")
			e.end()
			for _, record := range e.Hub.Records() {
				require.Equal(t, socket.Acked, record.Outcome, record.Event)
			}
		})
	}
}

func TestADelayedEnvelopeIsHandled(t *testing.T) {
	t.Parallel()
	e := newEmulated(t).start()
	e.await(slackws.Connected, slackws.ReasonHello)
	e.chaos(socket.Chaos{DelayNext: 1, DelayMS: 60_000})
	e.say("late")
	e.say("punctual")
	require.Empty(t, e.awaitText("punctual"))
	require.Empty(t, e.awaitText("late"))
}

// TestNothingIsLostOverRefreshes talks while Slack refreshes the socket again and
// again: every message is handled once and acknowledged at its first attempt.
func TestNothingIsLostOverRefreshes(t *testing.T) {
	t.Parallel()
	e := newEmulated(t).start()
	e.await(slackws.Connected, slackws.ReasonHello)
	var want []string
	for round := range 5 {
		require.Eventually(t, func() bool { return len(e.Hub.Sockets()) == 1 }, patience, time.Millisecond)
		e.disconnect("refresh_requested")
		for i := range 20 {
			text := string(rune('a'+round)) + string(rune('a'+i))
			want = append(want, text)
			e.say(text)
		}
		e.await(slackws.Connected, slackws.ReasonHello)
	}
	require.ElementsMatch(t, want, e.awaitTexts(len(want)))
	e.end()
	outcomes, attempts := e.envelopes("message")
	require.Len(t, outcomes, len(want))
	for _, outcome := range outcomes {
		require.Equal(t, socket.Acked, outcome)
	}
	require.Equal(t, 1, attempts)
}

// TestTheEleventhSocket holds ten sockets of the same app elsewhere.
func TestTheEleventhSocket(t *testing.T) {
	t.Parallel()
	e := newEmulated(t)
	var others []*websocket.Conn
	for range socket.MaxSockets {
		conn, _, err := websocket.Dial(t.Context(), e.URL()+e.Hub.Ticket(e.app), nil)
		require.NoError(t, err)
		others = append(others, conn)
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	require.Eventually(t, func() bool { return len(e.Hub.Sockets()) == socket.MaxSockets }, patience, time.Millisecond)
	e.start()
	state := e.await(slackws.Waiting, slackws.ReasonTooMany)
	inLine(t, state, "10 are open", "stop the other programs that use this app's app-level token")
	for _, conn := range others[1:] {
		require.NoError(t, conn.CloseNow())
	}
	connected := e.await(slackws.Connected, slackws.ReasonHello)
	require.Equal(t, 2, connected.Sockets)
	inLine(t, connected, "Slack counts 2 sockets of this app, 1 of them ours")
}

// TestWhatWasNotStoredComesAgain: the emulator sends again what Handle refused.
func TestWhatWasNotStoredComesAgain(t *testing.T) {
	t.Parallel()
	e := newEmulated(t)
	e.refusals = 2
	e.start()
	e.await(slackws.Connected, slackws.ReasonHello)
	e.say("third time lucky")
	e.awaitText("third time lucky")
	e.end()
	outcomes, attempts := e.envelopes("message")
	require.Equal(t, []string{socket.Acked}, outcomes)
	require.Equal(t, 3, attempts)
	require.Equal(t, slackevent.TypeEventsAPI, e.Hub.Records()[0].Type)
}

func TestLeavingIsCountedByTheEmulatedSlack(t *testing.T) {
	t.Parallel()
	e := newEmulated(t).start()
	e.await(slackws.Connected, slackws.ReasonHello)
	require.Len(t, e.Hub.Sockets(), 1)
	e.end()
	// Slack counts a socket until it has read that it was closed.
	require.Eventually(t, func() bool { return len(e.Hub.Sockets()) == 0 }, patience, time.Millisecond)
}

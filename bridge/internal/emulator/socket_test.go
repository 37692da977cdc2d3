package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
)

// closed waits for the socket's end and returns the close code, -1 for none.
func (w *ws) closed() websocket.StatusCode {
	w.t.Helper()
	select {
	case err := <-w.ended:
		return websocket.CloseStatus(err)
	case <-time.After(waitFor):
		require.Fail(w.t, "the socket did not end")
		return 0
	}
}

// say says something in general as ann.
func (e *emu) say(text string) string {
	e.t.Helper()
	ts, err := e.ctl.Say(e.ctx(), ann, general, text)
	require.NoError(e.t, err)
	return ts
}

func TestTickets(t *testing.T) {
	e := start(t)
	refused := func(t *testing.T, u string) {
		t.Helper()
		_, res, err := websocket.Dial(e.ctx(), u, nil)
		require.Error(t, err)
		require.NotNil(t, res)
		require.GreaterOrEqual(t, res.StatusCode, 400)
		require.Less(t, res.StatusCode, 500)
	}
	t.Run("open returns a ws URL on the host that was called", func(t *testing.T) {
		require.Regexp(t, `^ws://`+strings.TrimPrefix(e.URL(), "http://")+`/link/\?ticket=[0-9a-f-]{36}&app_id=[0-9a-f]{64}$`, e.ticket())
	})
	t.Run("a ticket opens one socket only", func(t *testing.T) {
		u := e.ticket()
		w := e.dialURL(u)
		require.Contains(t, string(w.raw()), `"hello"`)
		refused(t, u)
	})
	t.Run("an unknown ticket is refused on upgrade", func(t *testing.T) {
		refused(t, "ws"+strings.TrimPrefix(e.URL(), "http")+"/link/?ticket=nothing")
	})
	t.Run("a ticket expires", func(t *testing.T) {
		u := e.ticket()
		e.Clock.Step(31 * time.Second)
		refused(t, u)
	})
	t.Run("any Origin is accepted", func(t *testing.T) {
		w := e.dial(func(o *websocket.DialOptions) { o.HTTPHeader = http.Header{"Origin": {"https://api.slack.com"}} })
		require.Contains(t, string(w.raw()), `"hello"`)
	})
	t.Run("a Host without port is accepted", func(t *testing.T) {
		w := e.dial(func(o *websocket.DialOptions) { o.Host = "127.0.0.1" })
		require.Contains(t, string(w.raw()), `"hello"`)
	})
}

func TestHello(t *testing.T) {
	t.Run("hello is first and tells the live num_connections", func(t *testing.T) {
		e := start(t)
		for n := 1; n <= 3; n++ {
			w := e.another()
			require.InDelta(t, n, w.hello["num_connections"], 0)
			require.Equal(t, app, w.hello["connection_info"].(map[string]any)["app_id"])
			require.InDelta(t, 18060, w.hello["debug_info"].(map[string]any)["approximate_connection_time"], 0)
		}
	})
	t.Run("a close by the client leaves num_connections right", func(t *testing.T) {
		e := start(t)
		w := e.another()
		require.NoError(t, w.conn.Close(websocket.StatusNormalClosure, "bye"))
		e.sockets(0)
		require.InDelta(t, 1, e.another().hello["num_connections"], 0)
	})
	t.Run("nothing comes before hello", func(t *testing.T) {
		e := start(t)
		e.say("before anybody was there")
		e.say("again")
		for range 3 {
			w := e.dial()
			require.Contains(t, string(w.raw()), `"hello"`)
		}
	})
	t.Run("the eleventh socket gets disconnect too_many_websockets and close", func(t *testing.T) {
		e := start(t)
		for range socket.MaxSockets {
			e.another()
		}
		w := e.dial()
		v := w.next()
		require.Equal(t, "disconnect", v.Type)
		require.Equal(t, "too_many_websockets", v.Reason)
		require.Equal(t, websocket.StatusNormalClosure, w.closed())
		require.Len(t, e.Hub.Sockets(), socket.MaxSockets)
	})
}

func TestPings(t *testing.T) {
	count := func() (func(*websocket.DialOptions), chan string) {
		pings := make(chan string, 64)
		return func(o *websocket.DialOptions) {
			o.OnPingReceived = func(_ context.Context, p []byte) bool { pings <- string(p); return true }
		}, pings
	}
	t.Run("the server pings every five seconds", func(t *testing.T) {
		e := start(t)
		option, pings := count()
		w := e.dial(option)
		w.raw()
		for range 3 {
			e.Clock.Step(5 * time.Second)
			require.NotEmpty(t, <-pings)
		}
	})
	t.Run("a switch stops the server's pings", func(t *testing.T) {
		e := start(t)
		option, pings := count()
		w := e.dial(option)
		w.raw()
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Socket: socket.Switches{NoPings: true}}))
		e.Clock.Step(time.Minute)
		e.say("marker")
		w.take()
		require.Empty(t, pings)
	})
	t.Run("every client ping gets a pong with the same payload", func(t *testing.T) {
		e := start(t)
		w := e.dialFrames()
		w.send(0x9, []byte("sdk-ping-pong:12345"))
		op, payload := w.read()
		require.Equal(t, byte(0xA), op)
		require.Equal(t, "sdk-ping-pong:12345", string(payload))
	})
	t.Run("a switch stops the pongs", func(t *testing.T) {
		e := start(t)
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Socket: socket.Switches{NoPongs: true}}))
		w := e.dialFrames()
		w.send(0x9, []byte("anyone?"))
		e.say("marker")
		op, _ := w.read()
		require.Equal(t, byte(0x1), op, "the next frame is the event, not a pong")
	})
}

func TestDelivery(t *testing.T) {
	t.Run("each envelope goes to exactly one socket", func(t *testing.T) {
		e := start(t)
		a, b := e.another(), e.another()
		const n = 20
		for range n {
			e.say("x")
		}
		require.Eventually(t, func() bool { return len(a.frames)+len(b.frames) == n }, waitFor, time.Millisecond)
		require.Len(t, a.frames, n/2)
	})
	t.Run("an unacked event comes again after 3 s at once, then after 60 s, then after 300 s, then never", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("insist")
		first := w.next()
		require.Equal(t, 0, first.Attempt)
		require.Empty(t, first.Retry)
		e.Clock.Step(3*time.Second - time.Millisecond)
		require.Empty(t, w.frames)
		e.Clock.Step(time.Millisecond)
		previous := first
		for attempt, pause := range []time.Duration{60 * time.Second, 300 * time.Second, 0} {
			v := w.next()
			require.Equal(t, attempt+1, v.Attempt)
			require.Equal(t, "timeout", v.Retry)
			require.Equal(t, first.Payload.EventID, v.Payload.EventID, "the event id stays")
			require.NotEqual(t, previous.ID, v.ID, "each attempt has an envelope of its own")
			previous = v
			e.Clock.Step(3 * time.Second)
			if pause > 0 {
				e.Clock.Step(pause - time.Millisecond)
				require.Empty(t, w.frames)
				e.Clock.Step(time.Millisecond)
			}
		}
		e.Clock.Step(24 * time.Hour)
		records, err := e.ctl.Deliveries(e.ctx(), "message")
		require.NoError(t, err)
		require.Equal(t, socket.Dropped, records[0].Outcome)
		require.Len(t, records[0].Attempts, 4)
		require.Empty(t, w.frames)
	})
	t.Run("an acked event does not come again and its latency is known", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("once")
		w.take()
		e.acked(1)
		e.Clock.Step(time.Hour)
		require.Empty(t, w.frames)
		records, err := e.ctl.Deliveries(e.ctx(), "message")
		require.NoError(t, err)
		require.NotNil(t, records[0].Attempts[0].LatencyMS)
	})
	t.Run("an ack after the deadline does not count", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("late")
		first := w.next()
		e.Clock.Step(3 * time.Second)
		again := w.next()
		w.ack(first.ID)
		w.ack(again.ID)
		e.acked(1)
		require.Contains(t, e.Hub.Records()[0].Ignored, "unknown, late or repeated envelope")
	})
	t.Run("an ack on another socket does not count", func(t *testing.T) {
		e := start(t)
		a, b := e.another(), e.another()
		e.say("x")
		from, to := a, b
		require.Eventually(t, func() bool { return len(a.frames)+len(b.frames) == 1 }, waitFor, time.Millisecond)
		if len(b.frames) == 1 {
			from, to = b, a
		}
		v := from.next()
		to.ack(v.ID)
		require.Eventually(t, func() bool { return len(e.Hub.Records()[0].Ignored) == 1 }, waitFor, time.Millisecond)
		e.Clock.Step(3 * time.Second)
		require.Equal(t, socket.Pending, e.Hub.Records()[0].Outcome)
	})
	t.Run("retries may reach another socket", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("x")
		v := w.next()
		_ = w.conn.CloseNow()
		e.sockets(0)
		fresh := e.another()
		e.Clock.Step(3 * time.Second)
		require.Equal(t, v.Payload.EventID, fresh.next().Payload.EventID)
	})
	t.Run("interactive and slash_commands envelopes are never retried", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		for _, kind := range []string{"interactive", "slash_commands"} {
			require.NoError(t, e.ctl.RaiseWith(e.ctx(), control.EventRequest{Envelope: kind, Payload: json.RawMessage(`{"type":"block_actions"}`), AcceptsResponse: true}))
			v := w.next()
			require.Equal(t, kind, v.Type)
			require.True(t, v.Accepts)
			require.NotContains(t, v.raw, "retry_attempt")
		}
		e.Clock.Step(time.Hour)
		require.Empty(t, w.frames)
	})
	t.Run("events with no socket open are kept for the retry schedule only, then dropped", func(t *testing.T) {
		e := start(t)
		e.say("nobody is there")
		e.Clock.Step(10 * time.Second)
		w := e.connect()
		e.Clock.Step(60 * time.Second)
		v := w.take()
		require.Equal(t, 2, v.Attempt)
		require.Equal(t, "nobody is there", v.event("text"))
		_ = w.conn.CloseNow()
		e.sockets(0)
		e.say("never heard")
		e.Clock.Step(time.Hour)
		require.Equal(t, socket.Dropped, e.Hub.Records()[1].Outcome)
		w = e.another()
		e.Clock.Step(time.Hour)
		require.Empty(t, w.frames)
	})
	t.Run("the same_envelope switch keeps the envelope id over attempts", func(t *testing.T) {
		e := start(t)
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Socket: socket.Switches{SameEnvelope: true}}))
		w := e.connect()
		e.say("x")
		first := w.next()
		e.Clock.Step(3 * time.Second)
		require.Equal(t, first.ID, w.next().ID)
	})
}

// acked waits until so many envelopes are acked.
func (e *emu) acked(n int) {
	e.t.Helper()
	require.Eventually(e.t, func() bool {
		got := 0
		for _, r := range e.Hub.Records() {
			if r.Outcome == socket.Acked {
				got++
			}
		}
		return got == n
	}, waitFor, time.Millisecond)
}

func TestAcks(t *testing.T) {
	ack := func(id, rest string) string { return `{"envelope_id":"` + id + `"` + rest + `}` }
	padded := func(id string, size int) string {
		pad := size - len(ack(id, `,"payload":{"p":""}`))
		return ack(id, `,"payload":{"p":"`+strings.Repeat("x", pad)+`"}`)
	}
	t.Run("an ack with payload on events_api is accepted", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("x")
		w.write(ack(w.next().ID, `,"payload":{}`))
		e.acked(1)
	})
	t.Run("an unknown, a repeated and a senseless ack are ignored", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("x")
		v := w.next()
		for _, text := range []string{ack("no-such-envelope", ""), "not json", `[]`, `{}`, ack(v.ID, ""), ack(v.ID, "")} {
			w.write(text)
		}
		e.acked(1)
		e.say("still alive")
		require.Equal(t, "still alive", w.take().event("text"))
		e.acked(2)
	})
	t.Run("an ack of 20,479 bytes counts and one of 20,480 is ignored", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("x")
		w.write(padded(w.next().ID, socket.MaxAck-1))
		e.acked(1)
		e.say("y")
		w.write(padded(w.next().ID, socket.MaxAck))
		require.Eventually(t, func() bool { return len(e.Hub.Records()[1].Ignored) == 1 }, waitFor, time.Millisecond)
		e.Clock.Step(3 * time.Second)
		require.Equal(t, 1, w.next().Attempt)
	})
	t.Run("a fragmented ack is ignored", func(t *testing.T) {
		e := start(t)
		w := e.dialFrames()
		e.say("x")
		_, payload := w.read()
		var v envelope
		require.NoError(t, json.Unmarshal(payload, &v))
		whole := []byte(ack(v.ID, ""))
		w.sendRaw(0x01, whole[:10])
		w.sendRaw(0x80, whole[10:])
		e.say("marker")
		w.read()
		w.send(0x1, []byte("{}")) // read in order: when this is handled, so was the ack
		require.Eventually(t, func() bool { return strings.Count(e.log.String(), "ack ignored") == 2 }, waitFor, time.Millisecond)
		require.Equal(t, socket.Pending, e.Hub.Records()[0].Outcome)
	})
}

func TestDisconnects(t *testing.T) {
	for _, reason := range []string{"warning", "refresh_requested"} {
		t.Run(reason+" comes ten seconds before the close", func(t *testing.T) {
			e := start(t)
			w := e.connect()
			require.NoError(t, e.ctl.Disconnect(e.ctx(), control.SocketRequest{Reason: reason}))
			v := w.next()
			require.Equal(t, "disconnect", v.Type)
			require.Equal(t, reason, v.Reason)
			require.Empty(t, v.ID, "it is no envelope")
			e.say("still served")
			require.Equal(t, "still served", w.take().event("text"))
			e.Clock.Step(10*time.Second - time.Millisecond)
			require.Len(t, e.Hub.Sockets(), 1)
			e.Clock.Step(time.Millisecond)
			require.Equal(t, websocket.StatusNormalClosure, w.closed())
			e.sockets(0)
		})
	}
	t.Run("a socket that was told to go gets no envelopes once another is there", func(t *testing.T) {
		e := start(t)
		old := e.connect()
		require.NoError(t, e.ctl.Disconnect(e.ctx(), control.SocketRequest{Reason: "refresh_requested"}))
		old.next()
		fresh := e.another()
		require.InDelta(t, 2, fresh.hello["num_connections"], 0, "overlap is allowed")
		for range 5 {
			e.say("x")
			fresh.take()
		}
		require.Empty(t, old.frames)
	})
	t.Run("link_disabled switches Socket Mode off until it is switched on", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Disconnect(e.ctx(), control.SocketRequest{Reason: "link_disabled"}))
		require.Equal(t, "link_disabled", w.next().Reason)
		w.closed()
		require.Equal(t, "socket_mode_not_enabled", e.do(http.MethodPost, "apps.connections.open", e.level, "", "").code())
		on := true
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{SocketMode: &on})
		require.NoError(t, err)
		e.another()
	})
	t.Run("Socket Mode switched off in the settings disconnects with link_disabled", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		off := false
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{SocketMode: &off})
		require.NoError(t, err)
		require.Equal(t, "link_disabled", w.next().Reason)
		w.closed()
	})
	t.Run("any reason can be sent", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Disconnect(e.ctx(), control.SocketRequest{Reason: "moon_phase"}))
		require.Equal(t, "moon_phase", w.next().Reason)
		w.closed()
	})
	t.Run("a connection lives 18,060 s with a warning before its end", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.Clock.Step(18_049 * time.Second)
		require.Empty(t, w.frames)
		e.Clock.Step(time.Second)
		require.Equal(t, "warning", w.next().Reason)
		e.Clock.Step(10 * time.Second)
		w.closed()
	})
	t.Run("debug_reconnects=true makes a life of 360 s", func(t *testing.T) {
		e := start(t)
		w := e.dialURL(e.ticket() + "&debug_reconnects=true")
		require.Contains(t, string(w.raw()), `"approximate_connection_time":360`)
		e.Clock.Step(350 * time.Second)
		require.Equal(t, "warning", w.next().Reason)
	})
	t.Run("a cut socket ends without a close frame", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Cut(e.ctx(), control.SocketRequest{}))
		require.Equal(t, websocket.StatusCode(-1), w.closed())
	})
	t.Run("a socket can be closed with any code", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.CloseSockets(e.ctx(), control.SocketRequest{Code: 1011, Reason: "oops"}))
		require.Equal(t, websocket.StatusInternalError, w.closed())
	})
	t.Run("a half-open socket stays registered and swallows envelopes", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.HalfOpen(e.ctx(), control.SocketRequest{}))
		e.say("swallowed")
		_ = w.conn.CloseNow()
		fresh := e.another()
		require.InDelta(t, 2, fresh.hello["num_connections"], 0)
		e.Clock.Step(3 * time.Second) // may go to the half-open one again
		e.Clock.Step(3 * time.Second)
		e.Clock.Step(60 * time.Second)
		v := fresh.take()
		require.Equal(t, "swallowed", v.event("text"))
		require.Positive(t, v.Attempt)
		require.NoError(t, e.ctl.Cut(e.ctx(), control.SocketRequest{Socket: e.Hub.Sockets()[0].ID}))
		e.sockets(1)
	})
	t.Run("the next sockets can be refused before hello, in every way", func(t *testing.T) {
		e := start(t)
		refuse := func(how string) {
			require.NoError(t, e.ctl.RefuseSockets(e.ctx(), control.SocketRequest{Count: 1, How: how}))
		}
		refuse("503")
		_, res, err := websocket.Dial(e.ctx(), e.ticket(), nil)
		require.Error(t, err)
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
		refuse("close")
		require.Equal(t, websocket.StatusNormalClosure, e.dial().closed())
		refuse("cut")
		require.Equal(t, websocket.StatusCode(-1), e.dial().closed())
		refuse("too_many_websockets")
		require.Equal(t, "too_many_websockets", e.dial().next().Reason)
		e.another()
	})
	t.Run("a control verb on sockets that are not there is an error", func(t *testing.T) {
		e := start(t)
		require.Error(t, e.ctl.Cut(e.ctx(), control.SocketRequest{}))
	})
}

func TestScaledClock(t *testing.T) {
	c := clock.New(0.01)
	t.Cleanup(c.Close)
	e := start(t, func(o *emulator.Options) { o.Clock = c })
	w := e.connect()
	e.say("again and again")
	began := time.Now()
	for attempt := range 3 {
		require.Equal(t, attempt, w.next().Attempt)
	}
	require.Less(t, time.Since(began), waitFor, "63 s of schedule pass within seconds, the ack deadline stays at a second")
	require.GreaterOrEqual(t, time.Since(began), 2*time.Second)
}

func TestSlackGoRunsUnmodified(t *testing.T) {
	c := clock.New(1)
	t.Cleanup(c.Close)
	e := start(t, func(o *emulator.Options) { o.Clock = c })
	client := socketmode.New(e.slack)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- client.RunContext(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	})
	heard := func(want socketmode.EventType) socketmode.Event {
		for {
			select {
			case event := <-client.Events:
				if event.Type == want {
					return event
				}
			case <-time.After(waitFor):
				require.Fail(t, "no event of slack-go", want)
			}
		}
	}
	heard(socketmode.EventTypeHello)
	for round := range 3 {
		ts := e.say("hello slack-go")
		event := heard(socketmode.EventTypeEventsAPI)
		message := event.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.MessageEvent)
		require.Equal(t, ts, message.TimeStamp)
		require.NoError(t, client.AckCtx(ctx, event.Request.EnvelopeID, nil))
		e.acked(round + 1)
		require.NoError(t, e.ctl.Disconnect(e.ctx(), control.SocketRequest{Reason: "refresh_requested"}))
		heard(socketmode.EventTypeHello)
	}
}

func TestBrokenFramesReachTheClient(t *testing.T) {
	e := start(t)
	for kind, check := range map[string]func(op byte, payload []byte){
		"json":   func(op byte, p []byte) { require.Equal(t, byte(1), op); require.False(t, json.Valid(p)) },
		"binary": func(op byte, _ []byte) { require.Equal(t, byte(2), op) },
		"frame":  func(op byte, p []byte) { require.True(t, op == 3 || bytes.Contains(p, []byte("brok"))) },
		"text":   func(op byte, p []byte) { require.Equal(t, "hello?", string(p)) },
	} {
		w := e.dialFrames()
		require.NoError(t, e.ctl.BreakFrame(e.ctx(), control.SocketRequest{Kind: kind, Text: "hello?", Socket: e.newest()}))
		check(w.read())
	}
}

func (e *emu) newest() string {
	list := e.Hub.Sockets()
	return list[len(list)-1].ID
}

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
	t.Run("and a wss URL behind a proxy that speaks TLS", func(t *testing.T) {
		req, err := http.NewRequestWithContext(e.ctx(), http.MethodPost, e.APIURL()+"apps.connections.open", nil)
		require.NoError(t, err)
		req.Host = "slack.test"
		req.Header.Set("Authorization", "Bearer "+e.level)
		req.Header.Set("X-Forwarded-Proto", "https")
		require.Regexp(t, `^wss://slack\.test/link/\?ticket=`, e.send(req).at("url"))
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
		e.say("before anyone was there")
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

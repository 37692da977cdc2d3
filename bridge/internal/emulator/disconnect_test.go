package emulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
)

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
		require.Zero(t, e.Hub.Sockets()[0].Sent)
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
		require.False(t, e.Hub.Sockets()[0].Draining)
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
		e.sockets(1)
	})
	t.Run("a half-open socket is dropped when its pings are not answered", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.HalfOpen(e.ctx(), control.SocketRequest{}))
		_ = w.conn.CloseNow()
		fresh := e.another()
		e.Clock.Step(5*time.Second + socket.PongWait - time.Millisecond)
		require.Len(t, e.Hub.Sockets(), 2)
		e.Clock.Step(time.Millisecond)
		e.sockets(1)
		for range 8 {
			e.say("heard at the first attempt")
			require.Zero(t, fresh.take().Attempt)
		}
	})
	t.Run("a client that answers pings keeps its socket, however far the clock is moved", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.Clock.Step(4 * time.Hour)
		e.Clock.Step(30 * time.Minute)
		e.say("still there")
		require.Equal(t, "still there", w.take().event("text"))
	})
	t.Run("a client that answers no ping in real time loses its socket", func(t *testing.T) {
		c := clock.New(0.01)
		t.Cleanup(c.Close)
		e := start(t, func(o *emulator.Options) { o.Clock = c })
		f := e.dialFrames() // reads nothing, so answers nothing
		e.sockets(0)
		require.NoError(t, f.conn.Close())
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

package wsframe_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/wsframe"
)

// echo answers each text frame with itself, each ping with a pong, and ends
// after the client's close.
func echo(t *testing.T, frames chan<- wsframe.Frame) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := wsframe.Upgrade(w, r)
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			f, err := conn.Read()
			if err != nil {
				return
			}
			frames <- f
			switch f.Op {
			case wsframe.OpPing:
				_ = conn.Write(wsframe.OpPong, f.Payload)
			case wsframe.OpClose:
				_ = conn.WriteClose(1000, "")
				return
			default:
				_ = conn.Write(f.Op, f.Payload)
			}
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func TestFramesOfEverySizeCrossBothWays(t *testing.T) {
	frames := make(chan wsframe.Frame, 16)
	server := echo(t, frames)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, server.URL, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://api.slack.com"}}})
	require.NoError(t, err)
	conn.SetReadLimit(1 << 20)
	for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
		want := bytes.Repeat([]byte("x"), size)
		require.NoError(t, conn.Write(ctx, websocket.MessageText, want))
		kind, got, err := conn.Read(ctx)
		require.NoError(t, err)
		require.Equal(t, websocket.MessageText, kind)
		require.True(t, bytes.Equal(want, got), "size %d", size)
		require.Len(t, (<-frames).Payload, size)
	}
	require.NoError(t, conn.Close(websocket.StatusNormalClosure, "done"))
}

func TestFragmentsAreVisible(t *testing.T) {
	frames := make(chan wsframe.Frame, 16)
	server := echo(t, frames)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, server.URL, nil)
	require.NoError(t, err)
	defer conn.CloseNow()
	w, err := conn.Writer(ctx, websocket.MessageText)
	require.NoError(t, err)
	for range 3 {
		_, err = w.Write(bytes.Repeat([]byte("y"), 8192))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	first := <-frames
	require.False(t, first.Fin)
	require.Equal(t, wsframe.OpText, first.Op)
	require.Equal(t, wsframe.OpContinuation, (<-frames).Op)
}

func TestWhatIsNoHandshakeIsRefused(t *testing.T) {
	server := echo(t, make(chan wsframe.Frame, 1))
	cases := map[string]http.Header{
		"plain request": {},
		"short key":     {"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-WebSocket-Version": {"13"}, "Sec-WebSocket-Key": {"YQ=="}},
		"old version":   {"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-WebSocket-Version": {"8"}, "Sec-WebSocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}},
	}
	for name, header := range cases {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			req.Header = header
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusBadRequest, res.StatusCode)
		})
	}
}

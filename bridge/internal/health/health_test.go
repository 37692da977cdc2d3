package health_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/health"
	"ops-jrz1/bridge/internal/metrics"
	"ops-jrz1/bridge/internal/operator"
)

// bridge is one that is as a test makes it.
type bridge struct {
	status operator.Status
	err    error
	stuck  error
	url    string

	rooms     []operator.RoomStatus
	roomsErr  error
	latencies []metrics.Latency
}

func well() operator.Status {
	return operator.Status{Phase: operator.Up, Logins: []operator.LoginStatus{{Login: "T1-UBOT", State: "connected"}}}
}

// serve has a bridge answer until the test ends.
func serve(t *testing.T) *bridge {
	t.Helper()
	b := &bridge{status: well()}
	server, err := health.Listen("127.0.0.1:0")
	require.NoError(t, err)
	b.url = "http://" + server.Addr().String()
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(health.Config{
			Status: func(context.Context) (operator.Status, error) { return b.status, b.err },
			Alive:  func() error { return b.stuck },
			Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "slack_bridge_up 1\n")
			}),
			Rooms:     func(context.Context) ([]operator.RoomStatus, error) { return b.rooms, b.roomsErr },
			Latencies: func() []metrics.Latency { return b.latencies },
			Log:       zap.NewNop(),
		})
	}()
	t.Cleanup(func() {
		require.NoError(t, server.Close(context.Background()))
		require.NoError(t, <-ended)
	})
	return b
}

// get asks for a path, under another name if host is not "".
func (b *bridge) get(t *testing.T, method, path, host string) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.url+path, nil)
	require.NoError(t, err)
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body), response.Header
}

func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(b *bridge)
		path   string
		code   int
		body   string
	}{
		"alive":          {func(*bridge) {}, "/healthz", 200, "ok\n"},
		"ready":          {func(*bridge) {}, "/readyz", 200, "ready\n"},
		"metrics":        {func(*bridge) {}, "/metrics", 200, "slack_bridge_up 1\n"},
		"a loop stands":  {func(b *bridge) { b.stuck = errors.New("the inbox stands still") }, "/healthz", 503, "the inbox stands still\n"},
		"nothing there":  {func(*bridge) {}, "/nowhere", 404, "404 page not found\n"},
		"a status fails": {func(b *bridge) { b.err = errors.New("no") }, "/readyz", 503, "no\n"},
		"Slack is away, and the process goes on": {
			func(b *bridge) { b.status.Logins[0].State, b.status.Logins[0].Message = "waiting", "Slack is away" }, "/healthz", 200, "ok\n",
		},
		"Slack is away": {
			func(b *bridge) { b.status.Logins[0].State, b.status.Logins[0].Message = "waiting", "Slack\nis away" }, "/readyz", 503,
			"Slack, T1-UBOT: waiting: Slack is away\n",
		},
		"starting": {
			func(b *bridge) {
				b.status = operator.Status{Phase: operator.Starting, Doing: "waiting for the homeserver"}
			}, "/readyz", 503,
			"the bridge is starting: waiting for the homeserver\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t)
			tc.change(b)
			code, body, header := b.get(t, http.MethodGet, tc.path, "")
			require.Equal(t, tc.code, code)
			require.Equal(t, tc.body, body)
			require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")
			require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		})
	}
}

// TestOnlyByItsAddress: a name that leads here is a web page's that must not read it.
func TestOnlyByItsAddress(t *testing.T) {
	b := serve(t)
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/"} {
		for host, want := range map[string]bool{
			"127.0.0.1": true, "127.0.0.1:29320": true, "[::1]:29320": true, "10.0.0.1": true,
			"evil.example": false, "evil.example:29320": false, "localhost:29320": false, "127.0.0.1.evil.example": false, "127.0.0.1:1:2": false,
		} {
			code, body, _ := b.get(t, http.MethodGet, path, host)
			require.Equal(t, !want, code == http.StatusMisdirectedRequest, "%s %s", host, path)
			require.Equal(t, !want, body == "ask for this by its IP address\n", host)
		}
	}
}

func TestOnlyToBeRead(t *testing.T) {
	b := serve(t)
	code, _, _ := b.get(t, http.MethodPost, "/readyz", "")
	require.Equal(t, http.StatusMethodNotAllowed, code)
	code, body, _ := b.get(t, http.MethodHead, "/readyz", "")
	require.Equal(t, http.StatusOK, code)
	require.Empty(t, body)
}

func TestAPortThatIsTaken(t *testing.T) {
	first, err := health.Listen("127.0.0.1:0")
	require.NoError(t, err)
	_, err = health.Listen(first.Addr().String())
	require.ErrorContains(t, err, "operator.address: ")
	require.ErrorContains(t, err, "set another one")
	require.NoError(t, first.Close(context.Background()))
	_, err = health.Listen("29320")
	require.ErrorContains(t, err, "operator.address: ")
}

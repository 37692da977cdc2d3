package matrixin_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/matrixin"
)

func TestPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	err = newFixture(t, sqlite(t)).Listen(taken.Addr().String())
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	require.ErrorContains(t, err, taken.Addr().String())
	require.ErrorContains(t, err, "appservice.port")
	require.NotContains(t, err.Error(), "\n")
}

func TestListenErrors(t *testing.T) {
	f := newFixture(t, sqlite(t))
	require.ErrorContains(t, f.Listen("127.0.0.1:nothing"), "appservice.hostname")
	require.ErrorContains(t, f.Serve(), "Listen was not called")
	require.Nil(t, f.Addr())
}

type aliasHandler struct{ asked chan id.RoomAlias }

func (h aliasHandler) QueryAlias(alias id.RoomAlias) bool {
	h.asked <- alias
	return alias == "#slack_general:example.org"
}
func (aliasHandler) QueryUser(id.UserID) bool { return false }

// TestInnerRouter: everything else is served by the appservice's own router,
// what is registered there later too, and in the form Matrix asks for.
func TestInnerRouter(t *testing.T) {
	f := start(t)
	h := aliasHandler{asked: make(chan id.RoomAlias, 2)}
	f.as.QueryHandler = h
	f.as.Router.HandleFunc("GET /_matrix/provision/late", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "late") })
	for _, tc := range []struct {
		method, path, token string
		status              int
		answer              string
	}{
		{"POST", "/_matrix/app/v1/ping", hsToken, 200, "{}"},
		{"POST", "/_matrix/app/v1/ping", "wrong", 401, "M_UNKNOWN_TOKEN"},
		{"GET", "/_matrix/app/v1/rooms/%23slack_general:example.org", hsToken, 200, "{}"},
		{"GET", "/_matrix/app/v1/rooms/%23other:example.org", hsToken, 404, "M_NOT_FOUND"},
		{"GET", "/_matrix/provision/late", "", 200, "late"},
		{"GET", "/_matrix/app/v1/transactions/1", hsToken, 405, "M_UNRECOGNIZED"},
		{"GET", "/nowhere", "", 404, "M_UNRECOGNIZED"},
	} {
		status, answer := f.do(tc.method, tc.path, tc.token, "{}")
		require.Equal(t, tc.status, status, tc.path)
		require.Contains(t, answer, tc.answer, tc.path)
	}
	require.Equal(t, id.RoomAlias("#slack_general:example.org"), await(t, h.asked))
	require.EqualValues(t, 1, f.Stats().RefusedPings)
}

func TestHealth(t *testing.T) {
	f := newFixture(t, sqlite(t))
	f.listen()
	health := func() (int, matrixin.Stats) {
		status, answer := f.do(http.MethodGet, "/health", "", "")
		var stats matrixin.Stats
		require.NoError(t, json.Unmarshal([]byte(answer), &stats))
		return status, stats
	}
	status, stats := health()
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "starting", stats.State)

	f.Ready()
	f.put(message("room", "a"), message("room", "b"), message("room", "b"), state(bot, "m.room.topic", "", `{"topic":"t"}`), `5`)
	status, stats = health()
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, matrixin.Stats{State: "ready", Waiting: 2, Transactions: 1, Events: 2, Known: 1, Echoes: 1, Undecodable: 1}, stats)
}

// TestSlowClientsAreCut: who sends half a header or half a body and then
// nothing loses the connection.
func TestSlowClientsAreCut(t *testing.T) {
	for name, sent := range map[string]string{
		"header": "PUT /_matrix",
		"body":   "PUT /_matrix/app/v1/transactions/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + hsToken + "\r\nContent-Length: 100\r\n\r\n{\"events\":",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, sqlite(t))
			header, request := f.SendWithin(50*time.Millisecond, 100*time.Millisecond)
			require.Equal(t, []time.Duration{10 * time.Second, time.Minute}, []time.Duration{header, request})
			f.listen()
			f.Ready()
			conn, err := net.Dial("tcp", f.Addr().String())
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			_, err = io.WriteString(conn, sent)
			require.NoError(t, err)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(soon)))
			answer, err := io.ReadAll(conn)
			require.NoError(t, err, "the server closes the connection")
			require.NotContains(t, string(answer), "200 OK")
		})
	}
}

// TestSlowHandlersAreNotCut: the limit on sending does not end a request whose
// handler works for longer.
func TestSlowHandlersAreNotCut(t *testing.T) {
	const limit = 50 * time.Millisecond
	f := newFixture(t, sqlite(t))
	f.SendWithin(limit, limit)
	cancelled := make(chan error, 1)
	f.as.Router.HandleFunc("POST /long", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		select {
		case <-time.After(6 * limit):
		case <-r.Context().Done():
		}
		cancelled <- r.Context().Err()
		_, _ = io.WriteString(w, "worked for long")
	})
	f.listen()
	status, answer := f.do(http.MethodPost, "/long", "", "{}")
	require.NoError(t, await(t, cancelled))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "worked for long", answer)
}

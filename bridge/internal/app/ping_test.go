package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheFrameworksPingIsAnswered(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: pingOnce{http.DefaultTransport}}

	resp, err := client.Post(server.URL+"/_matrix/client/v1/appservice/slack/ping?user_id=@bot:example.org", "application/json", strings.NewReader(`{}`))
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.JSONEq(t, `{"duration_ms":0}`, string(body))
	require.Zero(t, asked)

	for _, path := range []string{"/_matrix/client/v3/rooms/!r/send/m.room.message/ping", "/_matrix/client/v3/account/whoami"} {
		resp, err := client.Post(server.URL+path, "application/json", strings.NewReader(`{}`))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	require.Equal(t, 2, asked, "everything else goes out")
}

package logging_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/logging"
)

// TestAMessageThatIsRefusedIsNotLogged has the framework's own client fail to send
// what a person said.
func TestAMessageThatIsRefusedIsNotLogged(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"errcode":"M_FORBIDDEN","error":"no"}`))
	}))
	t.Cleanup(server.Close)
	client, err := mautrix.NewClient(server.URL, "@ghost:test", "")
	require.NoError(t, err)
	log, out := newLog(t, "trace", "json")
	_, err = client.SendText(logging.Zerolog(log).WithContext(t.Context()), "!room:test", "between us")
	require.ErrorIs(t, err, mautrix.MForbidden)
	require.NotEmpty(t, entries(t, out))
	require.NotContains(t, out.String(), "between us")
}

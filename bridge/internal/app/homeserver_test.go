package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"maunium.net/go/mautrix/bridgev2"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// silent is a service manager that is not there.
type silent struct{}

func (silent) Ready()        {}
func (silent) Status(string) {}
func (silent) Stopping()     {}

// waitFor waits for a homeserver at an address.
func waitFor(t *testing.T, address string) error {
	t.Helper()
	config, problems := settings.Parse("config.yaml", []byte(`
homeserver: {address: "`+address+`", domain: engines.test, startup_wait: 50ms}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
`))
	require.Empty(t, problems)
	a := &App{config: config, log: zap.NewNop(), status: silent{}, bridge: &bridgev2.Bridge{Log: zerolog.Nop()}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return a.awaitHomeserver(ctx)
}

// homeserver answers whoami with a status, and everything else about itself only
// to those who show no token that it does not know, as Synapse does.
func homeserver(t *testing.T, whoami int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := `{"versions": ["v1.11"]}`
		if r.URL.Path == "/_matrix/client/v3/account/whoami" {
			body = `{"user_id": "@slackbot:engines.test"}`
		}
		if r.Header.Get("Authorization") != "" && whoami != http.StatusOK {
			w.WriteHeader(whoami)
			body = `{"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token passed."}`
		}
		_, err := w.Write([]byte(body))
		require.NoError(t, err)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestHomeserverThatKnowsTheBridge(t *testing.T) {
	require.NoError(t, waitFor(t, homeserver(t, http.StatusOK)))
}

func TestHomeserverThatDoesNotKnowTheToken(t *testing.T) {
	err := waitFor(t, homeserver(t, http.StatusUnauthorized))
	require.ErrorContains(t, err, "does not accept the as_token")
	require.Equal(t, exit.Refused, exit.Of(err))
}

func TestHomeserverThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	err := waitFor(t, server.URL)
	require.ErrorContains(t, err, "does not answer")
	require.Equal(t, exit.Unavailable, exit.Of(err))
}

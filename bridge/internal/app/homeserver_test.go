package app

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/matrixin"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
)

const (
	asToken = "0123456789abcdef-as"
	hsToken = "0123456789abcdef-hs"
)

// silent is a service manager that is not there.
type silent struct{}

func (silent) Ready()        {}
func (silent) Status(string) {}
func (silent) Stopping()     {}

// at is a bridge whose homeserver is at an address.
func at(t *testing.T, address string) *App {
	t.Helper()
	config, problems := settings.Parse("config.yaml", []byte(`
homeserver: {address: "`+address+`", domain: engines.test, startup_wait: 50ms}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
appservice: {as_token: `+asToken+`, hs_token: `+hsToken+`}
`))
	require.Empty(t, problems)
	return &App{config: config, log: zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(secrettest.Log(t, asToken, hsToken)), zapcore.DebugLevel)), status: silent{}, server: &matrixin.Server{}}
}

// waitFor waits for a homeserver at an address.
func waitFor(t *testing.T, address string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := at(t, address).awaitHomeserver(ctx)
	if err != nil {
		secrettest.Check(t, "the error", err.Error(), asToken, hsToken)
	}
	return err
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

// answer is what a homeserver answers to one of the questions.
type answer struct {
	status int
	body   string
}

// TestHomeserverReady asks homeservers in every state in which one was seen.
func TestHomeserverReady(t *testing.T) {
	const versions, whoami, ping = "/_matrix/client/versions", "/_matrix/client/v3/account/whoami", "/_matrix/client/v1/appservice/slack/ping"
	well := map[string]answer{
		versions: {200, `{"versions": ["v1.7"]}`},
		whoami:   {200, `{"user_id": "@slackbot:engines.test"}`},
		ping:     {200, `{"duration_ms": 1}`},
	}
	for name, tc := range map[string]struct {
		answers map[string]answer
		code    exit.Code
		line    string
	}{
		"well":                         {},
		"no homeserver":                {map[string]answer{versions: {502, "Bad Gateway"}}, exit.Unavailable, "does not answer: HTTP 502"},
		"token unknown to versions":    {map[string]answer{versions: {401, `{"errcode": "M_UNKNOWN_TOKEN"}`}}, exit.Refused, "does not accept the as_token"},
		"token unknown to whoami":      {map[string]answer{whoami: {401, `{"errcode": "M_UNKNOWN_TOKEN"}`}}, exit.Refused, "does not accept the as_token"},
		"whoami breaks":                {map[string]answer{whoami: {500, `{"errcode": "M_UNKNOWN", "error": "oops"}`}}, exit.Unavailable, "oops"},
		"another bot":                  {map[string]answer{whoami: {200, `{"user_id": "@other:engines.test"}`}}, exit.Config, "is of @other:engines.test"},
		"old, without ping":            {map[string]answer{versions: {200, `{"versions": ["v1.4"]}`}, ping: {404, `{"errcode": "M_UNRECOGNIZED"}`}}, exit.OK, ""},
		"another hs_token":             {map[string]answer{ping: {502, `{"errcode": "M_BAD_STATUS", "status": 403, "body": "{}"}`}}, exit.Refused, "another hs_token than config.yaml"},
		"somebody else at the address": {map[string]answer{ping: {502, `{"errcode": "M_BAD_STATUS", "status": 404}`}}, exit.Unavailable, "is not the bridge (HTTP 404)"},
		"the bridge out of reach":      {map[string]answer{ping: {502, `{"errcode": "M_CONNECTION_FAILED"}`}}, exit.Unavailable, "cannot reach the bridge (M_CONNECTION_FAILED)"},
		"the bridge slow to reach":     {map[string]answer{ping: {504, `{"errcode": "M_CONNECTION_TIMEOUT"}`}}, exit.Unavailable, "cannot reach the bridge (M_CONNECTION_TIMEOUT)"},
		"no url":                       {map[string]answer{ping: {400, `{"errcode": "M_URL_NOT_SET"}`}}, exit.Config, "has no url"},
		"another id":                   {map[string]answer{ping: {403, `{"errcode": "M_FORBIDDEN"}`}}, exit.Config, "appservice.id: the registration at the homeserver has another id"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				said, odd := tc.answers[r.URL.Path]
				if !odd {
					said = well[r.URL.Path]
				}
				w.WriteHeader(said.status)
				_, _ = io.WriteString(w, said.body)
			}))
			defer server.Close()
			a := at(t, server.URL)
			client, err := mautrix.NewClient(server.URL, "", "token")
			require.NoError(t, err)
			client.DefaultHTTPRetries = 0

			reason := a.homeserverReady(t.Context(), client)
			if tc.code == exit.OK {
				require.Nil(t, reason)
				return
			}
			require.Equal(t, tc.code, reason.Code, reason.Line)
			require.Contains(t, reason.Line, tc.line)
		})
	}
}

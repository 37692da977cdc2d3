package app

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/appservice"

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
func (silent) Alive()        {}

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
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(secrettest.Log(t, asToken, hsToken)), zapcore.DebugLevel))
	as := appservice.Create()
	as.Registration = &appservice.Registration{ServerToken: hsToken}
	server := matrixin.New(matrixin.Config{AS: as, Log: log})
	require.NoError(t, server.Listen("127.0.0.1:0"))
	t.Cleanup(func() { server.Close(context.Background()) })
	return &App{config: config, log: log, life: newLife(silent{}), server: server}
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
		"well":                          {},
		"no homeserver":                 {map[string]answer{versions: {502, "Bad Gateway"}}, exit.Unavailable, "does not answer: HTTP 502"},
		"token unknown to versions":     {map[string]answer{versions: {401, `{"errcode": "M_UNKNOWN_TOKEN"}`}}, exit.Refused, "does not accept the as_token"},
		"token unknown to whoami":       {map[string]answer{whoami: {401, `{"errcode": "M_UNKNOWN_TOKEN"}`}}, exit.Refused, "does not accept the as_token"},
		"whoami breaks":                 {map[string]answer{whoami: {500, `{"errcode": "M_UNKNOWN", "error": "oops"}`}}, exit.Unavailable, "oops"},
		"another bot":                   {map[string]answer{whoami: {200, `{"user_id": "@other:engines.test"}`}}, exit.Config, "is of @other:engines.test"},
		"old, without ping":             {map[string]answer{versions: {200, `{"versions": ["v1.4"]}`}, ping: {404, `{"errcode": "M_UNRECOGNIZED"}`}}, exit.OK, ""},
		"another hs_token":              {map[string]answer{ping: {502, `{"errcode": "M_BAD_STATUS", "status": 403, "body": "{}"}`}}, exit.Refused, "another hs_token than config.yaml"},
		"another server at the address": {map[string]answer{ping: {502, `{"errcode": "M_BAD_STATUS", "status": 404}`}}, exit.Unavailable, "is not the bridge (HTTP 404)"},
		"the bridge out of reach":       {map[string]answer{ping: {502, `{"errcode": "M_CONNECTION_FAILED"}`}}, exit.Unavailable, "cannot reach the bridge (M_CONNECTION_FAILED)"},
		"the bridge slow to reach":      {map[string]answer{ping: {504, `{"errcode": "M_CONNECTION_TIMEOUT"}`}}, exit.Unavailable, "cannot reach the bridge (M_CONNECTION_TIMEOUT)"},
		"no url":                        {map[string]answer{ping: {400, `{"errcode": "M_URL_NOT_SET"}`}}, exit.Config, "has no url"},
		"continuwuity, no bridge":       {map[string]answer{ping: {500, `{"errcode": "M_UNKNOWN", "error": "Appservice \"slack\" returned unsuccessful HTTP response 404 Not Found at http://127.0.0.1:1"}`}}, exit.Unavailable, "is not the bridge (HTTP 404)"},
		"continuwuity, out of reach":    {map[string]answer{ping: {500, `{"errcode": "M_UNKNOWN", "error": "Request error: error sending request for url (http://127.0.0.1:1/_matrix/app/v1/ping?access_token=` + hsToken + `)"}`}}, exit.Unavailable, "cannot reach the bridge (M_UNKNOWN)"},
		"another id":                    {map[string]answer{ping: {403, `{"errcode": "M_FORBIDDEN"}`}}, exit.Config, "appservice.id: the registration at the homeserver has another id; install what `slack-bridge registration` writes and restart the homeserver; continuwuity takes it only after `!admin appservices unregister OLD_ID`"},
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
			secrettest.Check(t, "the error", reason.Line, asToken, hsToken)
		})
	}
}

// pingingHomeserver pings the bridge at an address with an hs_token of its own when it
// is asked to, and answers as continuwuity does if that fails: 500 M_UNKNOWN whatever
// the cause.
func pingingHomeserver(t *testing.T, bridge net.Addr, token string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_matrix/client/versions", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"versions": ["v1.7"]}`)
	})
	mux.HandleFunc("GET /_matrix/client/v3/account/whoami", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"user_id": "@slackbot:engines.test"}`)
	})
	mux.HandleFunc("POST /_matrix/client/v1/appservice/slack/ping", func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "http://"+bridge.String()+"/_matrix/app/v1/ping", r.Body)
		if !assert.NoError(t, err) {
			return
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if !assert.NoError(t, err) {
			return
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"errcode": "M_UNKNOWN", "error": "M_UNKNOWN: something failed"}`)
			return
		}
		_, _ = io.WriteString(w, `{"duration_ms": 1}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// TestHomeserverWithAnotherToken is told of a failed ping without the reason; the
// bridge's listener has seen why.
func TestHomeserverWithAnotherToken(t *testing.T) {
	a := at(t, "http://127.0.0.1:1")
	go func() { assert.NoError(t, a.server.Serve()) }()
	for _, tc := range []struct {
		name, token string
		code        exit.Code
	}{
		{"another", "fedcba9876543210-hs", exit.Refused},
		{"the same", hsToken, exit.OK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client, err := mautrix.NewClient(pingingHomeserver(t, a.server.Addr(), tc.token), "", "token")
			require.NoError(t, err)
			client.DefaultHTTPRetries = 0
			reason := a.homeserverReady(t.Context(), client)
			if tc.code == exit.OK {
				require.Nil(t, reason)
				return
			}
			require.NotNil(t, reason)
			require.Equal(t, tc.code, reason.Code, reason.Line)
			require.Contains(t, reason.Line, "another hs_token than config.yaml; install what `slack-bridge registration` writes")
		})
	}
}

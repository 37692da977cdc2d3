package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/bridgev2/matrix"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/database/databasetest"
)

// TestOddFieldsOfDecryptedEvents has the framework set up its encryption: what it decrypts is handed
// over whatever its fields are, and the token of /sync is saved late.
func TestOddFieldsOfDecryptedEvents(t *testing.T) {
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer := `{}`
		switch r.Method + " " + r.URL.Path {
		case "GET /_matrix/client/v3/login":
			answer = `{"flows":[{"type":"m.login.application_service"}]}`
		case "POST /_matrix/client/v3/login":
			answer = `{"user_id":"@bot:test","device_id":"D","access_token":"token"}`
		case "POST /_matrix/client/v3/keys/upload":
			answer = `{"one_time_key_counts":{"signed_curve25519":50}}`
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(home.Close)
	config := &bridgeconfig.Config{}
	config.Homeserver.Address, config.Homeserver.Domain = home.URL, "test"
	config.AppService.ID, config.AppService.Bot.Username = "slack", "bot"
	config.AppService.UsernameTemplate = "slack_{{.}}"
	config.Encryption.Allow, config.Encryption.PickleKey = true, "pickle"
	framework := matrix.NewConnector(config)
	network := connector.New(connector.Options{Log: zap.NewNop()})
	bridge := bridgev2.NewBridge("", databasetest.Open(t), zerolog.Nop(), &config.Bridge, framework, network, commands.NewProcessor)
	require.NoError(t, bridge.DB.Upgrade(t.Context()))
	require.NoError(t, framework.StateStore.Upgrade(t.Context()))

	own := ownCrypto{framework.Crypto}
	require.NoError(t, own.Init(t.Context()))
	late, ok := own.Client().Syncer.(lateSyncer)
	require.True(t, ok)
	machine, err := machineOf(late.Syncer)
	require.NoError(t, err)
	require.True(t, machine.IgnorePostDecryptionParseErrors)
}

// TestAnotherSyncerIsAnError: encryption that is not the framework's as it is known is not used as if
// it were.
func TestAnotherSyncerIsAnError(t *testing.T) {
	_, err := machineOf(mautrix.NewDefaultSyncer())
	require.ErrorContains(t, err, "*mautrix.DefaultSyncer")
}

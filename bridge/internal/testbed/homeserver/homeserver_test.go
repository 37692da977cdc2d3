package homeserver_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/homeserver"
	"ops-jrz1/bridge/internal/testbed/ports"
)

// TestHomeserver checks that each homeserver on this machine does what the testbed
// needs: it answers, registers appservices and calls them, registers people, and
// keeps everything over a restart.
func TestHomeserver(t *testing.T) {
	makers := map[string]func(homeserver.Config) (homeserver.Homeserver, error){
		"Synapse": func(c homeserver.Config) (homeserver.Homeserver, error) {
			return homeserver.Synapse(c, "../../../../.cache/synapse")
		},
	}
	if bin := os.Getenv("CONTINUWUITY_BIN"); bin != "" {
		makers["continuwuity"] = func(c homeserver.Config) (homeserver.Homeserver, error) {
			return homeserver.Continuwuity(c, bin)
		}
	}
	for name, make := range makers {
		t.Run(name, func(t *testing.T) { holds(t, make) })
	}
}

func holds(t *testing.T, make func(homeserver.Config) (homeserver.Homeserver, error)) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	pings := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_matrix/app/v1/ping" && r.Header.Get("Authorization") == "Bearer hs-secret" {
			_, _ = io.WriteString(w, "{}")
			return
		}
		http.NotFound(w, r)
	}))
	defer pings.Close()
	port, err := ports.Reserve()
	require.NoError(t, err)
	defer func() { require.NoError(t, port.Release()) }()

	dir := t.TempDir()
	server, err := make(homeserver.Config{
		Dir: dir, Log: filepath.Join(dir, "log"), ServerName: "bed.test", Port: port.Port,
		Registrations: []string{registration(t, dir, pings.URL)},
	})
	require.NoError(t, err)
	require.NoError(t, server.Start(ctx))
	t.Cleanup(server.Process().Kill)
	require.NoError(t, server.Register(ctx, homeserver.Account{Localpart: "ann", Password: "a long password"}))

	ann := login(ctx, t, server, "ann", "a long password")
	require.Equal(t, id.UserID("@ann:bed.test"), ann.UserID)
	room, err := ann.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "kept"})
	require.NoError(t, err)

	bot, err := mautrix.NewClient(server.URL(), "@bridgebot:bed.test", "as-secret")
	require.NoError(t, err)
	_, err = bot.AppservicePing(ctx, "bed", "txn")
	require.NoError(t, err, "the homeserver calls the appservice")

	require.NoError(t, server.Process().Stop(ctx))
	require.NoError(t, server.Start(ctx))
	t.Cleanup(server.Process().Kill)
	rooms, err := ann.JoinedRooms(ctx)
	require.NoError(t, err)
	require.Equal(t, []id.RoomID{room.RoomID}, rooms.JoinedRooms)
}

func registration(t *testing.T, dir, url string) string {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{
		"id": "bed", "url": url, "as_token": "as-secret", "hs_token": "hs-secret",
		"sender_localpart": "bridgebot", "rate_limited": false,
		"namespaces": map[string]any{"users": []any{map[string]any{"regex": "^@bed_.*:bed\\.test$", "exclusive": true}}},
	})
	require.NoError(t, err)
	path := filepath.Join(dir, "registration.yaml")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

func login(ctx context.Context, t *testing.T, server homeserver.Homeserver, name, password string) *mautrix.Client {
	t.Helper()
	client, err := mautrix.NewClient(server.URL(), "", "")
	require.NoError(t, err)
	_, err = client.Login(ctx, &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: password, StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: name},
	})
	require.NoError(t, err)
	return client
}

func TestSynapseSaysWhatIsMissing(t *testing.T) {
	_, err := homeserver.Synapse(homeserver.Config{Dir: t.TempDir()}, "/no/venv")
	require.EqualError(t, err, "Synapse is missing: no /no/venv/bin/python; run `scripts/setup-synapse.sh`")
}

func TestARegistrationThatCannotBeReadIsNamed(t *testing.T) {
	_, err := homeserver.Continuwuity(homeserver.Config{Dir: t.TempDir(), Registrations: []string{"/no/registration.yaml"}}, "")
	require.ErrorContains(t, err, "/no/registration.yaml")
}

// TestContinuwuityConfiguration shows that the registration's text survives TOML:
// quotes, backslashes of its regular expressions and line ends.
func TestContinuwuityConfiguration(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "registration.yaml")
	require.NoError(t, os.WriteFile(path, []byte("id: \"bed\"\nregex: '^@bed_.*:bed\\.test$'\n"), 0o600))
	_, err := homeserver.Continuwuity(homeserver.Config{Dir: dir, ServerName: "bed.test", Port: 8008, Registrations: []string{path}}, "")
	require.NoError(t, err)

	text, err := os.ReadFile(filepath.Join(dir, "continuwuity.toml"))
	require.NoError(t, err)
	require.Contains(t, string(text), `admin_execute = ["users create-user operator", "appservices register\n`+"```"+
		`\nid: \"bed\"\nregex: '^@bed_.*:bed\\.test$'\n`+"```"+`"]`)
	info, err := os.Stat(filepath.Join(dir, "continuwuity.toml"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

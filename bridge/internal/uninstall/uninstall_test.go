package uninstall_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/uninstall"
)

const (
	bot   = "@slackbot:engines.test"
	alice = "@slack_t1-u1:engines.test"
	ada   = "@ada:engines.test"
)

// home is a homeserver with one room that the bridge has made, #general, and one that it
// knows nothing of.
type home struct {
	*httptest.Server

	mu      sync.Mutex
	members map[string][]string
	aliases []string
	refuse  string // the user whose leaving fails
	denied  bool   // whether the token is refused
	did     []string
}

func newHome(t *testing.T) *home {
	h := &home{
		members: map[string][]string{"!general:engines.test": {ada, alice, bot}, "!other:engines.test": {ada, bot}},
		aliases: []string{"#slack_general:engines.test", "#people:engines.test"},
	}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *home) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	status, answer := h.answer(r)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (h *home) answer(r *http.Request) (int, any) {
	who := r.URL.Query().Get("user_id")
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3/"), "/")
	switch {
	case h.denied:
		return http.StatusUnauthorized, map[string]string{"errcode": "M_UNKNOWN_TOKEN", "error": "Unrecognised access token"}
	case parts[0] == "account":
		return http.StatusOK, map[string]string{"user_id": who}
	case parts[0] == "joined_rooms":
		rooms := []string{}
		for room, members := range h.members {
			if slices.Contains(members, who) {
				rooms = append(rooms, room)
			}
		}
		return http.StatusOK, map[string]any{"joined_rooms": rooms}
	case parts[0] == "directory" && r.Method == http.MethodDelete:
		h.aliases = slices.DeleteFunc(h.aliases, func(alias string) bool { return alias == parts[2] })
		return http.StatusOK, struct{}{}
	case parts[0] == "directory":
		return http.StatusOK, struct{}{}
	}
	room := parts[1]
	switch parts[2] {
	case "members":
		events := []any{}
		for _, member := range h.members[room] {
			events = append(events, map[string]any{"type": "m.room.member", "state_key": member, "content": map[string]string{"membership": "join"}})
		}
		return http.StatusOK, map[string]any{"chunk": events}
	case "aliases":
		return http.StatusOK, map[string]any{"aliases": h.aliases}
	case "kick":
		var body struct {
			User string `json:"user_id"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		h.out(room, body.User)
	case "leave":
		if who == h.refuse {
			return http.StatusInternalServerError, map[string]string{"errcode": "M_UNKNOWN", "error": "Internal server error"}
		}
		h.out(room, who)
	}
	return http.StatusOK, struct{}{}
}

func (h *home) out(room, user string) {
	h.did = append(h.did, user)
	h.members[room] = slices.DeleteFunc(h.members[room], func(member string) bool { return member == user })
}

// bridge is a configuration whose database has the portal of #general.
func bridge(t *testing.T, h *home) *settings.Config {
	t.Helper()
	text := fmt.Sprintf(`
homeserver: {domain: engines.test, address: %q}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
encryption: {pickle_key: 0123456789abcdef-pk}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
database: {type: sqlite3-fk-wal, uri: "file:%s?_txlock=immediate"}
`, h.URL, filepath.Join(t.TempDir(), "bridge.db"))
	config, problems := settings.Parse("config.yaml", []byte(text))
	require.NoError(t, problems.Err())
	db, err := database.OpenAlone(t.Context(), config, zerolog.Nop(), time.Minute)
	require.NoError(t, err)
	_, err = db.Exec(t.Context(), `INSERT INTO portal (bridge_id, id, receiver, mxid, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata)
		VALUES ('', 'T1-C1', '', '!general:engines.test', '#general', '', '', '', '', false, false, false, false, '', '{}')`)
	require.NoError(t, err)
	require.NoError(t, errors.Join(db.Close(), db.Unlock()))
	return config
}

func TestUninstall(t *testing.T) {
	h := newHome(t)
	options := uninstall.Options{Config: bridge(t, h), DryRun: true}
	report, err := uninstall.Uninstall(t.Context(), options)
	require.NoError(t, err)
	require.Equal(t, []string{"#general (!general:engines.test)"}, report.Made)
	require.Equal(t, []string{"!other:engines.test"}, report.Peoples)
	require.Equal(t, []string{"#slack_general:engines.test"}, report.Aliases)
	require.Equal(t, []int{3, 1}, []int{report.Memberships, report.People})
	require.Empty(t, h.did, "a dry run changes nothing")

	options.DryRun = false
	_, err = uninstall.Uninstall(t.Context(), options)
	require.NoError(t, err)
	require.Equal(t, []string{bot, ada, alice, bot}, h.did, "the bot is the last to leave a room")
	require.Equal(t, []string{"#people:engines.test"}, h.aliases, "other aliases stay")
	require.Equal(t, []string{ada}, h.members["!other:engines.test"])
}

func TestUninstallKeepsRooms(t *testing.T) {
	h := newHome(t)
	_, err := uninstall.Uninstall(t.Context(), uninstall.Options{Config: bridge(t, h), KeepRooms: true})
	require.NoError(t, err)
	require.Equal(t, []string{ada}, h.members["!general:engines.test"])
}

// TestUninstallGoesOn: what fails for one room is said, and done by the next run.
func TestUninstallGoesOn(t *testing.T) {
	h := newHome(t)
	h.refuse = alice
	options := uninstall.Options{Config: bridge(t, h)}
	report, err := uninstall.Uninstall(t.Context(), options)
	require.NoError(t, err)
	require.Len(t, report.Failed, 1)
	require.Contains(t, report.Failed[0], "#general (!general:engines.test): "+alice+" does not leave")
	require.Contains(t, report.String(), "not done: run it again\n")
	require.Equal(t, []string{alice, bot}, h.members["!general:engines.test"], "the next run finds the others by the bot")
	h.refuse = ""
	report, err = uninstall.Uninstall(t.Context(), options)
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	require.Empty(t, h.members["!general:engines.test"])
}

func TestUninstallRefuses(t *testing.T) {
	t.Run("a homeserver without the registration", func(t *testing.T) {
		h := newHome(t)
		h.denied = true
		_, err := uninstall.Uninstall(t.Context(), uninstall.Options{Config: bridge(t, h)})
		require.Equal(t, exit.Unavailable, exit.Of(err))
		require.ErrorContains(t, err, "uninstall while it still has the registration")
	})
	t.Run("while the bridge runs", func(t *testing.T) {
		h := newHome(t)
		config := bridge(t, h)
		running, err := database.OpenAlone(t.Context(), config, zerolog.Nop(), time.Minute)
		require.NoError(t, err)
		defer func() { require.NoError(t, errors.Join(running.Close(), running.Unlock())) }()
		_, err = uninstall.Uninstall(context.WithoutCancel(t.Context()), uninstall.Options{Config: config})
		require.Error(t, err)
		require.Empty(t, h.did)
	})
}

package doctor

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/database/upgrades"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackapp"
)

var update = flag.Bool("update", false, "rewrite the golden files and the reference page")

// scenario is one way in which a host is not as it should be.
type scenario struct {
	break_ func(*world)
	exit   exit.Code
}

// scenarios are named after their golden files.
func scenarios() map[string]scenario {
	return map[string]scenario{
		"all-is-well": {func(*world) {}, exit.OK},

		"configuration-missing": {func(w *world) { require.NoError(w.t, os.Remove(w.options.Config)) }, exit.Config},
		"configuration-with-mistakes": {func(w *world) {
			w.set("homeserver.domain", "example.com")
			w.set("network.nonsense", 1)
		}, exit.Config},
		"registration-missing": {func(w *world) { require.NoError(w.t, os.Remove(w.path("registration.yaml"))) }, exit.Config},
		"registration-older": {func(w *world) {
			w.set("appservice.bot", map[string]any{"username": "bridgebot"})
			w.whoami.body = map[string]any{"user_id": "@bridgebot:engines.test"}
		}, exit.Config},

		"units-down": {func(w *world) {
			w.units[1].Active, w.units[1].Result, w.units[1].ExitStatus = "failed", "exit-code", 78
			w.units = append(w.units, Unit{Name: "continuwuity.service", Load: "loaded", Active: "activating", Sub: "start", Status: "waiting"})
		}, exit.Unavailable},
		"units-hidden": {func(w *world) { w.unitsError = errors.New("systemctl show: exit status 1") }, exit.Unavailable},
		"units-named":  {func(w *world) { w.options.Units = []string{"slack-bridge.service", "nginx.service"} }, exit.Unavailable},

		"database-newer":   {func(w *world) { w.exec("UPDATE version SET version=1000, compat=1000") }, exit.Config},
		"database-unused":  {func(w *world) { w.exec("DROP TABLE slack_inbox_version") }, exit.TryAgain},
		"database-missing": {func(w *world) { require.NoError(w.t, os.Remove(w.path("bridge.db"))) }, exit.TryAgain},
		"bridge-on-no-address": {func(w *world) {
			w.bridge.Close()
			w.set("appservice.hostname", "192.0.2.1")
		}, exit.Config},
		"database-nowhere": {func(w *world) { w.set("database.uri", "file:"+w.path("no/such/folder/bridge.db")+"?_txlock=immediate") }, exit.CannotWrite},
		"database-foreign": {func(w *world) { w.exec("UPDATE database_owner SET owner='megabridge/mautrix-signal'") }, exit.Config},
		"database-damaged": {func(w *world) {
			for _, log := range []string{"bridge.db-wal", "bridge.db-shm"} { // SQLite would read the tables from it
				require.NoError(w.t, os.RemoveAll(w.path(log)))
			}
			require.NoError(w.t, os.WriteFile(w.path("bridge.db"), []byte("no database, but long enough"), 0o600))
		}, exit.Data},
		"database-unreachable": {func(w *world) {
			w.config["database"] = map[string]any{"type": "postgres", "uri": "postgresql://ada:lovelace-1815@127.0.0.1:1/bridge?sslmode=disable"}
			w.writeConfig()
		}, exit.Unavailable},

		"homeserver-silent":  {func(w *world) { w.homeserver.Close() }, exit.Unavailable},
		"homeserver-on-ipv6": {func(w *world) { w.set("homeserver.address", onIPv6(w.homeserver.URL)) }, exit.Unavailable},
		"bridge-on-ipv6": {func(w *world) {
			w.set("appservice.address", onIPv6(w.bridge.URL))
			w.register()
		}, exit.Unavailable},
		"homeserver-elsewhere": {func(w *world) { w.set("homeserver.address", w.slack.URL()) }, exit.Unavailable},
		"homeserver-no-matrix": {func(w *world) { w.versions = map[string]any{"hello": "world"} }, exit.Unavailable},
		"homeserver-old":       {func(w *world) { w.versions = map[string]any{"versions": []string{"v1.1", "v1.2"}} }, exit.Unavailable},
		"token-refused": {func(w *world) {
			w.set("appservice.as_token", "fedcba9876543210-as")
			w.register()
		}, exit.Refused},
		"token-of-another": {func(w *world) { w.whoami.body = map[string]any{"user_id": "@slackbot:looms.test"} }, exit.Config},
		"token-unclear":    {func(w *world) { w.whoami = respond{500, map[string]any{"errcode": "M_UNKNOWN", "error": "Oops"}} }, exit.Unavailable},

		"bridge-silent":   {func(w *world) { w.bridge.Close() }, exit.Unavailable},
		"bridge-starting": {func(w *world) { w.health = respond{503, map[string]any{"state": "starting"}} }, exit.TryAgain},
		"bridge-another":  {func(w *world) { w.health = respond{200, "hello"} }, exit.Unavailable},
		"ping-failed": {func(w *world) {
			w.pingError = &respond{502, map[string]any{"errcode": "M_CONNECTION_FAILED", "error": "Connection refused"}}
		}, exit.Unavailable},
		"ping-refused":         {func(w *world) { w.knows = "another" }, exit.Refused},
		"ping-refused-vaguely": {func(w *world) { w.knows, w.vague = "another", true }, exit.Refused},
		"ping-failed-vaguely": {func(w *world) {
			w.pingError = &respond{500, map[string]any{"errcode": "M_UNKNOWN", "error": "Request error: error sending request for url (http://127.0.0.1:29319/_matrix/app/v1/ping?access_token=" + hsToken + ")"}}
		}, exit.Unavailable},
		"ping-other-id": {func(w *world) {
			w.pingError = &respond{403, map[string]any{"errcode": "M_FORBIDDEN", "error": "Appservices can only ping themselves"}}
		}, exit.Config},
		"ping-astray": {func(w *world) {
			w.pingError = &respond{502, map[string]any{"errcode": "M_BAD_STATUS", "error": "Bad gateway", "status": 404}}
		}, exit.Unavailable},
		"ping-no-url": {func(w *world) {
			w.pingError = &respond{400, map[string]any{"errcode": "M_URL_NOT_SET", "error": "URL not set"}}
		}, exit.Config},
		"ping-unsupported": {func(w *world) {
			w.pingError = &respond{404, map[string]any{"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}}
		}, exit.OK},

		"namespaces-without-ghosts":  {func(w *world) { w.namespaces = []string{"@bridge_", "#slack_"} }, exit.OK},
		"namespaces-without-aliases": {func(w *world) { w.namespaces = []string{"@slack_"} }, exit.OK},

		// The bridge is up, and messages do not cross.
		"running-without-socket": {func(w *world) { w.closeSocket() }, exit.OK},
		"running-silent":         {func(w *world) { w.statusError = errors.New("stuck") }, exit.OK},
		"running-closed":         {func(w *world) { require.NoError(w.t, os.Chmod(w.path("control.sock"), 0o666)) }, exit.OK},
		"running-other-config":   {func(w *world) { w.status.Configuration = "another" }, exit.OK},
		"running-no-delivery": {func(w *world) {
			w.status.Homeserver.Delivers, w.status.Homeserver.Waiting = false, w.now.Add(-10*time.Minute)
		}, exit.Unavailable},
		"running-never-delivered": {func(w *world) {
			w.status.Homeserver = operator.HomeserverStatus{Waiting: w.now.Add(-10 * time.Minute)}
		}, exit.Unavailable},
		"running-delivery-unknown": {func(w *world) {
			w.status.Homeserver = operator.HomeserverStatus{Waiting: w.now.Add(-time.Second)}
		}, exit.OK},
		"running-no-socket": {func(w *world) {
			w.status.Logins[0] = operator.LoginStatus{Login: "T1-B1", State: "waiting", Message: "too many sockets"}
		}, exit.OK},
		"running-without-logins": {func(w *world) { w.status.Logins = nil }, exit.OK},
		"running-behind": {func(w *world) {
			w.status.Inbox[0].Waiting, w.status.Inbox[0].Oldest = 3, w.now.Add(-time.Hour)
			w.status.Inbox[1].Parked = 2
		}, exit.OK},
		"running-inbox-unknown": {func(w *world) { w.status.Incomplete = "the database does not answer" }, exit.OK},
		"selftest-not-asked":    {func(w *world) { w.options.Deep = false }, exit.OK},
		"selftest-not-set":      {func(w *world) { w.set("network.selftest_channel", "") }, exit.OK},
		"selftest-refused": {func(w *world) {
			w.selfTest = operator.SelfTest{Problem: "slack chat.postMessage: is_archived; unarchive the channel"}
		}, exit.OK},
		"selftest-lost": {func(w *world) { w.selfTest.Echoed = false }, exit.OK},
		"selftest-left": {func(w *world) {
			w.selfTest.Deleted, w.selfTest.Problem = false, "slack chat.delete: cant_delete_message"
		}, exit.OK},
		"selftest-follows": {func(w *world) {
			w.selfTest.Echoed = false
			w.changeApp(control.AppRequest{RemoveEvents: allEvents()})
		}, exit.OK},
		"cause-ping-refused": {func(w *world) {
			w.health, w.knows = respond{503, map[string]any{"state": "starting"}}, "another"
		}, exit.Refused},
		"cause-ping-refused-vaguely": {func(w *world) {
			w.health, w.knows, w.vague = respond{503, map[string]any{"state": "starting"}}, "another", true
		}, exit.Refused},
		"cause-ping-other-id": {func(w *world) {
			w.failUnit(unitBridge, int(exit.Config))
			w.bridge.Close()
			require.NoError(w.t, os.Remove(w.path("bridge.db")))
			w.pingError = &respond{403, map[string]any{"errcode": "M_FORBIDDEN", "error": "Appservices can only ping themselves"}}
		}, exit.Config},
		"cause-first-start": {func(w *world) {
			require.NoError(w.t, os.Remove(w.path("bridge.db")))
			w.homeserver.Close()
			w.bridge.Close()
		}, exit.Unavailable},
		"cause-ping-failed": {func(w *world) {
			w.pingError = &respond{502, map[string]any{"errcode": "M_CONNECTION_FAILED", "error": "Connection refused"}}
			w.status.Homeserver.Delivers, w.status.Homeserver.Waiting = false, w.now.Add(-10*time.Minute)
		}, exit.Unavailable},

		"rooms-of-an-older-homeserver": {func(w *world) {
			for _, name := range []string{"looms", "mills", "pits", "works"} {
				w.addPortal(name)
			}
		}, exit.OK},
		"rooms-of-an-older-database": {func(w *world) {
			w.exec("DELETE FROM portal")
			info := map[string]any{"bridgebot": "@slackbot:engines.test"}
			w.joined.body = map[string]any{"joined_rooms": []string{"!general", "!desk", "!replaced", "!another"}}
			w.roomState = map[string]any{
				"!general/state/m.bridge/engines.test/slack":  info,
				"!replaced/state/m.bridge/engines.test/slack": info,
				"!replaced/state/m.room.tombstone/":           map[string]any{"replacement_room": "!general"},
				"!another/state/m.bridge/engines.test/slack":  map[string]any{"bridgebot": "@other:engines.test"},
			}
		}, exit.OK},
		"disk-full":     {func(w *world) { w.free = 5 << 20 }, exit.OK},
		"disk-low":      {func(w *world) { w.free = 500 << 20 }, exit.OK},
		"rooms-unknown": {func(w *world) { w.joined = respond{500, map[string]any{"errcode": "M_UNKNOWN", "error": "Oops"}} }, exit.OK},

		// One cause, and what follows from it.
		"cause-homeserver-down": {func(w *world) {
			w.failUnit(unitContinuwuity, 1)
			w.failUnit(unitBridge, int(exit.Unavailable))
			w.homeserver.Close()
			w.bridge.Close()
		}, exit.Unavailable},
		"cause-postgres-down": {func(w *world) {
			w.failUnit(unitPostgres, 1)
			w.failUnit(unitBridge, int(exit.Unavailable))
			w.config["database"] = map[string]any{"type": "postgres", "uri": "postgresql://ada:lovelace-1815@127.0.0.1:1/bridge?sslmode=disable"}
			w.writeConfig()
			w.bridge.Close()
		}, exit.Unavailable},
		"cause-database-newer": {func(w *world) {
			w.failUnit(unitBridge, int(exit.Config))
			w.exec("UPDATE version SET version=1000, compat=1000")
			w.bridge.Close()
		}, exit.Config},
		"cause-token-refused": {func(w *world) {
			w.failUnit(unitBridge, int(exit.Refused))
			w.set("appservice.as_token", "fedcba9876543210-as")
			w.register()
			w.bridge.Close()
		}, exit.Refused},
		"cause-configuration": {func(w *world) {
			w.failUnit(unitBridge, int(exit.Config))
			w.set("network.nonsense", 1)
			w.bridge.Close()
		}, exit.Config},
		"cause-bridge-down": {func(w *world) {
			w.failUnit(unitBridge, int(exit.Software))
			w.bridge.Close()
		}, exit.Unavailable},

		"proxy-silent": {func(w *world) { w.proxy.Close() }, exit.Unavailable},
		"proxy-astray": {func(w *world) { w.shows = func(string) bool { return false } }, exit.Unavailable},
		"proxy-open":   {func(w *world) { w.shows = func(string) bool { return true } }, exit.Config},
		"proxy-without-faces": {func(w *world) {
			w.shows = func(path string) bool { return strings.HasPrefix(path, "/_matrix/client/") }
		}, exit.OK},
		"proxy-faces-of-another-bridge": {func(w *world) { w.faces.Key = secret.New("another") }, exit.OK},
		"proxy-faces-elsewhere":         {func(w *world) { w.set("appservice.public_address", "https://pictures.test/of") }, exit.OK},
		"proxy-faces-not-wanted": {func(w *world) {
			w.set("appservice.public_address", "")
			w.shows = func(path string) bool { return strings.HasPrefix(path, "/_matrix/client/") }
		}, exit.OK},
		"well-known-missing": {func(w *world) { w.wellKnown = nil }, exit.OK},
		"well-known-elsewhere": {func(w *world) {
			w.wellKnown["client"] = map[string]any{"m.homeserver": map[string]any{"base_url": "https://matrix.engines.test"}}
			w.wellKnown["server"] = "hello"
		}, exit.OK},
		"uploads-smaller": {func(w *world) { w.largest = 1 << 20 }, exit.OK},
		"uploads-unknown": {func(w *world) { w.uploads = respond{500, map[string]any{"errcode": "M_UNKNOWN", "error": "Oops"}} }, exit.OK},
		"proxy-not-asked": {func(w *world) {
			w.options.Proxy, w.options.Public = nil, nil
		}, exit.OK},

		// A first deployment, before there are tokens and a name.
		"first-day": {func(w *world) {
			w.writeTokens("", "\n")
			w.hosts = nil
			w.noRoots = true
		}, exit.OK},
		"no-login-declared": {func(w *world) { w.set("network.logins", []any{}) }, exit.OK},
		"tokens-swapped":    {func(w *world) { w.writeTokens(w.app, w.bot) }, exit.Config},
		"tokens-of-two-apps": {func(w *world) {
			w.writeTokens(w.bot, "xapp-"+"1-A0LOOM0001-1-abcdef")
		}, exit.OK},
		"token-revoked": {func(w *world) {
			require.NoError(w.t, w.control.RevokeTokens(w.t.Context(), control.TokenRequest{App: app, Kind: workspace.BotToken}))
		}, exit.OK},
		"socket-mode-off": {func(w *world) { w.changeApp(control.AppRequest{SocketMode: new(bool)}) }, exit.OK},
		"scopes-fewer":    {func(w *world) { w.changeApp(control.AppRequest{RemoveScopes: []string{"reactions:read"}}) }, exit.OK},
		"scopes-missing": {func(w *world) {
			w.changeApp(control.AppRequest{RemoveScopes: []string{"chat:write", "channels:join", "reactions:read"}})
		}, exit.OK},
		"events-missing": {func(w *world) { w.changeApp(control.AppRequest{RemoveEvents: allEvents()}) }, exit.OK},
		"events-fewer": {func(w *world) {
			w.changeApp(control.AppRequest{RemoveEvents: []string{"reaction_added", "team_join"}})
		}, exit.OK},
		"events-required":                 {func(w *world) { w.changeApp(control.AppRequest{RemoveEvents: []string{"message.channels"}}) }, exit.OK},
		"configuration-token-expired":     {func(w *world) { w.later(13 * time.Hour) }, exit.OK},
		"configuration-token-not-there":   {func(w *world) { require.NoError(w.t, os.Remove(w.path("tokens"))) }, exit.OK},
		"configuration-token-to-exchange": {func(w *world) { w.writeConfigurationToken("xoxe" + "-1-refresh") }, exit.OK},
		"clock-ahead":                     {func(w *world) { w.now = w.now.Add(2*time.Hour + 30*time.Second) }, exit.OK},
		"clock-behind":                    {func(w *world) { w.now = w.now.Add(-10*time.Minute - 10*time.Second) }, exit.OK},
		"channels-outside": {func(w *world) {
			w.set("network.channels", map[string]any{
				"include": []string{"#general", "launch", "team-*", "old"}, "exclude": []string{"old"},
				"rooms": []any{map[string]any{"channel": "C0NOWHERE1", "room": "#plans:engines.test"}},
			})
		}, exit.OK},
		"channels-unknown": {func(w *world) {
			w.set("network.channels", map[string]any{"include": []string{"general"}})
			require.NoError(w.t, w.control.FailCalls(w.t.Context(), web.Fault{Method: "users.conversations", Times: -1, Error: "fatal_error"}))
			w.options.Timeout = time.Second
		}, exit.OK},
		"slack-failing": {func(w *world) {
			w.options.Timeout = time.Second
			require.NoError(w.t, w.control.FailCalls(w.t.Context(), web.Fault{Times: -1, Status: 503}))
		}, exit.OK},

		"dns-elsewhere": {func(w *world) { w.hosts["engines.test"] = []string{"198.51.100.1"} }, exit.OK},
		"certificate-ending": {func(w *world) {
			w.laterThan(w.certificate.NotAfter.Add(-72 * time.Hour))
		}, exit.OK},
		"certificate-expired": {func(w *world) { w.laterThan(w.certificate.NotAfter.Add(time.Hour)) }, exit.OK},
		"certificate-other-name": {func(w *world) {
			w.options.Public = []string{"looms.test"}
			w.hosts["looms.test"] = []string{"203.0.113.7"}
		}, exit.OK},
		"no-tls":     {func(w *world) { w.options.Proxy = parsed(w.t, strings.Replace(w.bridge.URL, "http:", "https:", 1)) }, exit.Unavailable},
		"dns-silent": {func(w *world) { w.hosts["engines.test"] = nil; w.resolverFails = true }, exit.OK},
	}
}

func TestScenarios(t *testing.T) {
	for name, tc := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.break_(w)
			report := w.run()
			var text, encoded bytes.Buffer
			require.NoError(t, report.WriteText(&text))
			require.NoError(t, report.WriteJSON(&encoded))
			golden(t, name+".golden", notWell(w.plainly(text.String()), name == "all-is-well"))
			if slices.Contains(asJSON(), name) {
				golden(t, name+".json", w.plainly(encoded.String()))
			}
			require.Equal(t, tc.exit, exit.Of(report.Err()))
			require.Equal(t, tc.exit, report.Exit)
			requireNoSecret(t, w, text.String()+encoded.String())

			again, err := ReadReport(&encoded)
			require.NoError(t, err)
			var printed bytes.Buffer
			require.NoError(t, again.WriteText(&printed))
			require.Equal(t, text.String(), printed.String(), "a report that was stored says the same")
		})
	}
}

// asJSON are the scenarios whose report for programs is recorded as well. Deployments
// are tried with them, in tests/deploy.
func asJSON() []string { return []string{"first-day", "token-refused"} }

// notWell leaves out the checks that found nothing.
func notWell(text string, all bool) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if all || !strings.HasPrefix(line, "ok ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func requireNoSecret(t *testing.T, w *world, shown string) {
	t.Helper()
	secrettest.Check(t, "the report", shown, asToken, hsToken, shared, faceKey, w.bot, w.app, "lovelace-1815", "fedcba9876543210")
}

// TestEveryKindIsShown holds the table of findings against the scenarios: there is
// none that no scenario finds, and none that stands twice.
func TestEveryKindIsShown(t *testing.T) {
	all := ""
	for name := range scenarios() {
		data, err := os.ReadFile(filepath.Join("testdata", name+".golden"))
		require.NoError(t, err)
		all += string(data)
	}
	// The stack test finds it, with a PostgreSQL server of its own: testDatabase.
	found := outdatedDatabases([]string{"forgejo", "template1"})
	require.Len(t, found, 1)
	require.Equal(t, "sorted by another version of the C library: forgejo, template1", found[0].Title)
	require.Contains(t, found[0].Cure, `psql -d forgejo -c 'REINDEX DATABASE "forgejo"'`)
	require.Empty(t, outdatedDatabases(nil))
	all += "[" + found[0].Code + "]"

	seen := map[code]bool{}
	for _, k := range kinds() {
		require.False(t, seen[k.code], "%s stands twice", k.code)
		seen[k.code] = true
		require.Contains(t, all, "["+string(k.code)+"]", "no scenario finds it")
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run the tests with -update and read what changed")
	require.Equal(t, string(want), got)
}

func sqliteVersion(*testing.T) string {
	version, _, _ := sqlite3.Version()
	return "SQLite " + version
}

func frameworkVersion() int { return len(upgrades.Table) }

// allEvents are the events that the app subscribes to.
func allEvents() (names []string) {
	for _, row := range slackapp.Events() {
		names = append(names, row.Name)
	}
	return names
}

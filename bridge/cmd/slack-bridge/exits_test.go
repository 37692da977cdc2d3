package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/testbed/ports"
)

// TestExitCodesAgree: `slack-bridge doctor` ends with the code of `slack-bridge run` for the
// same fault, before and after the bridge has tried, unless a case says why not.
func TestExitCodesAgree(t *testing.T) {
	for name, tc := range map[string]struct {
		breaks func(h *host)
		code   exit.Code
		// during: the doctor is asked while the bridge waits. Only a bridge that is there shows
		// the fault; when it has ended, no bridge answers (docs/reference/doctor.md).
		during bool
		// doctor is the doctor's code if it is another one, and why (docs/reference/doctor.md).
		doctor exit.Code
		why    string
	}{
		"no configuration":              {breaks: func(h *host) { h.remove("config.yaml") }, code: exit.Config},
		"the configuration is a folder": {breaks: func(h *host) { h.remove("config.yaml"); h.folder("config.yaml") }, code: exit.Config},
		"broken YAML":                   {breaks: func(h *host) { h.write("config.yaml", "homeserver: [") }, code: exit.Config},
		"an unknown key":                {breaks: func(h *host) { h.set("homeserver.domian: other.test") }, code: exit.Config},
		"a value of another type":       {breaks: func(h *host) { h.set("appservice.port: none") }, code: exit.Config},
		"the example as it is": {breaks: func(h *host) {
			h.set("appservice.as_token: This value is generated when generating the registration", "bridge.permissions: {example.com: user}")
		}, code: exit.Config},
		"tokens to be generated":     {breaks: func(h *host) { h.set("appservice.as_token: generate", "appservice.hs_token: generate") }, code: exit.Config},
		"a proxy that is no address": {breaks: func(h *host) { h.env = append(h.env, "HTTPS_PROXY=http://ann:Xy7/Secret@127.0.0.1:3128") }, code: exit.Config},

		"a token file that cannot be read": {breaks: func(h *host) { h.login("bot", "app"); h.folder("bot") }, code: exit.Config},
		"token files that are swapped": {breaks: func(h *host) {
			h.login("bot", "app")
			h.write("bot", "xapp"+"-1-A0B1-22-ffeeffee")
			h.write("app", "xoxb"+"-11111-22222-ffeeffee")
		}, code: exit.Config},
		"one token for two logins": {breaks: func(h *host) {
			h.login("bot", "app", "bot2", "app2")
			h.write("bot", "xoxb"+"-11111-22222-ffeeffee")
			h.write("bot2", "xoxb"+"-11111-22222-ffeeffee")
		}, code: exit.Config},
		// A token that is missing is waited for and is no exit code: it is the homeserver's.
		"no token files and no homeserver": {breaks: func(h *host) { h.login("bot", "app"); h.homeserver.Close() }, code: exit.Unavailable},

		"no folder for the database": {breaks: func(h *host) {
			h.set("database.uri: file:" + h.path("no/such/folder/bridge.db") + "?_txlock=immediate")
		}, code: exit.CannotWrite},
		"a folder as the database": {breaks: func(h *host) { h.folder("bridge.db") }, code: exit.CannotWrite},
		"a damaged database":       {breaks: func(h *host) { h.write("bridge.db", strings.Repeat("This is a letter and no database. ", 9)) }, code: exit.Data},
		"no database server": {breaks: func(h *host) {
			h.set("database.type: postgres", "database.uri: postgresql:///bridge?host="+h.path("nowhere"))
		}, code: exit.Unavailable},
		"a database of a newer bridge":   {breaks: func(h *host) { h.database("UPDATE version SET version=1000, compat=1000") }, code: exit.Config},
		"a database of another bridge's": {breaks: func(h *host) { h.database("UPDATE database_owner SET owner='megabridge/mautrix-signal'") }, code: exit.Config},

		"no homeserver": {breaks: func(h *host) { h.homeserver.Close() }, code: exit.Unavailable},
		"no homeserver and a database from before": {breaks: func(h *host) {
			h.database("")
			h.homeserver.Close()
		}, code: exit.Unavailable},
		"something else at the homeserver's address": {breaks: func(h *host) { h.homeserver.Config.Handler = http.NotFoundHandler() }, code: exit.Unavailable},
		"an as_token that is not known":              {breaks: func(h *host) { h.answers.asToken = "another-as-token-0123456789" }, code: exit.Refused},
		"an as_token that is taken away on the way":  {breaks: func(h *host) { h.answers.stripped = true }, code: exit.Refused},
		"the registration of another bot":            {breaks: func(h *host) { h.answers.bot = "@otherbot:engines.test" }, code: exit.Config},
		"a registration with another id":             {breaks: func(h *host) { h.answers.id = "other" }, code: exit.Config},
		"a registration without a url":               {breaks: func(h *host) { h.answers.url = "" }, code: exit.Config},
		"the port is another program's": {breaks: func(h *host) {
			other := h.serve(http.NotFoundHandler())
			h.set("appservice.port: "+portOf(other.URL), "appservice.address: "+other.URL)
		}, code: exit.Unavailable},

		"an older hs_token at the homeserver": {breaks: func(h *host) { h.answers.hsToken = "another-hs-token-0123456789" }, code: exit.Refused, during: true},
		"something between that refuses": {breaks: func(h *host) {
			h.answers.url = h.serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })).URL
		}, code: exit.Unavailable, during: true},
		"a url that leads nowhere": {breaks: func(h *host) { h.answers.url = "http://127.0.0.1:" + reservedPort(t) }, code: exit.Unavailable, during: true},

		"an address of another machine": {breaks: func(h *host) { h.set("appservice.hostname: 192.0.2.1") }, code: exit.Config},
		"a spool that cannot be written": {
			breaks: func(h *host) { h.write("spool", ""); h.set("media.spool_folder: spool/of/files") }, code: exit.CannotWrite,
			doctor: exit.Unavailable, why: "it changes nothing, so it does not try to write: no bridge answers",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			tc.breaks(h)
			h.register()
			want := tc.code
			if tc.why != "" {
				want = tc.doctor
			}
			if !tc.during {
				require.Equal(t, int(want), h.ask(), "the doctor, before\n%s", h.said)
			}
			run := h.launch()
			if tc.during {
				run.await("Waiting for the homeserver")
				require.Equal(t, int(want), h.ask(), "the doctor, meanwhile\n%s", h.said)
			}
			require.Equal(t, int(tc.code), run.end(), "the bridge\n%s", run.log())
			if !tc.during {
				require.Equal(t, int(want), h.ask(), "the doctor, afterwards\n%s", h.said)
			}
		})
	}
}

// host has a configuration without a mistake, a homeserver that takes the bridge, and nothing
// else. A case breaks something of it.
type host struct {
	t          *testing.T
	dir        string
	settings   []string
	env        []string
	homeserver *httptest.Server
	answers    *homeserver
	said       string
}

// The homeserver's and the bridge's tokens.
const (
	hostAS = "0123456789abcdef-as"
	hostHS = "0123456789abcdef-hs"
)

func newHost(t *testing.T) *host {
	bridge := "http://127.0.0.1:" + reservedPort(t)
	h := &host{t: t, dir: t.TempDir(), answers: &homeserver{asToken: hostAS, hsToken: hostHS, bot: "@slackbot:engines.test", id: "slack", url: bridge}}
	h.homeserver = h.serve(h.answers)
	h.set(
		"homeserver.domain: engines.test", "homeserver.address: "+h.homeserver.URL, "homeserver.startup_wait: 4s",
		`bridge.permissions: {"@ada:engines.test": admin}`,
		"appservice.as_token: "+hostAS, "appservice.hs_token: "+hostHS, "appservice.address: "+bridge, "appservice.port: "+portOf(bridge),
		"provisioning.shared_secret: 0123456789abcdef-ps", "faces.signing_key: 0123456789abcdef-fs",
		"database.type: sqlite3-fk-wal", "database.uri: file:"+h.path("bridge.db")+"?_txlock=immediate",
		`operator.address: ""`,
	)
	return h
}

func (h *host) path(name string) string { return filepath.Join(h.dir, name) }

func (h *host) write(name, text string) {
	require.NoError(h.t, os.WriteFile(h.path(name), []byte(text), 0o600))
}

func (h *host) folder(name string) { require.NoError(h.t, os.MkdirAll(h.path(name), 0o700)) }

func (h *host) remove(name string) { require.NoError(h.t, os.Remove(h.path(name))) }

func (h *host) serve(handler http.Handler) *httptest.Server {
	server := httptest.NewServer(handler)
	h.t.Cleanup(server.Close)
	return server
}

// set writes keys, each as "section.key: value"; a later one replaces an earlier one.
func (h *host) set(lines ...string) {
	h.settings = append(h.settings, lines...)
	sections, order := map[string]map[string]string{}, []string{}
	for _, line := range h.settings {
		path, value, _ := strings.Cut(line, ": ")
		section, key, _ := strings.Cut(path, ".")
		if sections[section] == nil {
			sections[section] = map[string]string{}
			order = append(order, section)
		}
		sections[section][key] = value
	}
	var text strings.Builder
	for _, section := range order {
		text.WriteString(section + ":\n")
		for key, value := range sections[section] {
			text.WriteString("  " + key + ": " + value + "\n")
		}
	}
	h.write("config.yaml", text.String())
}

// login declares logins with pairs of token files, none of which is there.
func (h *host) login(files ...string) {
	var logins []string
	for i := 0; i < len(files); i += 2 {
		logins = append(logins, fmt.Sprintf(`{owner: "@ada:engines.test", bot_token_file: %q, app_token_file: %q}`, h.path(files[i]), h.path(files[i+1])))
	}
	h.set("network.logins: [" + strings.Join(logins, ", ") + "]")
}

// database makes the tables that a bridge of this version makes, and changes them.
func (h *host) database(query string) {
	config, problems := settings.Read(h.path("config.yaml"))
	require.NoError(h.t, problems.Err())
	db, err := database.Open(h.t.Context(), config, zerolog.Nop())
	require.NoError(h.t, err)
	_, err = inbox.Open(h.t.Context(), inbox.Options{DB: db, DBLog: dbutil.NoopLogger})
	require.NoError(h.t, err)
	_, err = slackdb.Open(h.t.Context(), db, dbutil.NoopLogger)
	require.NoError(h.t, err)
	_, err = db.Exec(h.t.Context(), query)
	require.NoError(h.t, err)
	require.NoError(h.t, db.Close())
}

// register writes the registration; without a configuration that can be read there is none.
func (h *host) register() {
	if _, problems := settings.Read(h.path("config.yaml")); problems == nil {
		out, err := h.command("registration").CombinedOutput()
		require.NoError(h.t, err, string(out))
	}
}

func (h *host) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(h.t.Context(), program, args...)
	cmd.Dir, cmd.Env = h.dir, append(os.Environ(), h.env...)
	return cmd
}

// ask has the doctor look and returns its code.
func (h *host) ask() int {
	out, err := h.command("doctor", "--timeout", "20s").CombinedOutput()
	h.said = string(out)
	require.Empty(h.t, secret.Find(h.said))
	require.NotContains(h.t, h.said, "Xy7")
	return codeOf(h.t, err)
}

// launched is a bridge that was started.
type launched struct {
	t    *testing.T
	cmd  *exec.Cmd
	path string
}

func (h *host) launch() *launched {
	l := &launched{t: h.t, cmd: h.command("run"), path: h.path("log")}
	written, err := os.Create(l.path)
	require.NoError(h.t, err)
	l.cmd.Stderr = written
	require.NoError(h.t, l.cmd.Start())
	require.NoError(h.t, written.Close())
	return l
}

func (l *launched) log() string {
	written, err := os.ReadFile(l.path)
	require.NoError(l.t, err)
	return string(written)
}

func (l *launched) await(text string) {
	require.Eventually(l.t, func() bool { return strings.Contains(l.log(), text) }, time.Minute, 10*time.Millisecond, l.log())
}

func (l *launched) end() int { return codeOf(l.t, l.cmd.Wait()) }

func codeOf(t *testing.T, err error) int {
	t.Helper()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return failed.ExitCode()
	}
	require.NoError(t, err)
	return 0
}

// reservedPort is a port that no other test of this machine takes.
func reservedPort(t *testing.T) string {
	t.Helper()
	reserved, err := ports.Reserve()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, reserved.Release()) })
	return strconv.Itoa(reserved.Port)
}

func portOf(address string) string { return address[strings.LastIndex(address, ":")+1:] }

package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/face"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/registration"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
)

// Secrets of the world; none of them may be shown.
const (
	asToken = "0123456789abcdef-as"
	hsToken = "0123456789abcdef-hs"
	shared  = "0123456789abcdef-ps"
	faceKey = "0123456789abcdef-fs"
)

// app is the emulator's app that is the bridge.
const app = "A0BRIDGE01"

// world is a host on which everything is well: a homeserver and a bridge of a few
// lines, a web server in front, a database of the real program's, the emulated
// workspace and systemd's answers. Cases change its fields.
type world struct {
	t   *testing.T
	dir string

	// homeserver answers with these; ping reaches the bridge over HTTP unless an
	// error stands here.
	versions any
	whoami   respond
	// joined is what it says of the bot's rooms; roomState are state events by the room, the
	// type and the key.
	joined    respond
	roomState map[string]any
	pingError *respond
	// health is the bridge's answer, knows the token that it takes.
	health respond
	knows  string
	// vague has the homeserver answer 500 M_UNKNOWN to a ping that failed, whatever the
	// cause, as continuwuity does; refused is how many pings the bridge has refused.
	vague   bool
	refused atomic.Int64
	// namespaces are the user and the alias that the homeserver takes for the bridge's, each by
	// its beginning; queries is how often it asked the bridge for an alias.
	namespaces []string
	queries    atomic.Int64
	// faces are the links of the bridge that the web server leads to.
	faces face.Links
	// shows is what the web server passes on.
	shows func(path string) bool
	// wellKnown are the files by which the homeserver is found, by the end of their path;
	// uploads is what the homeserver says of files, and largest what the web server takes.
	wellKnown map[string]any
	uploads   respond
	largest   int64

	homeserver, bridge, proxy *httptest.Server
	slack                     *emulator.Emulator
	control                   *control.Client
	bot, app                  string

	config  map[string]any
	options Options
	// status is what the running bridge says of itself; its configuration is that of the
	// file unless one is named here.
	status      operator.Status
	statusError error
	socket      *operator.Server
	// selfTest is what the running bridge says of a self-test.
	selfTest operator.SelfTest
	units    []Unit
	// unitsError is what systemctl says instead.
	unitsError error
	hosts      map[string][]string
	now        time.Time
	free       uint64
	// noRoots takes the web server's certificate for a self-signed one.
	noRoots bool
	// resolverFails makes every look-up time out.
	resolverFails bool
	certificate   *x509.Certificate
}

// respond is an answer in JSON.
type respond struct {
	status int
	body   any
}

func (r respond) to(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(r.body)
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, dir: t.TempDir(),
		versions:   map[string]any{"versions": []string{"v1.1", "v1.4", "v1.11"}},
		whoami:     respond{200, map[string]any{"user_id": "@slackbot:engines.test"}},
		joined:     respond{200, map[string]any{"joined_rooms": []string{"!general", "!desk"}}},
		health:     respond{200, map[string]any{"state": "ready", "events_waiting": 0}},
		knows:      hsToken,
		namespaces: []string{"@slack_", "#slack_"},
		faces:      face.Links{Key: secret.New(faceKey)},
		shows: func(path string) bool {
			return strings.HasPrefix(path, "/_matrix/client/") || strings.HasPrefix(path, face.Path)
		},
		wellKnown: map[string]any{
			"client": map[string]any{"m.homeserver": map[string]any{"base_url": "https://engines.test"}},
			"server": map[string]any{"m.server": "engines.test:443"},
		},
		selfTest: operator.SelfTest{Posted: true, Echoed: true, Deleted: true, TookMS: 12},
		uploads:  respond{200, map[string]any{"m.upload.size": 50 << 20}},
		largest:  50 << 20,
		hosts:    map[string][]string{"engines.test": {"203.0.113.7"}},
		now:      time.Now(),
		free:     8 << 30,
	}
	w.homeserver = w.serve(httptest.NewServer, w.serveHomeserver)
	w.bridge = w.serve(httptest.NewServer, w.serveBridge)
	w.proxy = w.serve(w.startTLS, w.serveProxy)
	w.startSlack()
	for _, name := range usualUnits()[:2] {
		w.units = append(w.units, Unit{Name: name, Load: "loaded", Active: "active", Sub: "running", Result: "success"})
	}
	w.writeTokens(w.bot, w.app)
	w.writeConfigurationToken(w.slack.Workspace.IssueConfiguration("U0ANN00001", "", "").Token)
	w.config = map[string]any{
		"homeserver": map[string]any{"domain": "engines.test", "address": w.homeserver.URL},
		"bridge":     map[string]any{"permissions": map[string]any{"@ada:engines.test": "admin"}},
		"appservice": map[string]any{
			"as_token": asToken, "hs_token": hsToken, "address": w.bridge.URL, "public_address": "https://engines.test",
		},
		"provisioning": map[string]any{"shared_secret": shared},
		"faces":        map[string]any{"signing_key": faceKey},
		"database":     map[string]any{"type": "sqlite3-fk-wal", "uri": "file:" + w.path("bridge.db") + "?_txlock=immediate"},
		"network": map[string]any{
			"slack_api_url": w.slack.APIURL(), "slack_time_scale": 0.01, "selftest_channel": "#general",
			"logins": []any{map[string]any{"owner": "@ada:engines.test", "bot_token_file": "bot", "app_token_file": "app"}},
		},
	}
	w.options = Options{
		Config: w.path("config.yaml"), Timeout: time.Minute, Deep: true, Proxy: parsed(t, w.proxy.URL), Public: []string{"engines.test"}, Tokens: w.path("tokens"),
	}
	w.writeConfig()
	w.register()
	w.migrate()
	w.addPortal("general")
	w.serveOperator()
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) serve(start func(http.Handler) *httptest.Server, handle http.HandlerFunc) *httptest.Server {
	server := start(handle)
	w.t.Cleanup(server.Close)
	return server
}

// startTLS starts a server with a certificate for engines.test.
func (w *world) startTLS(handler http.Handler) *httptest.Server {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(w.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "engines.test"}, DNSNames: []string{"engines.test"},
		NotBefore: w.now.Add(-time.Hour), NotAfter: time.Date(2150, 3, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(w.t, err)
	w.certificate, err = x509.ParseCertificate(der)
	require.NoError(w.t, err)
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	return server
}

func (w *world) startSlack() {
	pace, rates := clock.New(0.01), 100.0
	w.t.Cleanup(pace.Close)
	var err error
	w.slack, err = emulator.Start(emulator.Options{Clock: pace, RateScale: &rates})
	require.NoError(w.t, err)
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(w.t, w.slack.Close(ctx))
	})
	w.control = control.New(w.slack.URL())
	w.bot, w.app = w.slack.Workspace.Tokens(app)
}

func (w *world) writeTokens(bot, app string) {
	require.NoError(w.t, os.WriteFile(w.path("bot"), []byte(bot), 0o600))
	require.NoError(w.t, os.WriteFile(w.path("app"), []byte(app), 0o600))
}

// writeConfigurationToken gives the operator a token for manifests.
func (w *world) writeConfigurationToken(token string) {
	require.NoError(w.t, os.WriteFile(w.path("tokens"), []byte(token), 0o600))
}

// writeConfig writes the configuration; JSON is YAML too.
func (w *world) writeConfig() {
	data, err := json.MarshalIndent(w.config, "", "  ")
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(w.options.Config, data, 0o600))
}

// changeApp changes the Slack app.
func (w *world) changeApp(r control.AppRequest) {
	_, err := w.control.ChangeApp(w.t.Context(), r)
	require.NoError(w.t, err)
}

// set changes a key of the configuration, such as homeserver.address.
func (w *world) set(key string, value any) {
	section, name, _ := strings.Cut(key, ".")
	w.config[section].(map[string]any)[name] = value
	w.writeConfig()
}

func (w *world) load() *settings.Config {
	config, problems := settings.Load(w.options.Config)
	require.Empty(w.t, problems)
	return config
}

func (w *world) register() {
	_, err := registration.Write(w.path("registration.yaml"), w.load())
	require.NoError(w.t, err)
}

// migrate makes the tables as the bridge does.
func (w *world) migrate() {
	db, err := database.Open(w.t.Context(), w.load(), zerolog.Nop())
	require.NoError(w.t, err)
	_, err = inbox.Open(w.t.Context(), inbox.Options{DB: db, DBLog: dbutil.NoopLogger})
	require.NoError(w.t, err)
	_, err = slackdb.Open(w.t.Context(), db, dbutil.NoopLogger)
	require.NoError(w.t, err)
	require.NoError(w.t, db.Close())
}

// exec changes the database.
func (w *world) exec(query string) {
	db, err := dbutil.NewFromConfig("", w.load().Database, dbutil.NoopLogger)
	require.NoError(w.t, err)
	_, err = db.Exec(w.t.Context(), query)
	require.NoError(w.t, err)
	require.NoError(w.t, db.Close())
}

// addPortal has the database name a conversation's room.
func (w *world) addPortal(name string) {
	w.exec(fmt.Sprintf(`INSERT INTO portal (bridge_id, id, receiver, mxid, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata)
		VALUES ('', 'T1-%[1]s', '', '!%[1]s', '', '', '', '', '', false, false, false, false, '', '{}')`, name))
}

// serveHomeserver refuses a token that it does not know wherever one is shown, as
// Synapse does.
func (w *world) serveHomeserver(rw http.ResponseWriter, r *http.Request) {
	if shown := r.Header.Get("Authorization"); shown != "" && shown != "Bearer "+asToken {
		respond{401, map[string]any{"errcode": "M_UNKNOWN_TOKEN", "error": "Unknown access token."}}.to(rw)
		return
	}
	if content, known := w.roomState[strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3/rooms/")]; known {
		respond{200, content}.to(rw)
		return
	}
	switch r.URL.Path {
	case "/_matrix/client/versions":
		respond{200, w.versions}.to(rw)
	case "/_matrix/client/v3/account/whoami":
		if as := r.URL.Query().Get("user_id"); as != "" {
			w.answerAs(rw, as)
			return
		}
		w.whoami.to(rw)
	case "/_matrix/client/v3/directory/room/#slack_doctor.check:engines.test":
		if w.isNamespaces("#slack_doctor.check") {
			w.queries.Add(1)
		}
		respond{404, map[string]any{"errcode": "M_NOT_FOUND", "error": "Room alias not found."}}.to(rw)
	case "/_matrix/client/v3/joined_rooms":
		w.joined.to(rw)
	case "/_matrix/client/v1/media/config":
		w.uploads.to(rw)
	case "/_matrix/client/v1/appservice/slack/ping":
		w.answerPing(rw, r)
	default:
		errcode := "M_UNRECOGNIZED"
		if strings.Contains(r.URL.Path, "/state/") {
			errcode = "M_NOT_FOUND"
		}
		respond{404, map[string]any{"errcode": errcode}}.to(rw)
	}
}

// answerAs answers as Synapse does: of a user in the namespace it does not know.
func (w *world) answerAs(rw http.ResponseWriter, user string) {
	text := "Application service has not registered this user (" + user + ")"
	if !w.isNamespaces(user) {
		text = "Application service cannot masquerade as this user (" + user + ")."
	}
	respond{403, map[string]any{"errcode": "M_FORBIDDEN", "error": text}}.to(rw)
}

func (w *world) isNamespaces(name string) bool {
	return slices.ContainsFunc(w.namespaces, func(beginning string) bool { return strings.HasPrefix(name, beginning) })
}

// answerPing asks the bridge, as a homeserver does.
func (w *world) answerPing(rw http.ResponseWriter, r *http.Request) {
	if w.pingError != nil {
		w.pingError.to(rw)
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, w.bridge.URL+"/_matrix/app/v1/ping", r.Body)
	require.NoError(w.t, err)
	request.Header.Set("Authorization", "Bearer "+hsToken)
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		respond{502, map[string]any{"errcode": "M_CONNECTION_FAILED", "error": "Connection refused"}}.to(rw)
		return
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusOK:
	case w.vague:
		respond{500, map[string]any{"errcode": "M_UNKNOWN", "error": "M_UNKNOWN: something failed"}}.to(rw)
		return
	default:
		respond{502, map[string]any{"errcode": "M_BAD_STATUS", "error": "refused", "status": answer.StatusCode}}.to(rw)
		return
	}
	respond{200, map[string]any{"duration_ms": 3}}.to(rw)
}

func (w *world) serveBridge(rw http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/health":
		answer := w.health
		if body, ok := answer.body.(map[string]any); ok {
			body = maps.Clone(body)
			body["pings_refused"], body["alias_queries"] = w.refused.Load(), w.queries.Load()
			answer.body = body
		}
		answer.to(rw)
	case strings.HasPrefix(r.URL.Path, face.Path):
		face.NewHandler(face.Config{Links: w.faces}).ServeHTTP(rw, r)
	case r.Header.Get("Authorization") != "Bearer "+w.knows:
		w.refused.Add(1)
		respond{403, map[string]any{"errcode": "M_FORBIDDEN"}}.to(rw)
	default:
		respond{200, struct{}{}}.to(rw)
	}
}

// serveOperator answers at the operators' socket.
func (w *world) serveOperator() {
	w.status = operator.Status{
		Version: "v1.2.3", Started: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Phase: operator.Up,
		Logins:     []operator.LoginStatus{{Login: "T1-B1", State: "connected"}},
		Homeserver: operator.HomeserverStatus{Transactions: "ready", Delivers: true, Proven: w.now.Add(-time.Minute)},
		Inbox:      []operator.SourceStatus{{Source: "matrix"}, {Source: "slack:T1-B1"}},
	}
	var err error
	w.socket, err = operator.Listen(w.path("control.sock"))
	require.NoError(w.t, err)
	served := make(chan error, 1)
	go func() {
		status := func(context.Context) (operator.Status, error) {
			status := w.status
			if config, _ := settings.Read(w.options.Config); config != nil && status.Configuration == "" {
				status.Configuration = config.Digest
			}
			return status, w.statusError
		}
		selfTest := func(context.Context, time.Duration) operator.SelfTest { return w.selfTest }
		served <- w.socket.Serve(operator.Verbs{Status: status, SelfTest: selfTest}, zap.NewNop())
	}()
	w.t.Cleanup(func() {
		w.closeSocket()
		require.NoError(w.t, <-served)
	})
}

// closeSocket ends the operators' socket.
func (w *world) closeSocket() {
	require.NoError(w.t, w.socket.Close(context.WithoutCancel(w.t.Context())))
}

func (w *world) serveProxy(rw http.ResponseWriter, r *http.Request) {
	file, found := strings.CutPrefix(r.URL.Path, "/.well-known/matrix/")
	content, there := w.wellKnown[file]
	switch {
	case r.Host == "engines.test" && found && there:
		respond{200, content}.to(rw)
	case r.Host == "engines.test" && r.URL.Path == uploadPath:
		if r.ContentLength > w.largest {
			rw.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = io.ReadAll(r.Body) // as nginx does before it passes anything on
	case r.Host != "engines.test" || !w.shows(r.URL.Path):
		http.NotFound(rw, r)
	case strings.HasPrefix(r.URL.Path, "/_matrix/client/"):
		w.serveHomeserver(rw, r)
	default:
		w.serveBridge(rw, r)
	}
}

// run has everything looked at.
func (w *world) run() Report {
	o := w.options
	roots := x509.NewCertPool()
	if !w.noRoots {
		roots.AddCert(w.certificate)
	}
	o.Machine = Machine{
		Units: func(_ context.Context, names []string) ([]Unit, error) { return w.answerUnits(names), w.unitsError },
		LookupHost: func(_ context.Context, name string) ([]string, error) {
			if w.resolverFails {
				return nil, &net.DNSError{Name: name, Err: "i/o timeout", IsTimeout: true}
			}
			if addresses, known := w.hosts[name]; known {
				return addresses, nil
			}
			return nil, &net.DNSError{Name: name, Err: "no such host", IsNotFound: true}
		},
		Addresses: func() ([]net.Addr, error) {
			return []net.Addr{&net.IPNet{IP: net.IPv4(127, 0, 0, 1)}, &net.IPNet{IP: net.IPv4(203, 0, 113, 7)}}, nil
		},
		Free: func(folder string) (free, disk uint64, err error) {
			if folder == w.dir {
				return w.free, 1, nil
			}
			return 0, 0, os.ErrNotExist
		},
		Roots: roots,
		Now:   func() time.Time { return w.now },
		Every: time.Millisecond,
	}
	return Run(w.t.Context(), o)
}

func (w *world) answerUnits(names []string) []Unit {
	var units []Unit
	for _, name := range names {
		unit := Unit{Name: name, Load: "not-found", Active: "inactive"}
		for _, u := range w.units {
			if u.Name == name {
				unit = u
			}
		}
		units = append(units, unit)
	}
	return units
}

// later moves this machine's clock and Slack's.
func (w *world) later(d time.Duration) {
	w.now = w.now.Add(d)
	w.slack.Clock.Step(d)
}

// laterThan makes it a time at which the operator's tokens for manifests have ended long
// since.
func (w *world) laterThan(t time.Time) {
	w.later(t.Sub(w.now))
	w.options.Tokens = ""
}

// failUnit has a unit fail with an exit status.
func (w *world) failUnit(name string, status int) {
	w.units = slices.DeleteFunc(w.units, func(u Unit) bool { return u.Name == name })
	w.units = append(w.units, Unit{Name: name, Load: "loaded", Active: "failed", Sub: "failed", Result: "exit-code", ExitStatus: status})
}

// plainly takes out of a text what differs from run to run.
func (w *world) plainly(text string) string {
	for _, each := range []struct{ from, to string }{
		{w.homeserver.URL, "http://HOMESERVER"},
		{onIPv6(w.homeserver.URL), "http://[::1]:HOMESERVER"},
		{onIPv6(w.bridge.URL), "http://[::1]:BRIDGE"},
		{w.bridge.URL, "http://BRIDGE"},
		{w.proxy.URL, "https://PROXY"},
		{strings.TrimPrefix(w.bridge.URL, "http://"), "BRIDGE"},
		{w.slack.APIURL(), "http://SLACK/"},
		{w.slack.URL(), "http://SLACK"},
		{w.dir, "DIR"},
		{sqliteVersion(w.t), "SQLITE"},
		{fmt.Sprintf("tables of version %d", frameworkVersion()), "tables of version N"},
	} {
		text = strings.ReplaceAll(text, each.from, each.to)
	}
	return text
}

func parsed(t *testing.T, address string) *url.URL {
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u
}

// onIPv6 is an address with ::1 in the place of 127.0.0.1.
func onIPv6(address string) string { return strings.Replace(address, "127.0.0.1", "[::1]", 1) }

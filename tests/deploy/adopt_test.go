package deploy_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tokens of the older setup.
const (
	oldASToken   = "old-as-0123456789abcdef"
	oldHSToken   = "old-hs-0123456789abcdef"
	oldPickleKey = "old-pickle-0123456789"
)

// newOldHost makes a host as the older setup of the mission left it, with a real
// PostgreSQL.
func newOldHost(t *testing.T) *host {
	t.Helper()
	h := newHost(t)
	h.write("root/var/lib/matrix-continuwuity/db/CURRENT", "MANIFEST-000001\n")
	h.write("root/var/lib/matrix-continuwuity/db/000001.sst", "rooms")
	h.write("root/var/lib/matrix-continuwuity/db/media/one", "picture")
	h.write("root/var/lib/matrix-appservices/irc.yaml", "id: irc\nas_token: another\nhs_token: another\n")
	h.write("root/var/lib/matrix-appservices/slack-registration.yaml",
		"# made by the bridge\nid: slack\nurl: http://127.0.0.1:29319\nas_token: "+oldASToken+"\nhs_token: \""+oldHSToken+"\" # keep\nsender_localpart: slackbot\n")
	h.write("root/var/lib/mautrix_slack/config.yaml",
		"appservice:\n    as_token: "+oldASToken+"\nencryption:\n    allow: true\n    pickle_key: "+oldPickleKey+"\nlogging:\n    pickle_key: no\n")
	for _, unit := range []string{"matrix-continuwuity.service", "mautrix-slack.service"} {
		h.say("active/" + unit)
	}
	h.startPostgreSQL()
	h.sql("postgres", "CREATE ROLE mautrix_slack LOGIN")
	h.sql("postgres", "CREATE DATABASE mautrix_slack OWNER mautrix_slack")
	h.sql("mautrix_slack", "SET ROLE mautrix_slack; CREATE TABLE portal (id text); INSERT INTO portal VALUES ('T-C')")
	return h
}

// postgresPrograms is where PostgreSQL's programs are.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	require.NoError(t, err)
	require.NotEmpty(t, found, "scripts/setup-postgres.sh installs PostgreSQL")
	return found[len(found)-1]
}

// startPostgreSQL gives the host a server of its own, whose programs take the place of
// the stand-ins.
func (h *host) startPostgreSQL() {
	h.t.Helper()
	// A short path: that of a socket may have 107 characters.
	folder, err := os.MkdirTemp("", "pg")
	require.NoError(h.t, err)
	h.t.Cleanup(func() { require.NoError(h.t, os.RemoveAll(folder)) })
	programs := postgresPrograms(h.t)
	data := filepath.Join(folder, "data")
	h.asPostgres(folder, filepath.Join(programs, "initdb"), "-U", "postgres", "-A", "trust", "-D", data)
	h.asPostgres(folder, filepath.Join(programs, "pg_ctl"), "-D", data, "-w", "-l", filepath.Join(folder, "log"), "-o", "-c fsync=off -k "+folder+" -c listen_addresses=", "start")
	h.t.Cleanup(func() {
		h.asPostgres(folder, filepath.Join(programs, "pg_ctl"), "-D", data, "-m", "immediate", "stop")
	})
	for _, name := range []string{"psql", "pg_dump"} {
		h.write("shims/"+name, "#!/bin/sh\nexport PGHOST="+folder+" PGUSER=postgres\nexec "+filepath.Join(programs, name)+" \"$@\"\n")
		require.NoError(h.t, os.Chmod(filepath.Join(h.dir, "shims", name), 0o755))
	}
}

// asPostgres runs a program of the server's, which refuses to be root.
func (h *host) asPostgres(folder, program string, args ...string) {
	h.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = folder
	if os.Getuid() == 0 {
		someone, err := user.Lookup("postgres")
		require.NoError(h.t, err)
		uid, err := strconv.ParseUint(someone.Uid, 10, 32)
		require.NoError(h.t, err)
		gid, err := strconv.ParseUint(someone.Gid, 10, 32)
		require.NoError(h.t, err)
		require.NoError(h.t, os.Chown(folder, int(uid), int(gid)))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	out, err := cmd.CombinedOutput()
	require.NoError(h.t, err, "%s: %s", program, out)
}

// sql asks the host's server.
func (h *host) sql(database, query string) string {
	h.t.Helper()
	return strings.TrimSpace(h.command(filepath.Join(h.dir, "shims/psql"), "-AtqX", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", query))
}

func TestAdoptDryRunChangesNothing(t *testing.T) {
	h := newOldHost(t)
	before := snapshot(t, h.root)
	got := h.deploy("adopt", "--dry-run")
	require.Equal(t, 0, got.code)
	golden(t, "adopt-dry-run.golden", strings.ReplaceAll(got.said, h.root, "ROOT"))
	require.Equal(t, before, snapshot(t, h.root))
	require.Equal(t, "mautrix_slack\npostgres", h.sql("postgres", "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1"))
	require.Empty(t, h.calls("systemctl stop"))
}

func TestAdopt(t *testing.T) {
	h := newOldHost(t)
	require.Equal(t, 78, h.deploy().code, "a deployment next to the old state is refused")
	got := h.deploy("adopt")
	require.Equal(t, 0, got.code)
	for _, hidden := range []string{oldASToken, oldHSToken, oldPickleKey} {
		require.NotContains(t, got.said, hidden)
	}

	require.Equal(t, "rooms", h.read("root/var/lib/private/continuwuity/000001.sst"))
	require.Equal(t, "picture", h.read("root/var/lib/private/continuwuity/media/one"))
	require.Equal(t, "rooms", h.read("root/var/lib/matrix-continuwuity/db/000001.sst"), "the old one stays")
	require.False(t, h.exists("root/var/lib/private/continuwuity.part"))

	require.Equal(t, "postgres\nslack_bridge", h.sql("postgres", "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1"))
	require.Equal(t, "T-C", h.sql("slack_bridge", "SET ROLE slack_bridge; UPDATE portal SET id = id; SELECT id FROM portal"))
	require.Equal(t, "slack_bridge", h.sql("postgres", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'slack_bridge'"))
	require.Contains(t, h.command("zstd", "-dcq", h.only("root/var/lib/ops-deploy/dumps/adopt/*.zstd")), "CREATE TABLE public.portal")

	for name, want := range map[string]string{
		"appservice.as_token": oldASToken, "appservice.hs_token": oldHSToken, "encryption.pickle_key": oldPickleKey,
	} {
		require.Equal(t, want, h.read("root/var/lib/slack-bridge/secrets/"+name))
		info, err := os.Stat(filepath.Join(h.root, "var/lib/slack-bridge/secrets", name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	require.False(t, h.exists("standin/active/matrix-continuwuity.service"))
	require.False(t, h.exists("standin/active/mautrix-slack.service"))

	before := withoutLock(snapshot(t, h.root))
	got = h.deploy("adopt")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "nothing to take over")
	require.Equal(t, before, withoutLock(snapshot(t, h.root)))
	require.Equal(t, 0, h.deploy("--dry-run").code, "and now it can be deployed")
}

// TestAdoptIntoARoleThatIsThere: after a first deployment next to the old setup, the new
// role and an empty database are there already.
func TestAdoptIntoARoleThatIsThere(t *testing.T) {
	h := newOldHost(t)
	h.sql("postgres", "CREATE ROLE slack_bridge LOGIN")
	h.sql("postgres", "CREATE DATABASE slack_bridge OWNER slack_bridge")
	require.Equal(t, 0, h.deploy("adopt").code)
	require.Equal(t, "T-C", h.sql("slack_bridge", "SET ROLE slack_bridge; UPDATE portal SET id = id; SELECT id FROM portal"))
}

// TestAdoptFromTheSuperuser: the old database, and a table that was loaded into it, are
// the superuser's, whose things cannot be reassigned as a whole.
func TestAdoptFromTheSuperuser(t *testing.T) {
	for _, role := range []string{"the old role", "a role that is there"} {
		t.Run(role, func(t *testing.T) {
			h := newOldHost(t)
			h.sql("postgres", "ALTER DATABASE mautrix_slack OWNER TO postgres")
			h.sql("mautrix_slack", "CREATE TABLE message (id serial); CREATE VIEW one AS SELECT 1; INSERT INTO message DEFAULT VALUES")
			if role != "the old role" {
				h.sql("postgres", "CREATE ROLE slack_bridge LOGIN")
			}
			require.Equal(t, 0, h.deploy("adopt").code)
			require.Equal(t, "T-C\n2", h.sql("slack_bridge", "SET ROLE slack_bridge; ALTER TABLE portal ADD more text; SELECT id FROM portal; INSERT INTO message DEFAULT VALUES RETURNING id"))
			require.Equal(t, "slack_bridge", h.sql("slack_bridge", "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
			require.Equal(t, "slack_bridge", h.sql("postgres", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'slack_bridge'"))
		})
	}
}

// TestAdoptThatFails: it says which services are stopped, and goes on when it is run
// again.
func TestAdoptThatFails(t *testing.T) {
	h := newOldHost(t)
	h.write("shims/cp", "#!/bin/sh\necho 'cp: No space left on device' >&2\nexit 1\n")
	require.NoError(t, os.Chmod(filepath.Join(h.dir, "shims/cp"), 0o755))
	got := h.deploy("adopt")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "systemctl start matrix-continuwuity.service\n")
	require.NoError(t, os.Remove(filepath.Join(h.dir, "shims/cp")))
	require.Equal(t, 0, h.deploy("adopt").code)
	require.Equal(t, "rooms", h.read("root/var/lib/private/continuwuity/000001.sst"))
}

// TestAdoptOtherHomeservers: those that continuwuity descends from, wherever NixOS's
// modules have put them.
func TestAdoptOtherHomeservers(t *testing.T) {
	for unit, folder := range map[string]string{"conduwuit": "conduwuit", "conduit": "matrix-conduit"} {
		t.Run(unit, func(t *testing.T) {
			h := newHost(t)
			require.NoError(t, os.RemoveAll(filepath.Join(h.root, "var/lib/postgresql")))
			h.write("root/var/lib/private/"+folder+"/CURRENT", "MANIFEST-000001\n")
			h.write("root/var/lib/private/"+folder+"/000001.sst", "rooms")
			// systemd's link of a service with a user of its own for the time it runs.
			h.link("root/var/lib/"+folder, "private/"+folder)
			h.write("standin/active/"+unit+".service", "activating\n")
			require.Equal(t, 78, h.deploy().code)

			got := h.deploy("adopt")
			require.Equal(t, 0, got.code)
			require.Contains(t, got.said, "stop "+unit+".service", "one that is only starting")
			require.False(t, h.exists("standin/active/"+unit+".service"))
			require.Equal(t, "rooms", h.read("root/var/lib/private/continuwuity/000001.sst"))
			require.Equal(t, "rooms", h.read("root/var/lib/private/"+folder+"/000001.sst"), "the old one stays")
			require.Equal(t, 0, h.deploy("--dry-run").code)

			// A mark without a copy is nothing that was taken over.
			require.NoError(t, os.RemoveAll(filepath.Join(h.root, "var/lib/private/continuwuity")))
			require.Equal(t, 78, h.deploy("--dry-run").code)
			require.Equal(t, 0, h.deploy("adopt").code)
			require.Equal(t, "rooms", h.read("root/var/lib/private/continuwuity/000001.sst"))
		})
	}
}

// TestAdoptObstacles: two of something cannot become one; nothing is touched then.
func TestAdoptObstacles(t *testing.T) {
	for name, tc := range map[string]struct {
		obstacle func(*host)
		said     string
	}{
		"two homeservers": {func(h *host) { h.write("root/var/lib/private/continuwuity/CURRENT", "") }, "both hold a homeserver"},
		"an older homeserver that ran again": {func(h *host) {
			h.write("root/var/lib/private/continuwuity/CURRENT", "")
			h.write("root/var/lib/matrix-continuwuity/adopted", "")
			h.command("touch", "-d", "2026-01-01", h.root+"/var/lib/matrix-continuwuity/adopted")
		}, "has run since it was taken over"},
		"no homeserver": {func(h *host) {
			require.NoError(h.t, os.Remove(filepath.Join(h.root, "var/lib/matrix-continuwuity/db/CURRENT")))
		}, "no database of RocksDB (there is no file CURRENT), which cannot be taken over"},
		"Synapse": {func(h *host) {
			require.NoError(h.t, os.RemoveAll(filepath.Join(h.root, "var/lib/matrix-continuwuity")))
			h.write("root/var/lib/matrix-synapse/homeserver.signing.key", "")
		}, "/var/lib/matrix-synapse is Synapse, which cannot be taken over"},
		"two older homeservers": {func(h *host) { h.write("root/var/lib/private/conduwuit/CURRENT", "") }, "there are several homeservers"},
		"no room":               {func(h *host) { h.write("standin/free", "1\n") }, "make room"},
		"two databases": {func(h *host) {
			h.sql("postgres", "CREATE DATABASE slack_bridge")
			h.sql("slack_bridge", "CREATE TABLE portal (id text)")
		}, "both hold tables"},
		"two registrations": {func(h *host) { h.write("root/var/lib/slack-bridge/secrets/appservice.as_token", "new") }, "appservice.as_token is there already and another"},
		"half a registration": {func(h *host) {
			h.write("root/var/lib/matrix-appservices/slack-registration.yaml", "id: slack\nas_token: "+oldASToken+"\n")
		}, "has no hs_token"},
		"PostgreSQL is down": {func(h *host) { h.write("shims/psql", "#!/bin/sh\nexit 2\n") }, "PostgreSQL does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newOldHost(t)
			tc.obstacle(h)
			before := withoutLock(snapshot(t, h.root))
			got := h.deploy("adopt")
			require.Equal(t, 78, got.code)
			require.Contains(t, got.said, tc.said)
			require.Equal(t, before, withoutLock(snapshot(t, h.root)))
			require.Empty(t, h.calls("systemctl stop"))
		})
	}
}

// withoutLock leaves out the file that says who was there last.
func withoutLock(files map[string]string) map[string]string {
	delete(files, "/var/lib/ops-deploy")
	delete(files, "/var/lib/ops-deploy/lock")
	return files
}

func TestAdoptOnAFreshHost(t *testing.T) {
	h := newHost(t)
	require.NoError(t, os.RemoveAll(filepath.Join(h.root, "var/lib/postgresql")))
	got := h.deploy("adopt")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "nothing to take over")
}

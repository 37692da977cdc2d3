package deploy_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// newSQLiteHost makes a host whose bridge keeps its database in a file, and that has had
// the nightly copies.
func newSQLiteHost(t *testing.T) *host {
	t.Helper()
	h := newHost(t)
	h.say("bridge-in-file")
	h.makeUnits("old-nixos-system")
	h.write("root/var/lib/slack-bridge/config.yaml", "appservice:\n    type: x\ndatabase:\n    # sqlite3-fk-wal or postgres.\n    type: sqlite3-fk-wal\n    uri: file:/var/lib/slack-bridge/bridge.db\nhomeserver:\n    type: y\n")
	h.write("root/var/lib/slack-bridge/bridge.db", "rooms of today")
	h.write("root/var/backup/slack-bridge/bridge-20260101-033000.tar", "rooms of that night")
	return h
}

// makeUnits gives a system the units that the host's configuration has now.
func (h *host) makeUnits(system string) {
	h.t.Helper()
	h.command(standin(h.t, "make-system"), filepath.Join(h.root, "nix/store", system))
}

// without removes a file of the host's.
func (h *host) without(path string) {
	h.t.Helper()
	require.NoError(h.t, os.Remove(filepath.Join(h.root, path)))
}

// TestSQLiteIsCopied: the bridge's database in a file is copied before anything new runs,
// like those of PostgreSQL, and the copy is kept with the release.
func TestSQLiteIsCopied(t *testing.T) {
	h := newSQLiteHost(t)
	before := snapshot(t, h.root)
	got := h.deploy("--dry-run")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "would copy the bridge's SQLite database")
	require.Equal(t, before, snapshot(t, h.root))

	got = h.deploy()
	require.Equal(t, 0, got.code)
	kept := h.only("root/var/lib/ops-deploy/dumps/*/bridge.tar")
	require.Contains(t, got.said, "copies of forgejo, slack_bridge, the bridge's SQLite database are in "+filepath.Dir(kept))

	// The nightly copies go on, and push out the one before.
	require.NoError(t, os.RemoveAll(filepath.Join(h.root, "var/backup")))
	text, err := os.ReadFile(kept)
	require.NoError(t, err)
	require.Equal(t, "rooms of today", string(text))
}

// TestSQLiteAlone: the same on a host without PostgreSQL.
func TestSQLiteAlone(t *testing.T) {
	h := newSQLiteHost(t)
	h.setFacts("postgresql-major")
	h.without("var/lib/postgresql/17/PG_VERSION")
	got := h.deploy()
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "copies of the bridge's SQLite database are in ")
	require.Empty(t, h.calls("pg_dump"))
}

// TestSQLiteTakenBack: the database does not go back with the system, and its copy is
// offered.
func TestSQLiteTakenBack(t *testing.T) {
	h := newSQLiteHost(t)
	h.say("switch-fails")
	got := h.deploy()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "put back "+h.only("root/var/lib/ops-deploy/dumps/*/bridge.tar"))
	h.requireAsBefore()
}

// TestNoSQLiteToCopy: where there is no such database, the old copies of one are not
// taken for it.
func TestNoSQLiteToCopy(t *testing.T) {
	for name, change := range map[string]func(*host){
		"the bridge has not been started yet": func(h *host) { h.without("var/lib/slack-bridge/config.yaml") },
		"it has moved to PostgreSQL": func(h *host) {
			h.write("root/var/lib/slack-bridge/config.yaml", "database:\n    type: postgres\n    uri: postgresql:///slack_bridge\n")
		},
		"there is no bridge any more": func(h *host) {
			h.without("nix/store/old-nixos-system/etc/systemd/system/slack-bridge.service")
			h.without("nix/store/old-nixos-system/etc/systemd/system/ops-backup-bridge.service")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newSQLiteHost(t)
			change(h)
			got := h.deploy()
			require.Equal(t, 0, got.code)
			require.Contains(t, got.said, "copies of forgejo, slack_bridge are in ")
			require.Empty(t, h.calls("systemctl start ops-backup-bridge"))
		})
	}
}

// TestSQLiteThatCannotBeCopied: without a way back there is no way forward.
func TestSQLiteThatCannotBeCopied(t *testing.T) {
	for name, tc := range map[string]struct {
		fault func(*host)
		code  int
		said  string
	}{
		"the host has no unit for it": {func(h *host) {
			h.without("nix/store/old-nixos-system/etc/systemd/system/ops-backup-bridge.service")
		}, 78, "cp -a /var/lib/slack-bridge /root/"},
		"the copy fails": {func(h *host) { h.say("copy-fails") }, 1, "see why: journalctl -u ops-backup-bridge.service; or deploy with --no-dump"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newSQLiteHost(t)
			tc.fault(h)
			h.requireNoSwitchWithoutCopy(tc.code, tc.said)
		})
	}
}

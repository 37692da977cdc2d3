package deploy_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// newer is a homeserver that changes its database for good.
const newer = "matrix-continuwuity-26.7.3"

// newHomeserverHost makes a host on which the commit changes the homeserver's version.
func newHomeserverHost(t *testing.T) *host {
	t.Helper()
	h := newHost(t)
	h.setFacts("homeserver", newer)
	return h
}

// TestNewHomeserver: it copies its database before anything newer touches it, and the
// copy is kept with the release.
func TestNewHomeserver(t *testing.T) {
	h := newHomeserverHost(t)
	got := h.deploy("--dry-run")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "would have the homeserver copy its database")
	require.Empty(t, h.all("root/var/backup/continuwuity"))

	got = h.deploy()
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "the homeserver goes from matrix-continuwuity-26.6.2 to "+newer+", which may change its database for good")
	require.Equal(t, "rooms of matrix-continuwuity-26.6.2\n", h.read("root/var/backup/continuwuity/private/1/000001.sst"))
	kept := h.only("root/var/lib/ops-deploy/dumps/*/homeserver")
	require.Contains(t, got.said, "a copy of the homeserver's database is in "+kept)

	// The nightly copies go on, and push out the one before.
	require.NoError(t, os.RemoveAll(filepath.Join(h.root, "var/backup/continuwuity")))
	text, err := os.ReadFile(filepath.Join(kept, "private/1/000001.sst"))
	require.NoError(t, err)
	require.Equal(t, "rooms of matrix-continuwuity-26.6.2\n", string(text))

	require.Equal(t, 0, h.deploy().code)
	require.Len(t, h.all("root/var/lib/ops-deploy/dumps/*/homeserver"), 1, "the same version again needs no copy")
}

// TestNewHomeserverTakenBack: the system goes back and the database does not. The host is
// not said to be as it was, and the copy is offered.
func TestNewHomeserverTakenBack(t *testing.T) {
	h := newHomeserverHost(t)
	h.say("switch-fails")
	got := h.deploy()
	require.Equal(t, 2, got.code)
	kept := h.only("root/var/lib/ops-deploy/dumps/*/homeserver")
	require.Contains(t, got.said, "should the old homeserver refuse it: ops-restore homeserver "+kept)
	require.Contains(t, got.said, "the host runs what it ran before, and is not well with it")
	require.NotContains(t, got.said, "the host is as it was")
	require.Equal(t, "rolled-back", h.phase())
	require.Equal(t, "old-nixos-system", h.running())
}

// TestNewHomeserverByHand: the same where the rollback is asked for.
func TestNewHomeserverByHand(t *testing.T) {
	h := newHomeserverHost(t)
	h.say("switch-waits")
	ended := h.begin("--dead-man", "600", "--health", "10")
	h.await("the switch", func() bool { return h.exists("standin/reached-switch") })
	// The new homeserver has been at work when it is taken back.
	h.write("standin/schema", newer+"\n")
	got := h.deploy("rollback")
	require.Equal(t, 2, got.code)
	require.Contains(t, got.said, "ops-restore homeserver ")
	require.Equal(t, 2, ended().code)
}

// TestHomeserverThatCannotBeCopied: without a way back there is no way forward.
func TestHomeserverThatCannotBeCopied(t *testing.T) {
	for name, tc := range map[string]struct {
		fault func(*host)
		code  int
		said  string
	}{
		"no backups": {func(h *host) {
			require.NoError(h.t, os.Remove(filepath.Join(h.root, "nix/store/old-nixos-system/etc/systemd/system/ops-backup-homeserver.service")))
		}, 78, "deploy first with the flake.lock of before"},
		"it does not run": {func(h *host) { h.unsay("active/continuwuity.service") }, 78, "the homeserver does not run"},
		"the copy fails":  {func(h *host) { h.say("copy-fails") }, 1, "the homeserver did not copy its database; nothing was switched"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHomeserverHost(t)
			tc.fault(h)
			h.requireNoSwitchWithoutCopy(tc.code, tc.said)
		})
	}
}

package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newFirstHost makes the mission's first host, as its public log describes it: a Vultr
// server with NixOS 24.05, PostgreSQL 15.10, Forgejo 7.0.12 and conduwuit 0.5.0-rc.8 under
// the name matrix-continuwuity.
func newFirstHost(t *testing.T) *host {
	t.Helper()
	h := newOldHost(t)
	h.write("root/etc/nixos/configuration.nix", "{\n  imports = [ ./hardware-configuration.nix ];\n  system.stateVersion = \"24.05\";\n}\n")
	require.NoError(t, os.RemoveAll(filepath.Join(h.root, "var/lib/postgresql")))
	h.write("root/var/lib/postgresql/15/PG_VERSION", "15\n")
	h.sql("postgres", "CREATE ROLE forgejo LOGIN")
	h.sql("postgres", "CREATE DATABASE forgejo OWNER forgejo")
	h.sql("forgejo", "CREATE TABLE repository (id int); INSERT INTO repository VALUES (7)")
	h.write("root/var/lib/forgejo/data/repositories/one.git/HEAD", "ref: refs/heads/main\n")
	h.link("root/dev/disk/by-path/pci-0000:00:04.0", "../../vda")
	h.unsay("active/continuwuity.service")
	require.NoError(t, os.RemoveAll(filepath.Join(h.root, "nix/store/old-nixos-system/etc")))
	return h
}

// TestFirstHost: the way that the documents name leads from the old setup to the new one,
// and nothing is switched before the host and the commit fit.
func TestFirstHost(t *testing.T) {
	h := newFirstHost(t)
	got := h.deploy("init")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "installed with NixOS 24.05: system.stateVersion")
	require.Contains(t, got.said, "databases of PostgreSQL 15: ops.database.major has to be that")
	golden(t, "hardware/first-host.nix", h.read("checkout/hosts/vps/hardware.nix"))
	h.commit("The machine")

	got = h.deploy()
	require.Equal(t, 78, got.code)
	_, said, _ := strings.Cut(got.said, "== the host\n")
	golden(t, "first-host.golden", strings.ReplaceAll(said, h.root, ""))
	h.requireAsBefore()

	// Nor by hand: a switch asks the module's own check.
	rebuilt := filepath.Join(h.root, "nix/store/rebuilt-nixos-system")
	h.command(standin(t, "make-system"), rebuilt)
	out, err := h.try(filepath.Join(rebuilt, "bin/switch-to-configuration"), "test")
	require.Error(t, err)
	require.Contains(t, out, "nothing was switched: continuwuity would start empty")
	require.Equal(t, "old-nixos-system", h.running())

	// What the refusals say, one after the other.
	h.setFacts("state-version", "24.05")
	h.setFacts("postgresql-major", "15")
	h.setFacts("grub-device", "/dev/disk/by-path/pci-0000:00:04.0")
	require.Equal(t, 78, h.deploy("--dry-run").code)
	require.Equal(t, 0, h.deploy("adopt").code)
	require.Equal(t, 0, h.deploy().code)
	require.Equal(t, h.running(), h.profile())

	require.Equal(t, "rooms", h.read("root/var/lib/private/continuwuity/000001.sst"))
	require.Equal(t, "T-C", h.sql("slack_bridge", "SELECT id FROM portal"))
	require.Equal(t, "7", h.sql("forgejo", "SELECT id FROM repository"), "the forge's database keeps its name")
	require.True(t, h.exists("root/var/lib/forgejo/data/repositories/one.git/HEAD"))
	for _, name := range []string{"forgejo", "slack_bridge"} {
		require.Contains(t, h.command("zstd", "-dcq", h.only("root/var/lib/ops-deploy/dumps/2*/"+name+".sql.zstd")), "CREATE TABLE public.")
	}
}

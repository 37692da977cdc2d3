package deploy_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// misfits are hosts that do not fit the commit. Each has a golden file of what is said.
func misfits() map[string]func(*host) {
	fact := func(name string, values ...string) func(*host) {
		return func(h *host) { h.setFacts(name, values...) }
	}
	return map[string]func(*host){
		"another-root-device": func(h *host) {
			h.write("root/dev/sda1", "")
			h.write("root/proc/mounts", "/dev/sda1 / ext4 rw 0 0\n")
		},
		"another-file-system": func(h *host) { h.write("root/proc/mounts", "/dev/vda1 / btrfs rw 0 0\n") },
		"file-system-missing": fact("mount", "/boot /dev/disk/by-label/boot vfat", "/ /dev/disk/by-label/nixos ext4"),
		"boots-by-efi":        func(h *host) { h.write("root/sys/firmware/efi/runtime", "") },
		"boots-by-bios":       fact("boot", "efi"),
		"boot-disk-missing":   fact("grub-device", "/dev/sda"),
		"boot-disk-is-another": func(h *host) {
			h.write("root/dev/sda", "")
			h.setFacts("grub-device", "/dev/sda")
		},
		"another-loader": func(h *host) {
			h.bootByEFI("/boot", "NixOS-boot/grubx64.efi")
			h.write("root/boot/grub/grub.cfg", "")
			h.setFacts("loader", "systemd-boot")
		},
		"another-efi-partition": func(h *host) {
			h.bootByEFI("/boot/efi", "systemd/systemd-bootx64.efi")
			h.setFacts("loader", "systemd-boot")
			h.setFacts("efi-mount", "/boot")
		},
		"another-processor": func(h *host) { h.write("standin/machine", "aarch64\n") },
		"static-address": func(h *host) {
			h.addressByHand()
		},
		"static-address-otherwise": func(h *host) {
			h.setFacts("dhcp", "false")
			h.setFacts("address", "ens3 192.0.2.99/24")
		},
		// A name that this machine does not have.
		"address-for-another-interface": func(h *host) {
			h.addressByHand()
			h.setFacts("dhcp", "false")
			h.setFacts("address", "eth0 192.0.2.10/24")
		},
		"static-address-ipv6-only": func(h *host) {
			h.ipv6Only()
		},
		"no-one-could-log-in": fact("ssh-key", "ssh-ed25519 AAAAsomebodyelse ada"),
		"secrets-for-others":  func(h *host) { h.write("standin/recipient", "age1another\n") },
		"no-ssh-host-key": func(h *host) {
			require.NoError(h.t, os.Remove(filepath.Join(h.root, "etc/ssh/ssh_host_ed25519_key.pub")))
		},
		"older-postgresql": fact("postgresql-major", "18"),
		"other-version": func(h *host) {
			h.write("root/etc/nixos/configuration.nix", "{\n  # system.stateVersion = \"1\";\n  system.stateVersion = \"24.05\"; # Did you read the comment?\n}\n")
		},
		"other-version-deployed": func(h *host) { h.write("root/var/lib/ops-deploy/state-version", "25.11\n") },
		"old-setup": func(h *host) {
			h.write("root/var/lib/matrix-continuwuity/db/CURRENT", "")
			h.write("root/var/lib/matrix-appservices/slack-registration.yaml", "id: slack\n")
			h.write("standin/databases", "mautrix_slack\n")
		},
		"old-conduwuit": func(h *host) {
			h.write("root/var/lib/private/conduwuit/CURRENT", "")
			h.link("root/var/lib/conduwuit", "private/conduwuit")
		},
		"old-conduit-sqlite":                  func(h *host) { h.write("root/var/lib/private/matrix-conduit/conduit.db", "") },
		"old-synapse":                         func(h *host) { h.write("root/var/lib/matrix-synapse/homeserver.signing.key", "") },
		"postgresql-down-and-nothing-adopted": func(h *host) { h.say("postgres-is-down") },
		// As after a deployment that was taken back.
		"old-homeserver-again": func(h *host) {
			h.write("root/var/lib/matrix-continuwuity/adopted", "")
			h.write("root/var/lib/private/continuwuity/CURRENT", "")
			h.command("touch", "-d", "2026-01-01", h.root+"/var/lib/matrix-continuwuity/adopted")
			h.write("root/var/lib/matrix-continuwuity/db/CURRENT", "")
		},
		"little-disk": func(h *host) { h.write("standin/free", "3999999\n") },
		"little-memory-on-zfs": func(h *host) {
			h.memoryWithoutSwap(1_000_000)
			h.write("root/proc/mounts", h.read("root/proc/mounts")+"pool/var /var zfs rw 0 0\n")
		},
		// The build, and the swap file that the switch makes after it.
		"little-disk-for-swap": func(h *host) {
			h.write("standin/free", "4100000\n")
			h.setFacts("swap-file", "/var/swap 4096")
		},
		"little-disk-for-build-swap": func(h *host) {
			h.write("standin/free", "7000000\n")
			h.memoryWithoutSwap(2_000_000)
		},
		"swap-on-another-disk": func(h *host) {
			h.write("standin/free-var", "1000\n")
			h.write("root/proc/mounts", h.read("root/proc/mounts")+"/dev/vdb /var ext4 rw 0 0\n")
			h.setFacts("swap-file", "/var/swap 4096")
		},
		"swap-file-on-zfs": func(h *host) {
			h.write("root/proc/mounts", h.read("root/proc/mounts")+"pool/var /var zfs rw 0 0\n")
			h.setFacts("swap-file", "/var/swap 4096")
		},
		"everything-at-once": func(h *host) {
			fact("boot", "efi")(h)
			h.write("standin/recipient", "age1another\n")
			h.write("root/var/lib/ops-deploy/state-version", "25.11\n")
		},
	}
}

// TestMisfits: nothing is switched on a host that does not fit, and everything that does
// not is said at once, with its cure.
func TestMisfits(t *testing.T) {
	for name, misfit := range misfits() {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			misfit(h)
			got := h.deploy("--no-dump")
			require.Equal(t, 78, got.code)
			_, said, _ := strings.Cut(got.said, "== the host\n")
			golden(t, name+".golden", strings.ReplaceAll(said, h.root, ""))
			h.requireAsBefore()
			require.Empty(t, h.calls("systemd-run"))
			require.Empty(t, h.all("root/var/lib/ops-deploy/dumps"))
		})
	}
}

// TestFits: what looks odd and is right.
func TestFits(t *testing.T) {
	for name, change := range map[string]func(*host){
		"no database yet":         func(h *host) { require.NoError(h.t, os.RemoveAll(filepath.Join(h.root, "var/lib/postgresql"))) },
		"an older one next to it": func(h *host) { h.write("root/var/lib/postgresql/15/PG_VERSION", "15\n") },
		"the old homeserver, taken": func(h *host) {
			h.write("root/var/lib/matrix-continuwuity/db/CURRENT", "")
			h.write("root/var/lib/private/continuwuity/CURRENT", "")
		},
		"Synapse, which stays": func(h *host) {
			h.write("root/var/lib/matrix-synapse/homeserver.signing.key", "")
			h.setFacts("homeserver")
		},
		"the registration of another bridge": func(h *host) {
			h.write("root/var/lib/matrix-appservices/irc.yaml", "id: irc\n")
		},
		"a static address that is configured": func(h *host) {
			h.addressByHand()
			h.setFacts("dhcp", "false")
			h.setFacts("address", "ens3 192.0.2.10/24")
		},
		"DHCP for one interface": func(h *host) {
			h.setFacts("dhcp", "false")
			h.setFacts("dhcp-interface", "ens3")
		},
		"files of systemd-networkd": func(h *host) {
			h.addressByHand()
			h.setFacts("dhcp", "false")
			h.setFacts("networkd", "true")
		},
		"an IPv6 address that is configured": func(h *host) {
			h.say("no-route")
			h.write("standin/address6", "2: ens3    inet6 2001:db8::10/64 scope global \n")
			h.setFacts("dhcp", "false")
			h.setFacts("address", "ens3 192.0.2.77/24", "ens3 2001:db8::10/64")
		},
		"a swap file that is there": func(h *host) {
			h.write("standin/free", "4100000\n")
			h.write("root/var/swap", "")
			h.setFacts("swap-file", "/var/swap 4096")
		},
		"keys by NixOS": func(h *host) {
			require.NoError(h.t, os.Remove(filepath.Join(h.root, "root/.ssh/authorized_keys")))
			h.write("root/etc/ssh/authorized_keys.d/root", "no-pty ssh-ed25519 AAAAoperator\n")
		},
		"the same version": func(h *host) { h.write("root/var/lib/ops-deploy/state-version", "26.05\n") },
		"boot by EFI": func(h *host) {
			h.bootByEFI("/boot", "systemd/systemd-bootx64.efi")
			h.setFacts("loader", "systemd-boot")
			h.setFacts("mount", "/boot /dev/vda2 vfat")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			change(h)
			got := h.deploy("--dry-run")
			require.Equal(t, 0, got.code)
			require.Contains(t, got.said, "the host and the commit fit")
		})
	}
}

func TestHostsThatCannotBeDeployedTo(t *testing.T) {
	h := newHost(t)
	require.NoError(t, os.Remove(filepath.Join(h.root, "etc/NIXOS")))
	got := h.deploy()
	require.Equal(t, 78, got.code)
	require.Contains(t, got.said, "does not run NixOS")
	h.stopSSHD()
	got = h.deploy()
	require.Equal(t, 69, got.code)
	require.Contains(t, got.said, "cannot be reached by ssh")
}

// TestWhySSHRefuses: each cause is named by itself, because the cures differ.
func TestWhySSHRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		fault func(*host)
		said  string
	}{
		"another host key": {func(h *host) {
			key := strings.Fields(h.read("user_key.pub"))
			h.write("known_hosts", "[127.0.0.1]:"+h.port+" "+key[0]+" "+key[1]+"\n")
		}, "if it was installed anew: ssh-keygen -R '[127.0.0.1]:"},
		"a host key not known yet": {func(h *host) {
			h.write("ssh_config", strings.Replace(h.read("ssh_config"), "accept-new", "yes", 1))
		}, "is not known here yet"},
		"a passphrase without an agent": {func(h *host) {
			h.command("ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", filepath.Join(h.dir, "user_key"))
		}, "user_key has a passphrase, and no agent holds it"},
		"a key that is not root's": {func(h *host) { h.write("user_key.pub", "") }, "takes none of your SSH keys"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			tc.fault(h)
			got := h.deploy("check")
			require.Equal(t, 69, got.code)
			require.Contains(t, got.said, tc.said)
		})
	}
}

// TestLongTemporaryFolder: as in a nix-shell and on macOS. The path of a socket must be
// shorter.
func TestLongTemporaryFolder(t *testing.T) {
	h := newHost(t)
	h.tmp = filepath.Join(t.TempDir(), strings.Repeat("long-", 20))
	require.NoError(t, os.Mkdir(h.tmp, 0o755))
	require.Equal(t, 0, h.deploy("check").code)
	left, err := os.ReadDir(h.tmp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// setFacts makes the values of one fact what the configuration says.
func (h *host) setFacts(name string, values ...string) {
	h.t.Helper()
	var facts []string
	for line := range strings.Lines(h.read("standin/facts")) {
		if !strings.HasPrefix(line, name+" ") {
			facts = append(facts, line)
		}
	}
	for _, value := range values {
		facts = append(facts, name+" "+value+"\n")
	}
	h.write("standin/facts", strings.Join(facts, ""))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run the tests with -update and read what changed")
	require.Equal(t, string(want), got)
}

package deploy_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// machines are hosts of several makes. For each the file is recorded that init writes;
// `make nix-check` looks at these files as at every other.
func machines() map[string]func(*host) {
	return map[string]func(*host){
		"bios-dhcp-small": func(h *host) {
			h.write("root/proc/meminfo", "MemTotal: 2000000 kB\nSwapTotal: 0 kB\n")
			h.write("root/proc/swaps", "Filename Type Size Used Priority\n")
		},
		"bios-dhcp-swap-file": func(h *host) {
			h.write("root/proc/swaps", "Filename Type Size Used Priority\n/var/swap file 4194300 0 -2\n")
		},
		"bios-dhcp-swap": func(*host) {},
		"efi-static-large": func(h *host) {
			h.write("root/sys/firmware/efi/runtime", "")
			h.write("root/proc/mounts", "/dev/vda1 / ext4 rw 0 0\n/dev/vda2 /boot/efi vfat rw 0 0\n")
			h.write("root/proc/meminfo", "MemTotal: 16000000 kB\nSwapTotal: 0 kB\n")
			h.write("standin/address", "2: ens3    inet 192.0.2.10/24 brd 192.0.2.255 scope global ens3\n")
		},
		"bios-lvm-on-raid": func(h *host) {
			h.write("root/proc/mounts", "/dev/mapper/pool-root / ext4 rw,relatime 0 0\n")
			h.link("root/dev/mapper/pool-root", "../dm-0")
			h.write("root/dev/dm-0", "")
			h.link("root/sys/class/block/dm-0/slaves/md0", "../../md0")
			for _, disk := range []string{"vda", "vdb"} {
				h.write("root/sys/devices/"+disk+"/"+disk+"2/partition", "2\n")
				h.link("root/sys/class/block/"+disk+"2", "../../devices/"+disk+"/"+disk+"2")
				h.link("root/sys/class/block/md0/slaves/"+disk+"2", "../../"+disk+"2")
			}
		},
		"dhcp-and-ipv6-by-hand": func(h *host) {
			h.write("standin/address6", "2: ens3    inet6 2001:db8::99/64 scope global dynamic mngtmpaddr \n2: ens3    inet6 2001:db8::10/64 scope global \n")
		},
		"no-route": func(h *host) { h.say("no-route") },
	}
}

// TestInitWithoutADisk: what cannot be seen is said, and nothing is written.
func TestInitWithoutADisk(t *testing.T) {
	h := newHost(t)
	h.write("root/proc/mounts", "pool/root / zfs rw 0 0\n")
	before := snapshot(t, h.checkout)
	got := h.deploy("init")
	require.Equal(t, 78, got.code)
	require.Contains(t, got.said, "which disk pool/root is on")
	require.Equal(t, before, snapshot(t, h.checkout))
}

func TestInit(t *testing.T) {
	for name, machine := range machines() {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			machine(h)
			before := snapshot(t, h.root)
			got := h.deploy("init")
			require.Equal(t, 0, got.code)
			golden(t, filepath.Join("hardware", name+".nix"), h.read("checkout/hosts/vps/hardware.nix"))
			require.Equal(t, "# As NixOS sees it.\n{ }\n", h.read("checkout/hosts/vps/hardware-configuration.nix"))
			require.Contains(t, got.said, "ops.database.major has to be that")
			require.Equal(t, before, snapshot(t, h.root), "the host is only asked")
			require.Empty(t, h.all("tmp/*"))
		})
	}
}

func TestInitLooksOnly(t *testing.T) {
	h := newHost(t)
	before := snapshot(t, h.checkout)
	got := h.deploy("init", "--dry-run")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "+++ the machine\n")
	require.Contains(t, got.said, `+    devices = [ "/dev/vda" ];`)
	require.Equal(t, before, snapshot(t, h.checkout))
}

// TestInitAndKeys: who may log in is taken from the host only where nobody has said it.
func TestInitAndKeys(t *testing.T) {
	h := newHost(t)
	mine := h.read("checkout/hosts/vps/authorized_keys")
	h.write("checkout/hosts/vps/default.nix", "{ networking.hostName = \"vps\"; }\n") // not committed yet, as in the quickstart
	require.Equal(t, 0, h.deploy("init").code)
	require.Equal(t, mine, h.read("checkout/hosts/vps/authorized_keys"))

	got := h.deploy("init")
	require.Equal(t, 65, got.code)
	require.Contains(t, got.said, "hosts/vps has changes that are not committed and would be lost")

	require.NoError(t, os.Remove(filepath.Join(h.checkout, "hosts/vps/authorized_keys")))
	h.commit("Without keys")
	require.Equal(t, 0, h.deploy("init").code)
	require.Equal(t, "ssh-ed25519 AAAAoperator\n", h.read("checkout/hosts/vps/authorized_keys"))
	h.commit("With the machine's")
	require.Equal(t, 0, h.deploy().code, "what init wrote can be deployed")
}

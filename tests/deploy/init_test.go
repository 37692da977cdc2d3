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
			h.memoryWithoutSwap(2_000_000)
			h.write("root/proc/swaps", "Filename Type Size Used Priority\n")
		},
		"efi-small-zfs": func(h *host) {
			h.bootByEFI("/boot", "systemd/systemd-bootx64.efi")
			h.write("root/proc/mounts", "pool/root / zfs rw 0 0\n/dev/vda2 /boot vfat rw 0 0\n")
			h.memoryWithoutSwap(2_000_000)
			h.write("root/proc/swaps", "Filename Type Size Used Priority\n")
		},
		"bios-dhcp-swap-file": func(h *host) {
			h.write("root/proc/swaps", "Filename Type Size Used Priority\n/var/swap file 4194300 0 -2\n")
		},
		"bios-dhcp-swap": func(*host) {},
		"efi-static-large": func(h *host) {
			h.bootByEFI("/boot/efi", "systemd/systemd-bootx64.efi")
			h.memoryWithoutSwap(16_000_000)
			h.addressByHand()
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
		// Of two loaders the one counts that says it has started the machine.
		"efi-systemd-boot-beside-grub": func(h *host) {
			h.bootByEFI("/boot", "systemd/systemd-bootx64.efi")
			h.write("root/boot/grub/grub.cfg", "")
			h.write("root/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", "\x06\x00\x00\x00s\x00y\x00s\x00t\x00e\x00m\x00d\x00-\x00b\x00o\x00o\x00t\x00 \x002\x005\x007\x00")
		},
		"efi-grub": func(h *host) {
			h.bootByEFI("/boot/efi", "NixOS-boot-efi/grubx64.efi")
			h.write("root/boot/grub/grub.cfg", "")
		},
		"efi-grub-removable-arm": func(h *host) {
			h.bootByEFI("/boot", "BOOT/BOOTAA64.EFI")
			h.write("root/boot/grub/grub.cfg", "")
			h.write("standin/machine", "aarch64\n")
		},
		// A volume that was attached later is called sda, or takes that name at the next start.
		"bios-volume-attached": func(h *host) {
			h.write("root/dev/sda", "")
			h.link("root/dev/disk/by-id/scsi-0Volume", "../../sda")
			h.link("root/dev/disk/by-id/virtio-root", "../../vda")
			h.link("root/dev/disk/by-id/virtio-root-part1", "../../vda1")
			h.link("root/dev/disk/by-id/wwn-0x1", "../../vda")
			h.link("root/dev/disk/by-path/pci-0000:00:05.0", "../../vda")
		},
		"bios-no-serial": func(h *host) {
			h.link("root/dev/disk/by-path/pci-0000:00:05.0", "../../vda")
			h.link("root/dev/disk/by-path/pci-0000:00:05.0-part1", "../../vda1")
		},
		"ipv6-only": func(h *host) {
			h.ipv6Only()
			h.write("root/etc/resolv.conf", "nameserver 2001:db8::53\n")
		},
		"static-behind-resolved": func(h *host) {
			h.addressByHand()
			h.write("root/etc/resolv.conf", "nameserver 127.0.0.53\noptions edns0 trust-ad\n")
			h.write("root/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.54\nnameserver 2001:db8::54\n")
		},
		"no-route": func(h *host) { h.say("no-route") },
	}
}

// bootByEFI makes the host one that EFI starts, with a loader of that name on its
// partition, and a configuration that says so.
func (h *host) bootByEFI(at, loader string) {
	h.write("root/sys/firmware/efi/runtime", "")
	h.write("root/dev/vda2", "")
	h.write("root"+at+"/EFI/"+loader, "")
	h.write("root/proc/mounts", "/dev/vda1 / ext4 rw 0 0\n/dev/vda2 "+at+" vfat rw 0 0\n")
	h.setFacts("boot", "efi")
	h.setFacts("efi-mount", at)
	h.setFacts("grub-device", "nodev")
}

// TestInitCannotSee: what cannot be seen is said, and nothing is written.
func TestInitCannotSee(t *testing.T) {
	for name, tc := range map[string]struct {
		machine func(*host)
		said    string
	}{
		"the disk":   {func(h *host) { h.write("root/proc/mounts", "pool/root / zfs rw 0 0\n") }, "which disk pool/root is on"},
		"the loader": {func(h *host) { h.bootByEFI("/boot", "refind/refind_x64.efi") }, "which boot loader this host starts with"},
		"one of two loaders": {func(h *host) {
			h.bootByEFI("/boot", "systemd/systemd-bootx64.efi")
			h.write("root/boot/grub/grub.cfg", "")
		}, "which boot loader this host starts with"},
		"the partition": {func(h *host) { h.write("root/sys/firmware/efi/runtime", "") }, "the EFI system partition is not mounted"},
		"the name servers": {func(h *host) {
			h.addressByHand()
			h.write("root/etc/resolv.conf", "nameserver 127.0.0.53\n")
		}, "which name servers this host asks"},
		"the processor": {func(h *host) { h.write("standin/machine", "riscv64\n") }, "this machine is riscv64"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			tc.machine(h)
			before := snapshot(t, h.checkout)
			got := h.deploy("init")
			require.Equal(t, 78, got.code)
			require.Contains(t, got.said, tc.said)
			require.Equal(t, before, snapshot(t, h.checkout))
		})
	}
}

// TestEveryBootLoaderIsConfirmed: the host boots what was deployed, whatever starts it,
// with what init wrote.
func TestEveryBootLoaderIsConfirmed(t *testing.T) {
	for name, tc := range map[string]struct{ at, file, loader string }{
		"systemd-boot":             {"/boot", "systemd/systemd-bootx64.efi", "systemd-boot"},
		"GRUB in the firmware":     {"/boot/efi", "NixOS-boot-efi/grubx64.efi", "grub"},
		"GRUB as removable":        {"/boot", "BOOT/BOOTX64.EFI", "grub"},
		"GRUB on a partition /efi": {"/efi", "NixOS-efi/grubx64.efi", "grub"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootByEFI(tc.at, tc.file)
			if tc.loader == "grub" {
				h.write("root/boot/grub/grub.cfg", "")
			}
			h.setFacts("loader", tc.loader)
			got := h.deploy()
			require.Equal(t, 0, got.code)
			require.Equal(t, h.running()+"\n", h.read("root/boot/default"))
		})
	}
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

// TestInitAndTheAgeKey: it is made of the key that was read over the connection, not of
// what answers on the host's port.
func TestInitAndTheAgeKey(t *testing.T) {
	h := newHost(t)
	got := h.deploy("init", "--dry-run")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "ssh vps cat /etc/ssh/ssh_host_ed25519_key.pub | ssh-to-age")
	h.write("bin/ssh-to-age", "#!/bin/sh\nread -r kind key rest && echo \"age1of-$key\"\n")
	h.command("chmod", "+x", h.dir+"/bin/ssh-to-age")
	got = h.deploy("init")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "its key for .sops.yaml, as &host: age1of-AAAAhost\n")
	require.False(t, h.exists("checkout/hosts/vps/host.pub"))
}

// TestInitAndKeys: who may log in is taken from the host only where it was not said.
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

# shellcheck shell=bash
# hardware FOLDER: writes what this machine is made of: NixOS's own view of it, and
# beside it what that leaves out: the boot loader, the network, and what a small machine
# needs to build itself.
into=$1
mkdir -p -- "$into"
. "$here/preflight/disks.sh"
. "$here/preflight/login.sh"
. "$here/preflight/version.sh"
. "$here/preflight/database.sh"

nixos-generate-config --show-hardware-config ${root:+--root "$root"} >"$into/hardware-configuration.nix" ||
  fail 1 'nixos-generate-config does not say what this machine is made of'

# disk_of DEVICE: the disk that a partition is on.
disk_of() {
  local block
  block=$(basename "$(readlink -m "$root$1")")
  if [ -e "$root/sys/class/block/$block/partition" ]; then
    block=$(basename "$(dirname "$(readlink -f "$root/sys/class/block/$block")")")
  fi
  printf '/dev/%s' "$block"
}

boot_loader() {
  local device mount
  if [ ! -d "$root/sys/firmware/efi" ]; then
    device=$(mounted /boot)
    device=${device:-$(mounted /)}
    device=$(disk_of "${device% *}")
    cat <<END
  boot.loader.grub = {
    enable = true;
    devices = [ "$device" ];
  };
END
    return
  fi
  mount=$(awk '$3 == "vfat" && $2 ~ /^\/(boot|efi)/ { print $2; exit }' "$root/proc/mounts")
  cat <<END
  boot.loader = {
    systemd-boot.enable = true;
    grub.enable = false;
    efi.efiSysMountPoint = "${mount:-/boot}";
  };
END
}

# network: DHCP, or what the interface has now if somebody gave it by hand.
network() {
  local route device gateway address servers
  route=$(ip -o -4 route show default | head -n 1)
  device=$(awk '{ for (i = 1; i < NF; i++) if ($i == "dev") print $(i + 1) }' <<<"$route")
  gateway=$(awk '{ for (i = 1; i < NF; i++) if ($i == "via") print $(i + 1) }' <<<"$route")
  address=$(ip -o -4 address show dev "$device" scope global | head -n 1)
  if [ -z "$address" ] || grep -q ' dynamic ' <<<"$address "; then
    printf '  networking.useDHCP = true;\n'
    return
  fi
  address=$(awk '{ print $4 }' <<<"$address")
  servers=$(awk '/^nameserver/ && $2 !~ /^127\./ { printf "      \"%s\"\n", $2 }' "$root/etc/resolv.conf")
  cat <<END
  # The provider gives this address by hand, not by DHCP.
  networking = {
    useDHCP = false;
    interfaces.$device.ipv4.addresses = [
      {
        address = "${address%/*}";
        prefixLength = ${address#*/};
      }
    ];
    defaultGateway = {
      address = "$gateway";
      interface = "$device";
    };
    nameservers = [
$servers
    ];
  };
END
}

# small: what a machine with little memory needs.
small() {
  local memory swap
  memory=$(awk '/^MemTotal:/ { print $2 }' "$root/proc/meminfo")
  swap=$(awk '/^SwapTotal:/ { print $2 }' "$root/proc/meminfo")
  [ "$memory" -lt 4000000 ] || return 0
  cat <<END

  # The host builds itself, which takes more memory than it has.
  nix.settings = {
    max-jobs = 1;
    cores = 1;
  };
END
  [ "$swap" -lt 2000000 ] || return 0
  cat <<END
  swapDevices = [
    {
      device = "/var/swap";
      size = 4096;
    }
  ];
END
}

{
  cat <<END
# What this machine is made of, as it said itself: written by \`deploy init\`, to be
# written again when the machine changes.
{
  imports = [ ./hardware-configuration.nix ];

END
  boot_loader
  small
  printf '\n'
  network
  printf '}\n'
} >"$into/hardware.nix"

accepted >"$into/authorized_keys"
[ -s "$into/authorized_keys" ] || rm -f -- "$into/authorized_keys"

version=$(installed)
[ -z "$version" ] || say "this host was installed with NixOS $version: system.stateVersion in default.nix has to be that"
clusters=$(clusters)
[ -z "$clusters" ] || say "it holds databases of PostgreSQL ${clusters##* }: ops.database.major has to be that"
if [ -s "$root/etc/ssh/ssh_host_ed25519_key.pub" ]; then
  say "its SSH key, for .sops.yaml: ssh-keyscan -t ed25519 HOST | nix run nixpkgs#ssh-to-age"
fi

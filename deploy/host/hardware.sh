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

# disks_under BLOCK: the disks that a block device of the kernel's is on: of a partition,
# and of what lies on several, such as LVM and RAID.
disks_under() {
  local block=$1 slave
  if compgen -G "$root/sys/class/block/$block/slaves/*" >/dev/null; then
    for slave in "$root/sys/class/block/$block/slaves"/*; do
      disks_under "$(basename "$slave")"
    done
  elif [ -e "$root/sys/class/block/$block/partition" ]; then
    basename "$(dirname "$(readlink -f "$root/sys/class/block/$block")")"
  else
    printf '%s\n' "$block"
  fi
}

# boot_disks: those that the BIOS can start from, one a line and quoted.
boot_disks() {
  local device block
  device=$(mounted /boot)
  device=${device:-$(mounted /)}
  block=$(basename "$(readlink -m "$root${device% *}")")
  [ -e "$root/sys/class/block/$block" ] ||
    fail 78 "it cannot be seen which disk ${device% *} is on" "write hardware.nix by hand, with boot.loader.grub.devices"
  disks_under "$block" | LC_ALL=C sort -u | sed 's|.*|"/dev/&"|'
}

boot_loader() {
  local disks mount
  if [ ! -d "$root/sys/firmware/efi" ]; then
    disks=$(boot_disks)
    case $disks in
      *$'\n'*) disks=$'\n      '${disks//$'\n'/$'\n      '}$'\n    ' ;;
      *) disks=" $disks " ;;
    esac
    cat <<END
  boot.loader.grub = {
    enable = true;
    devices = [$disks];
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

# by_hand FAMILY DEVICE: the first address that neither DHCP nor a router gave.
by_hand() { ip -o "$1" address show dev "$2" scope global | awk '!/ (dynamic|temporary|mngtmpaddr)( |$)/ { print $4; exit }'; }

# gateway FAMILY: where everything goes that somebody said by hand.
gateway() { ip -o "$1" route show default | awk '!/ proto ra( |$)/ { for (i = 1; i < NF; i++) if ($i == "via") { print $(i + 1); exit } }'; }

# address_of FAMILY ADDRESS: an address as NixOS takes it.
address_of() {
  cat <<END
    interfaces.$device.$1.addresses = [
      {
        address = "${2%/*}";
        prefixLength = ${2#*/};
      }
    ];
END
}

# gateway_of OPTION ADDRESS
gateway_of() {
  [ -z "$2" ] || cat <<END
    $1 = {
      address = "$2";
      interface = "$device";
    };
END
}

# network: DHCP, or what the interface has now if somebody gave it by hand.
network() {
  local device four='' six='' servers
  device=$(ip -o -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
  if [ -n "$device" ]; then
    four=$(by_hand -4 "$device")
    six=$(by_hand -6 "$device")
  fi
  if [ -z "$four$six" ]; then
    printf '  networking.useDHCP = true;\n'
    return
  fi
  printf '  # The provider gives these addresses by hand.\n  networking = {\n'
  if [ -z "$four" ]; then
    printf '    useDHCP = true;\n'
  else
    printf '    useDHCP = false;\n'
    address_of ipv4 "$four"
    gateway_of defaultGateway "$(gateway -4)"
  fi
  if [ -n "$six" ]; then
    address_of ipv6 "$six"
    gateway_of defaultGateway6 "$(gateway -6)"
  fi
  if [ -n "$four" ]; then
    servers=$(awk '/^nameserver/ && $2 !~ /^127\./ { printf "      \"%s\"\n", $2 }' "$root/etc/resolv.conf")
    printf '    nameservers = [\n%s\n    ];\n' "$servers"
  fi
  printf '  };\n'
}

# small: what a machine with little memory needs.
small() {
  local memory swap
  memory=$(awk '/^MemTotal:/ { print $2 }' "$root/proc/meminfo")
  # nixos-generate-config sees partitions; a file is there because of what is said here.
  swap=$(awk '$2 == "partition" { sum += $3 } END { print sum + 0 }' "$root/proc/swaps")
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

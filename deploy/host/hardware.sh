# shellcheck shell=bash
# hardware FOLDER: writes what this machine is made of, which is NixOS's own view of it
# and what that leaves out: the boot loader, the network, and what a small machine needs
# to build itself.
into=$1
mkdir -p -- "$into"
. "$here/firmware.sh"
. "$here/interface.sh"
. "$here/swap.sh"
. "$here/preflight/login.sh"
. "$here/preflight/version.sh"
. "$here/preflight/database.sh"

nixos-generate-config --show-hardware-config ${root:+--root "$root"} >"$into/hardware-configuration.nix" ||
  fail 1 'nixos-generate-config does not say what this machine is made of'

# lasting DISK: a name of a disk that stays its own when another one is added. What the
# disk says of itself comes before the slot that it is in.
lasting() {
  local link
  for link in "$root"/dev/disk/by-id/* "$root"/dev/disk/by-path/*; do
    case $link in */wwn-* | */nvme-eui.* | */by-id/lvm-* | */by-id/dm-*) continue ;; esac
    if [ "$(readlink -m "$link")" = "$root/dev/$1" ]; then
      printf '%s' "${link#"$root"}"
      return
    fi
  done
  printf '/dev/%s' "$1"
}

# grub_disks: those that the BIOS can start from, one a line and quoted.
grub_disks() {
  local disks disk
  disks=$(boot_disks)
  [ -n "$disks" ] ||
    fail 78 "it cannot be seen which disk $(boot_device) is on" "write hardware.nix by hand, with boot.loader.grub.devices"
  for disk in $disks; do
    printf '"%s"\n' "$(lasting "$disk")"
  done
}

bios_loader() {
  local disks
  disks=$(grub_disks)
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
}

# efi_loader: the one that is installed: NixOS does not install another on its own.
efi_loader() {
  local at variables=false removable=true
  at=$(esp)
  [ -n "$at" ] || fail 78 'the EFI system partition is not mounted on /boot, /boot/efi or /efi' 'mount it, or write hardware.nix by hand, with boot.loader'
  case $(installed_loader) in
    systemd-boot)
      cat <<END
  boot.loader = {
    systemd-boot.enable = true;
    grub.enable = false;
    efi.efiSysMountPoint = "$at";
  };
END
      ;;
    grub)
      ! grub_in_firmware || variables=true removable=false
      cat <<END
  boot.loader = {
    grub = {
      enable = true;
      efiSupport = true;
      efiInstallAsRemovable = $removable;
      devices = [ "nodev" ];
    };
    efi = {
      canTouchEfiVariables = $variables;
      efiSysMountPoint = "$at";
    };
  };
END
      ;;
    *) fail 78 "it cannot be seen which boot loader this host starts with; neither only systemd-boot nor only GRUB is on $at" \
      'write hardware.nix by hand, with boot.loader as in the configuration that installed the host' ;;
  esac
}

boot_loader() {
  if by_efi; then efi_loader; else bios_loader; fi
}

# platform: what nixos-generate-config says only as a default, which a host's own file
# would beat.
platform() {
  case $(uname -m) in
    x86_64 | aarch64) printf '  nixpkgs.hostPlatform = "%s-linux";\n\n' "$(uname -m)" ;;
    *) fail 78 "this machine is $(uname -m); there are packages for x86_64 and aarch64" ;;
  esac
}

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

# network: DHCP, or what the interface has now if that was given by hand.
network() {
  local device family four='' six='' main servers
  outward
  if [ -n "$device" ]; then
    four=$(by_hand -4 "$device" | head -n 1)
    six=$(by_hand -6 "$device" | head -n 1)
  fi
  if [ -z "$four$six" ]; then
    printf '  networking.useDHCP = true;\n'
    return
  fi
  main=$four
  [ "$family" = -4 ] || main=$six
  printf '  # The provider gives these addresses by hand.\n  networking = {\n'
  if [ -z "$main" ]; then
    printf '    useDHCP = true;\n'
  else
    printf '    useDHCP = false;\n'
  fi
  if [ -n "$four" ]; then
    address_of ipv4 "$four"
    gateway_of defaultGateway "$(gateway -4)"
  fi
  if [ -n "$six" ]; then
    address_of ipv6 "$six"
    gateway_of defaultGateway6 "$(gateway -6)"
  fi
  if [ -n "$main" ]; then
    servers=$(name_servers | sed 's/.*/      "&"/') ||
      fail 78 'it cannot be seen which name servers this host asks; its addresses are given by hand, so DHCP will not name any' \
        "put one into /etc/resolv.conf there, or write hardware.nix by hand, with networking.nameservers"
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
  # OpenZFS: a machine that swaps to a file on it can hang.
  if [[ "$(file_system /var)" == *' zfs' ]]; then
    printf '  # No swap file, which ZFS cannot hold; a partition helps.\n'
    return
  fi
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
  platform
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
# Read over the connection that ssh has checked, so that it is this machine's.
key=$root/etc/ssh/ssh_host_ed25519_key.pub
if [ -s "$key" ]; then
  cp -- "$key" "$into/host.pub"
else
  say 'it has no ed25519 SSH key, with which it would decrypt the secrets; make one there: ssh-keygen -A'
fi

# shellcheck shell=bash
# How this machine starts: its firmware, the disks that it starts from, and the boot
# loader that is installed. NixOS only updates a loader that is there already.

by_efi() { [ -d "$root/sys/firmware/efi" ]; }

# mounted MOUNTPOINT: device and kind of what is mounted there, by the kernel.
mounted() { awk -v at="$1" '$2 == at { found = $1 " " $3 } END { print found }' "$root/proc/mounts"; }

# block_of PATH: the kernel's name of a device.
block_of() { basename "$(readlink -m "$root$1")"; }

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

# boot_device: the device that the BIOS reads the kernel from.
boot_device() {
  local device
  device=$(mounted /boot)
  device=${device:-$(mounted /)}
  printf '%s' "${device% *}"
}

# boot_disks: the disks under it by the kernel's names, one a line; nothing where they
# cannot be seen, as with ZFS.
boot_disks() {
  local block
  block=$(block_of "$(boot_device)")
  [ ! -e "$root/sys/class/block/$block" ] || disks_under "$block" | LC_ALL=C sort -u
}

# esp: where the EFI system partition is mounted.
esp() { awk '$3 == "vfat" && $2 ~ /^\/(boot|efi)(\/|$)/ { print $2; exit }' "$root/proc/mounts"; }

# some PATTERN: whether any file matches.
some() { compgen -G "$1" >/dev/null; }

# installed_loader: systemd-boot or grub, on EFI; nothing when it is neither or not clear.
# What the running loader said of itself comes first (the Boot Loader Interface, a string
# of 16-bit characters; GRUB says it with its module bli).
installed_loader() {
  local said at systemd='' grub=''
  said=$(tr -d '\0' 2>/dev/null <"$root/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f") || said=''
  case $said in
    *systemd-boot*) printf 'systemd-boot' && return ;;
    *GRUB*) printf 'grub' && return ;;
  esac
  at=$root$(esp)
  ! some "$at/EFI/systemd/systemd-boot*.efi" || systemd=1
  ! some "$root/boot/grub/grub.cfg" || grub=1
  case $systemd,$grub in
    1,) printf 'systemd-boot' ;;
    ,1) printf 'grub' ;;
  esac
}

# grub_in_firmware: whether GRUB has an entry of its own in the firmware's list. NixOS puts
# it into EFI/NixOS-boot then, and otherwise into the place that firmware starts without.
grub_in_firmware() { some "$root$(esp)/EFI/NixOS*/grub*.efi"; }

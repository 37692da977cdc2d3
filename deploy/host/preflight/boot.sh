# shellcheck shell=bash
# The boot loader is the one that this machine starts, and goes onto the disk that the
# machine starts from.
boot_cure='let the host say what it is made of: deploy init, and commit what it writes'

check_boot() {
  local wanted have=bios
  wanted=$(fact boot)
  ! by_efi || have=efi
  if [ "$wanted" != "$have" ]; then
    refuse "the host starts by ${have^^}, and the configuration is for ${wanted^^}" "$boot_cure"
  elif [ "$have" = efi ]; then
    check_loader
    check_esp
  else
    check_grub_disks
  fi
}

# check_loader: another one than the installed is not installed by a switch; the
# deployment could not be confirmed.
check_loader() {
  local have wanted
  have=$(installed_loader) wanted=$(fact loader)
  [ -z "$have" ] || [ "$have" = "$wanted" ] ||
    refuse "the host boots with $have, and the configuration has ${wanted:-another boot loader}" "$boot_cure"
}

check_esp() {
  local have wanted
  have=$(esp) wanted=$(fact efi-mount)
  [ "$have" = "$wanted" ] ||
    refuse "the EFI system partition is at ${have:-none of /boot, /boot/efi, /efi}, and the configuration has it at $wanted" "$boot_cure"
}

# check_grub_disks: GRUB on another disk overwrites what begins that disk, and the machine
# goes on starting the old one.
check_grub_disks() {
  local device disks
  disks=$(boot_disks)
  for device in $(fact grub-device); do
    [ "$device" != nodev ] || continue
    if [ ! -e "$root$device" ]; then
      refuse "the boot loader is to go onto $device, which is not there" 'name the disk in boot.loader.grub.devices, or: deploy init'
    elif [ -n "$disks" ] && ! grep -qx -- "$(block_of "$device")" <<<"$disks"; then
      refuse "the boot loader is to go onto $device, and the host starts from /dev/${disks//$'\n'/, /dev/}" "$boot_cure"
    fi
  done
}

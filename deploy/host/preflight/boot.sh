# shellcheck shell=bash
# The boot loader is of the kind that the firmware starts, and goes onto a disk that is
# there.

check_boot() {
  local wanted have=bios device
  wanted=$(fact boot)
  [ ! -d "$root/sys/firmware/efi" ] || have=efi
  if [ "$wanted" != "$have" ]; then
    refuse "the host starts by ${have^^}, and the configuration is for ${wanted^^}" \
      'let the host say what it is made of: deploy init, and commit what it writes'
    return
  fi
  for device in $(fact grub-device); do
    [ "$device" = nodev ] || [ -e "$root$device" ] ||
      refuse "the boot loader is to go onto $device, which is not there" 'name the disk in boot.loader.grub.devices, or: deploy init'
  done
}

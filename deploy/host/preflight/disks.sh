# shellcheck shell=bash
# The file systems are on the devices that the configuration names: otherwise the host
# would run until its next start and not come up again.

check_disks() {
  local at device kind have
  while read -r at device kind; do
    [ -n "$at" ] || continue
    have=$(mounted "$at")
    if [ -z "$have" ]; then
      refuse "nothing is mounted on $at, where the configuration has $device" \
        'let the host say what it is made of: deploy init, and commit what it writes'
    elif [ "$(readlink -m "$root$device")" != "$(readlink -m "$root${have% *}")" ]; then
      refuse "$at is on ${have% *}, and the configuration has $device" \
        'let the host say what it is made of: deploy init, and commit what it writes'
    elif [ "$kind" != auto ] && [ "$kind" != "${have##* }" ]; then
      refuse "$at is ${have##* }, and the configuration says $kind" 'correct fileSystems in hosts/*/hardware.nix, or: deploy init'
    fi
  done < <(fact mount)
}

# shellcheck shell=bash
# Disk and memory for a build on the host.

check_room() {
  local free memory
  free=$(df --output=avail -k -- "$root/nix" 2>/dev/null | tail -n 1 | tr -d ' ')
  [ "${free:-0}" -ge 4000000 ] || refuse "/nix has $((${free:-0} / 1000)) MB free, and a build takes up to 4000" \
    'make room: nix-collect-garbage --delete-older-than 14d'
  memory=$(awk '/^(MemTotal|SwapTotal):/ { sum += $2 } END { print sum }' "$root/proc/meminfo")
  [ "$memory" -ge 2500000 ] || refuse "memory and swap are $((memory / 1000)) MB together, and a build takes up to 2500" \
    'add swap until the next start: fallocate -l 3G /swap-for-deploy && chmod 600 /swap-for-deploy && mkswap /swap-for-deploy && swapon /swap-for-deploy'
}

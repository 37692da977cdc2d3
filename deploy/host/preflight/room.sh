# shellcheck shell=bash
# Disk and memory for a build on the host, and for the swap that goes with it.

build_disk_kb=4000000

# free_kb PATH
free_kb() { df --output=avail -k -- "$root$1" 2>/dev/null | tail -n 1 | tr -d ' '; }

# need_room PATH KB WHAT
need_room() {
  local free
  free=$(free_kb "$1")
  [ "${free:-0}" -ge "$2" ] || refuse "$1 has $((${free:-0} / 1000)) MB free, and $3" \
    'make room: nix-collect-garbage --delete-older-than 14d'
}

check_room() {
  local file size folder swap=0 where='' store
  lacks_memory && swap=$build_swap_kb where=/var/lib
  while read -r file size; do
    folder=$(dirname "$file")
    case $(file_system "$folder") in
      *' zfs') refuse "the configuration makes the swap file $file on ZFS, where the host hangs when it is used" 'remove it from swapDevices, or use a partition' ;;
    esac
    # Ours is gone by the time that one is made.
    [ "$size" -le "$swap" ] || swap=$size where=$folder
  done < <(missing_swap)
  if lacks_memory && [[ "$(file_system /var/lib)" == *' zfs' ]]; then
    refuse "memory and swap are $(($(memory) / 1000)) MB together, and a build takes up to $((build_memory_kb / 1000))" \
      'give the server more memory, or a swap partition: a file on ZFS cannot be swap'
    return
  fi

  store="a build takes up to $((build_disk_kb / 1000))"
  if [ "$swap" = 0 ]; then
    need_room /nix "$build_disk_kb" "$store"
  elif [ "$(file_system "$where")" = "$(file_system /nix)" ]; then
    need_room /nix $((build_disk_kb + swap)) "$store and the swap file another $((swap / 1000))"
  else
    need_room /nix "$build_disk_kb" "$store"
    need_room "$where" "$swap" "the swap file takes $((swap / 1000))"
  fi
}

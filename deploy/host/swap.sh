# shellcheck shell=bash
# Memory for a build. A small server gets a swap file by its configuration, but only when
# it is switched; until then one of ours helps, which is gone after the build.

build_swap=$home/build-swap
build_swap_kb=3145728
build_memory_kb=2500000

# file_system PATH: device and kind of the file system that it is on, or will be.
file_system() {
  awk -v path="$1/" '{ at = $2 == "/" ? "/" : $2 "/" }
    index(path, at) == 1 && length(at) >= length(best) { best = at; found = $1 " " $3 }
    END { print found }' "$root/proc/mounts"
}

# memory: memory and swap together, in kB.
memory() { awk '/^(MemTotal|SwapTotal):/ { sum += $2 } END { print sum }' "$root/proc/meminfo"; }

# lacks_memory: whether the build needs a swap file of ours.
lacks_memory() { [ "$(memory)" -lt "$build_memory_kb" ]; }

# missing_swap: the swap files that the switch will make: path and size in kB, one a line.
missing_swap() {
  local file size
  while read -r file size; do
    [ -z "$file" ] || [ -e "$root$file" ] || printf '%s %s\n' "$file" $((size * 1024))
  done < <(fact swap-file)
}

make_build_swap() {
  drop_build_swap
  lacks_memory || return 0
  say "memory and swap are $(($(memory) / 1000)) MB together: adding $((build_swap_kb / 1024)) MB of swap for the build, in $build_swap"
  (umask 077 && : >"$build_swap")
  # On btrfs a file for swap must not be copied on write; elsewhere there is no such thing.
  [[ "$(file_system /var/lib)" != *' btrfs' ]] || chattr +C -- "$build_swap"
  { fallocate --length "${build_swap_kb}KiB" "$build_swap" && mkswap --quiet "$build_swap" && swapon "$build_swap"; } || {
    drop_build_swap
    fail 1 'swap for the build cannot be added: see above' 'add some by hand, or build with more memory'
  }
}

# drop_build_swap: also that of a deployment that was killed.
drop_build_swap() {
  [ -e "$build_swap" ] || return 0
  ! grep -q "^$build_swap " "$root/proc/swaps" || swapoff "$build_swap" ||
    { say "$build_swap is still in use; remove it later: swapoff $build_swap && rm $build_swap" && return; }
  rm -f -- "$build_swap"
}

# drop_missing_swap PHASE: after a switch that was taken back, the swap files that it made.
drop_missing_swap() {
  local file _
  while read -r file _; do
    [[ -n $file && -f $root$file ]] || continue
    grep -q "^$file " "$root/proc/swaps" || rm -f -- "$root$file"
  done < <(noted "$1" missing-swap)
}

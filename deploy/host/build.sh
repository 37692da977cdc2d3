# shellcheck shell=bash
# Builds the system on the host. The flake is a plain folder, whose lock is taken as it
# is: what is not in it fails instead of floating.

# system FOLDER NAME: what is built.
system() { printf 'path:%s#nixosConfigurations.%s.config.system.build.toplevel' "$1" "$2"; }

# frugal: options for a small host, on which two compilers at a time do not fit.
frugal() {
  local memory
  memory=$(awk '/^MemTotal:/ { print $2 }' "$root/proc/meminfo")
  [ "$memory" -ge 4000000 ] || printf '%s\n' --max-jobs 1 --cores 1
}

# build FOLDER NAME: sets next.
build() {
  # Beside the folder until it is done: what lies in the folder goes into the store.
  local options log=$home/build.log
  mapfile -t options < <(frugal)
  say "building; the log is $log"
  nix_ build --no-update-lock-file --print-build-logs "${options[@]}" --out-link "$home/next" "$(system "$1" "$2")" >"$log" 2>&1 || {
    tail -n 30 -- "$log" >&2
    mv -f -- "$log" "$1/build.log"
    fail 1 'the build failed: see above; nothing was switched'
  }
  mv -f -- "$log" "$1/build.log"
  next=$(readlink -f "$home/next")
  [ -x "$next/bin/switch-to-configuration" ] || fail 1 "$next is no system"
  [ -x "$next/sw/bin/ops-doctor" ] ||
    fail 1 "the new system has no ops-doctor, so it could not say whether it is well; nothing was switched" \
      "does hosts/$2 import modules/ and enable ops.bridge?"
}

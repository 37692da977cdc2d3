# shellcheck shell=bash
# One deployment at a time. The lock goes with the process that holds it; what runs
# detached is guarded by its state.

# take_lock WHO
take_lock() {
  install -d -m 0700 -- "$home"
  exec 9>>"$home/lock"
  flock --nonblock 9 || fail 75 "another deployment is being prepared: $(tail -n 1 "$home/lock")" 'wait until it is through'
  printf '%s from %s\n' "$1" "${SSH_CONNECTION-this host}" >"$home/lock"
}

# see_lock: says that there is another, without taking part.
see_lock() {
  [ ! -e "$home/lock" ] || flock --nonblock "$home/lock" true ||
    fail 75 "another deployment is being prepared: $(tail -n 1 "$home/lock")"
}

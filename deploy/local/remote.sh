# shellcheck shell=bash
# The way to the host. One connection serves everything until something may have cut
# the host off; what is asked after that is asked on a connection of its own, because
# the way in is part of what is asked.

# ssh_options: sets ssh_arguments.
ssh_options() {
  ssh_arguments=(-o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=10 -o ServerAliveCountMax=3)
  [ -z "$ssh_config" ] || ssh_arguments=(-F "$ssh_config" "${ssh_arguments[@]}")
  # The path of a socket may have about 100 characters, of which ssh takes some; TMPDIR is
  # long in a nix-shell and on macOS.
  control=$work/ssh
  [ "${#control}" -le 60 ] || {
    short=$(mktemp -d /tmp/deploy.XXXXXX)
    control=$short/ssh
  }
  shared=(-o ControlMaster=auto -o "ControlPath=$control" -o ControlPersist=60)
}

# connect: sees that the host is there, is NixOS, and that we are root.
connect() {
  local said status=0
  ssh_options
  # shellcheck disable=SC2016
  said=$(on_host sh -c 'id -u; cat "${OPS_DEPLOY_ROOT-}/etc/NIXOS" >/dev/null 2>&1 && echo nixos; for t in rsync bash flock; do command -v $t; done' </dev/null 2>"$work/ssh-said") || status=$?
  cat -- "$work/ssh-said" >&2
  [ "$status" -ne 255 ] || refused_by_ssh "$work/ssh-said"
  [ "$(head -n 1 <<<"$said")" = 0 ] || fail 69 "$target lets us in, but not as root: deploy to root@…"
  grep -qx nixos <<<"$said" || fail 78 "$target does not run NixOS; install it first (nixos-anywhere does that over ssh)"
  local tool
  for tool in rsync bash flock; do
    grep -q "/$tool\$" <<<"$said" || fail 78 "$target has no $tool; install it there: nix --extra-experimental-features 'nix-command flakes' profile install nixpkgs#$tool"
  done
}

# at_once COMMAND…: over the shared connection, for what ends here; a lost one ends
# with 69.
at_once() {
  local status=0
  on_host "$@" </dev/null || status=$?
  [ "$status" -ne 255 ] || fail 69 "the connection to $target broke; try again"
  return "$status"
}

disconnect() {
  if [ -S "${control-}" ]; then
    ssh "${ssh_arguments[@]}" -o "ControlPath=$control" -O exit "$target" >/dev/null 2>&1 || true
  fi
}

# on_host COMMAND…: over the shared connection.
on_host() { ssh "${ssh_arguments[@]}" "${shared[@]}" "$target" -- "$(printf '%q ' "$@")"; }

# afresh COMMAND…: over a connection of its own.
afresh() { ssh "${ssh_arguments[@]}" -o ControlPath=none "$target" -- "$(printf '%q ' "$@")" </dev/null; }

# copy OPTION… FROM TO: rsync over the shared connection. It takes the command for that
# apart by rules of its own, so it is given a program.
copy() {
  printf '#!/usr/bin/env bash\nexec %s "$@"\n' "$(printf '%q ' ssh "${ssh_arguments[@]}" "${shared[@]}")" >"$work/rsh"
  chmod 0700 "$work/rsh"
  rsync --archive --rsh="$work/rsh" "$@" || fail 69 "$target did not take the files, or did not give them: see above"
}

# send FROM TO: the content of one folder into another on the host, for root alone.
send() {
  copy --no-owner --no-group --chmod=Du=rwx,Dgo=,Fgo= --delete --delete-excluded \
    --exclude-from="$deploy/excluded" "$1/" "$target:$2/"
}

# receive FROM TO: the content of a folder on the host.
receive() { copy "$target:$1/" "$2/"; }

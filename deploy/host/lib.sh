# shellcheck shell=bash
# Paths, and how things are said.

root=${OPS_DEPLOY_ROOT-}
home=$root/var/lib/ops-deploy
profile=$root/nix/var/nix/profiles/system
current=$root/run/current-system
previous_root=$root/nix/var/nix/gcroots/ops-deploy-previous

say() { printf '%s\n' "$*"; }

# fail CODE LINE…
fail() {
  local code=$1
  shift
  printf 'deploy: %s\n' "$@" >&2
  exit "$code"
}

# release_folder RELEASE: the folder of a release.
release_folder() {
  [[ $1 =~ ^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}$ ]] || fail 64 "'$1' is no release"
  printf '%s' "$home/releases/$1"
}

# detached UNIT OPTION… -- COMMAND…: starts a command that a lost connection does not
# end. It gets our PATH, not that of a service, and none of our files.
detached() {
  local unit=$1 options=()
  shift
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  # What an earlier run left of the unit would be in the way.
  systemctl reset-failed "$unit.service" >/dev/null 2>&1 || true
  systemd-run --quiet --no-ask-password --collect --unit="$unit" \
    --setenv=PATH="$PATH" --setenv=OPS_DEPLOY_ROOT="$root" --setenv=LOCALE_ARCHIVE="${LOCALE_ARCHIVE-}" \
    "${options[@]}" -- "$(readlink -f "$BASH")" "$@" 9>&-
}

# say_dumps RELEASE: where the copies of the databases are.
say_dumps() {
  local folder=$home/dumps/$1
  ! compgen -G "$folder/*.zstd" >/dev/null ||
    say "the databases are as they are now; should the old bridge refuse a newer one: ops-restore database NAME FILE, with a file of $folder"
  [ ! -e "$folder/bridge.tar" ] ||
    say "the bridge's SQLite database is as it is now; should the old bridge refuse it: put back $folder/bridge.tar, as docs/runbook.md says under \"Restore\""
  [ ! -d "$folder/homeserver" ] ||
    say "the homeserver's database is as it is now; should the old homeserver refuse it: ops-restore homeserver $folder/homeserver, without what was said since the switch"
}

nix_() { nix --extra-experimental-features 'nix-command flakes' "$@"; }

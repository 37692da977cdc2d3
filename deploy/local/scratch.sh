# shellcheck shell=bash
# A folder on the host that is gone afterwards, for what changes nothing there.

scratch=''

# make_scratch FROM: sends a folder to a new one on the host; sets scratch.
make_scratch() {
  # shellcheck disable=SC2016
  scratch=$(at_once sh -c 'umask 077; mktemp -d "${TMPDIR:-/tmp}/ops-deploy.XXXXXX"')
  send "$1" "$scratch"
}

drop_scratch() {
  [ -z "$scratch" ] || on_host rm -rf -- "$scratch" </dev/null || true
  scratch=''
}

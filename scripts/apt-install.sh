#!/usr/bin/env bash
# Installs Debian packages, as root or through sudo; says in one line what to do
# where that cannot be.
#   scripts/apt-install.sh PACKAGE…
set -euo pipefail
here=$(dirname "$0")

if ! command -v apt-get >/dev/null 2>&1; then
  echo "missing: $* (there is no apt-get here: install it with your own package manager)" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "$here/as-root.sh" env DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >>"$log" 2>&1
}

echo "installing $*" >&2
if ! apt update || ! apt install --no-install-recommends "$@"; then
  tail -n 20 "$log" >&2
  echo "missing: $* (apt-get install did not succeed; its output is above)" >&2
  exit 1
fi

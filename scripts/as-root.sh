#!/usr/bin/env bash
# Runs a command as root: as it is, or through sudo.
#   scripts/as-root.sh COMMAND…
set -euo pipefail

if [ "$(id -u)" -eq 0 ]; then
  exec "$@"
fi
if ! command -v sudo >/dev/null 2>&1; then
  printf 'missing: sudo, or run as root: %s\n' "$*" >&2
  exit 1
fi
exec sudo "$@"

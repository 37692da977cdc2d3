#!/usr/bin/env bash
# Makes sure that a Chromium is here, for the tests of the emulator's page.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${CHROMIUM:-}" ]; then
  [ -x "$CHROMIUM" ] && exit 0
  echo "missing: a browser in CHROMIUM=$CHROMIUM" >&2
  exit 1
fi
command -v chromium >/dev/null 2>&1 || scripts/apt-install.sh chromium

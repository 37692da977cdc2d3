#!/usr/bin/env bash
# Installs the official SDKs of Slack and Matrix that tests/sdk runs, as
# its lock file pins them, and does nothing when they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -f tests/sdk/package-lock.json ] || exit 0
stamp=tests/sdk/node_modules/.installed
wanted=$(node --version && sha256sum <tests/sdk/package-lock.json)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi
echo 'installing the SDKs into tests/sdk/node_modules (once)' >&2
npm ci --prefix tests/sdk --ignore-scripts --no-audit --no-fund --loglevel=error
printf '%s\n' "$wanted" >"$stamp"

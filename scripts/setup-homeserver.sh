#!/usr/bin/env bash
# Sees that there is a homeserver for the demo, which takes CONTINUWUITY_BIN or a
# continuwuity in PATH before Synapse: Synapse is installed where neither is there.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${CONTINUWUITY_BIN-}" ] || command -v continuwuity conduwuit >/dev/null 2>&1; then
  exit 0
fi
scripts/need.sh python
exec scripts/setup-synapse.sh

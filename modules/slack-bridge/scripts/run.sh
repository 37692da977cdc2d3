#!/usr/bin/env bash
# Starts the bridge, unless stage 2 wrote down that the configuration is refused.
#   run CONFIG REGISTRATION
set -euo pipefail
config=$1
registration=$2

if [ -e "${RUNTIME_DIRECTORY:?}/refused" ]; then
  exit "$(<"$RUNTIME_DIRECTORY/refused")"
fi
if [ ! -s "$registration" ]; then
  echo "$registration is not there; run: systemctl restart slack-bridge-registration" >&2
  exit 78
fi
exec slack-bridge run --config "$config" --registration "$registration"

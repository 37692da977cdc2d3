#!/usr/bin/env bash
# Writes the registration, and for continuwuity the commands that make its
# administrator and register the bridge.
#   register DIRECTORY [ADMIN]
set -euo pipefail
directory=$1
admin=${2-}
config=${RUNTIME_DIRECTORY:?}/config.yaml

if [ -e "$RUNTIME_DIRECTORY/refused" ]; then
  exit "$(<"$RUNTIME_DIRECTORY/refused")"
fi
slack-bridge registration --config "$config" --registration "$directory/registration.yaml"
if [ -n "$admin" ]; then
  slack-bridge registration continuwuity --config "$config" \
    --admin "$admin" --output "$directory/slack-bridge-registration.toml"
fi
# It holds the tokens a second time.
rm -f -- "$config"

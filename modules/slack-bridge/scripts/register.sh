#!/usr/bin/env bash
# Writes the registration, and for continuwuity the commands that register the bridge,
# after those in COMMANDS, which create its administrator.
#   register DIRECTORY [COMMANDS]
set -euo pipefail
directory=$1
commands=${2-}
config=${RUNTIME_DIRECTORY:?}/config.yaml

if [ -e "$RUNTIME_DIRECTORY/refused" ]; then
  exit "$(<"$RUNTIME_DIRECTORY/refused")"
fi
slack-bridge registration --config "$config" --registration "$directory/registration.yaml"
if [ -n "$commands" ]; then
  slack-bridge registration continuwuity --config "$config" \
    --commands "$commands" --output "$directory/slack-bridge-registration.toml"
fi
# It holds the tokens a second time.
rm -f -- "$config"

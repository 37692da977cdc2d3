#!/usr/bin/env bash
# Waits for the Slack workspace and puts its app's tokens into a file each, as sops
# would.
set -euo pipefail
folder=${RUNTIME_DIRECTORY:?}

for _ in $(seq 100); do
  if [ -s "$folder/ready" ]; then
    umask 0077
    jq -r .bot_token "$folder/tokens.json" >"$folder/bot-token"
    jq -r .app_token "$folder/tokens.json" >"$folder/app-token"
    exit 0
  fi
  sleep 0.1
done
echo 'the Slack workspace does not come up' >&2
exit 75

#!/usr/bin/env bash
# Copies the bridge's SQLite database, and removes the oldest copies when there is a new one.
#   bridge FOLDER KEEP CONFIG
set -euo pipefail
folder=$1
keep=$2
config=$3

# What a copy that was killed has left.
find "$folder" -mindepth 1 -maxdepth 1 -type d -name '.slack-bridge-backup-*' -exec rm -rf -- {} +

# A name is good for a second.
until copy=$folder/bridge-$(date -u +%Y%m%d-%H%M%S).tar && [ ! -e "$copy" ]; do sleep 1; done
slack-bridge backup --config "$config" "$copy"

# The names sort by age. A new copy is there: the rest may go.
find "$folder" -maxdepth 1 -type f -name 'bridge-????????-??????.tar' | sort | head -n "-$keep" |
  while IFS= read -r old; do
    rm -- "$old"
  done

#!/usr/bin/env bash
# Asks the homeserver for a copy of its database and waits until the copy is whole.
#   homeserver FOLDER UNIT
set -euo pipefail
folder=$1
unit=$2

# RocksDB writes meta/<number> last, when everything it names is there.
newest() {
  [ -d "$folder/meta" ] || return 0
  find "$folder/meta" -maxdepth 1 -type f -printf '%f\n' |
    { grep -E '^[0-9]+$' || true; } | sort -n | tail -n 1
}

before=$(newest)
systemctl kill --signal=SIGUSR2 --kill-whom=main -- "$unit"
for _ in $(seq 1 "${OPS_BACKUP_SECONDS:-1800}"); do
  after=$(newest)
  if [ -n "$after" ] && [ "$after" != "$before" ]; then
    echo "copy $after is complete"
    exit 0
  fi
  sleep 1
done
echo "no new copy in $folder; ask the homeserver why: journalctl -u $unit" >&2
exit 75

#!/usr/bin/env bash
# Installs the pinned Synapse into .cache/synapse, a virtual environment, and makes an
# empty database of its schema there. Each Synapse of a test begins with a copy of that,
# which saves it half a second.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.cache/synapse
scripts/setup-venv.sh "$venv" tests/synapse/requirements.txt Synapse

database=$venv/empty.db
[ ! -f "$database" ] || exit 0
work=$(mktemp -d "$venv/empty.XXXXXX")
trap 'rm -rf "$work"' EXIT
cat >"$work/homeserver.yaml" <<END
server_name: bed.test
report_stats: false
media_store_path: $work/media
signing_key_path: $work/signing.key
macaroon_secret_key: unused
trusted_key_servers: []
database: {name: sqlite3, args: {database: $work/empty.db}}
background_updates: {sleep_enabled: false}
END
"$venv/bin/python" -c 'import sys; from signedjson import key; key.write_signing_keys(sys.stdout, [key.generate_signing_key("a")])' >"$work/signing.key"
if ! "$venv/bin/update_synapse_database" --database-config "$work/homeserver.yaml" --run-background-updates >"$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  echo "no empty database for Synapse could be made" >&2
  exit 1
fi
mv "$work/empty.db" "$database"

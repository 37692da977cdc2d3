#!/usr/bin/env bash
# Installs the pinned Synapse into .cache/synapse, a virtual environment, and
# does nothing when it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

pins=tests/synapse/requirements.txt
venv=.cache/synapse
stamp=$venv/installed.txt

# The virtual environment belongs to one interpreter and one list of pins.
wanted=$(python3 --version && sha256sum <"$pins")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi

echo "installing Synapse into $venv (once; about a minute)" >&2
rm -rf "$venv"
mkdir -p .cache
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-input \
  --require-hashes --only-binary :all: --requirement "$pins"
printf '%s\n' "$wanted" >"$stamp"

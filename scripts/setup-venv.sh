#!/usr/bin/env bash
# Installs pinned Python packages into a virtual environment, and does nothing when they
# are there already.
#   scripts/setup-venv.sh VENV PINS WHAT
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$1 pins=$2 what=$3
stamp=$venv/installed.txt

# The virtual environment belongs to one interpreter and one list of pins.
wanted=$(python3 --version && sha256sum <"$pins")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi

echo "installing $what into $venv (once; a minute at most)" >&2
rm -rf "$venv"
mkdir -p .cache
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-input \
  --require-hashes --only-binary :all: --requirement "$pins"
printf '%s\n' "$wanted" >"$stamp"

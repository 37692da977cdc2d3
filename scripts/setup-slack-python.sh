#!/usr/bin/env bash
# Installs Slack's SDK for Python into .cache/slack-python, as tests/sdk/python/requirements.txt
# pins it, and does nothing when it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.cache/slack-python
pins=tests/sdk/python/requirements.txt
stamp=$venv/installed.txt
wanted=$(python3 --version && sha256sum <"$pins")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi
echo "installing Slack's SDK for Python into $venv (once)" >&2
rm -rf "$venv"
mkdir -p .cache
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-input \
  --require-hashes --only-binary :all: --requirement "$pins"
printf '%s\n' "$wanted" >"$stamp"

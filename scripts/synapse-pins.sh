#!/usr/bin/env bash
# Writes tests/synapse/requirements.txt: Synapse and everything that it pulls
# in, each at one version with the hashes of its files.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=.cache/pip-tools
[ -x "$tools/bin/pip-compile" ] || {
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check pip-tools==7.6.2
}
cd tests/synapse
"../../$tools/bin/pip-compile" --quiet --upgrade --generate-hashes --allow-unsafe \
  --no-emit-find-links --strip-extras --output-file requirements.txt requirements.in

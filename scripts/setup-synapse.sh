#!/usr/bin/env bash
# Installs the pinned Synapse into .cache/synapse, a virtual environment.
set -euo pipefail
exec "$(dirname "$0")/setup-venv.sh" .cache/synapse tests/synapse/requirements.txt Synapse

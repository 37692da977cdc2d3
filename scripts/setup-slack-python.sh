#!/usr/bin/env bash
# Installs Slack's SDK for Python into .cache/slack-python, as tests/sdk/python/requirements.txt
# pins it.
set -euo pipefail
exec "$(dirname "$0")/setup-venv.sh" .cache/slack-python tests/sdk/python/requirements.txt "Slack's SDK for Python"

#!/usr/bin/env bash
# Makes sure that shellcheck is here.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v shellcheck >/dev/null 2>&1 || scripts/apt-install.sh shellcheck

#!/usr/bin/env bash
# Starts the demo from a checkout of the repository: it builds what it starts.
set -euo pipefail

if [ ! -f go.mod ] || ! grep -qx 'module ops-jrz1' go.mod; then
  echo 'run this in a checkout of ops-jrz1' >&2
  exit 64
fi
exec go run -tags goolm ./bridge/cmd/demo "$@"

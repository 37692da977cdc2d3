#!/usr/bin/env bash
# Makes sure that the programs of PostgreSQL 15 are here. No server is set up:
# the testbed makes its own clusters in temporary folders.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
if [ -x "$bin/postgres" ] && [ -x "$bin/initdb" ]; then
  exit 0
fi
if [ -n "${POSTGRES_BIN:-}" ]; then
  echo "missing: postgres and initdb in POSTGRES_BIN=$POSTGRES_BIN" >&2
  exit 1
fi

# Debian's package makes and starts a cluster of its own unless this says no.
settings=/etc/postgresql-common/createcluster.conf
if command -v apt-get >/dev/null 2>&1 && [ ! -e "$settings" ]; then
  scripts/as-root.sh mkdir -p "${settings%/*}"
  echo 'create_main_cluster = false' | scripts/as-root.sh tee "$settings" >/dev/null
fi
scripts/apt-install.sh postgresql-15

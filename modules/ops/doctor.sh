#!/usr/bin/env bash
# Runs the doctor as the bridge's user, by which the database knows it and who may read
# its files.
#   doctor USER ARGUMENT…
set -euo pipefail
user=$1
shift

if [ "$(id -un)" = "$user" ]; then
  exec slack-bridge doctor "$@"
fi
if [ "$(id -u)" != 0 ]; then
  echo "run this as root or $user: sudo ops-doctor" >&2
  exit 77
fi
cd /
exec runuser -u "$user" -- slack-bridge doctor "$@"

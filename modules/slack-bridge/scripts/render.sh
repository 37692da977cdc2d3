#!/usr/bin/env bash
# Stage 2, as the service's user: renders the configuration from the settings of
# the host and the files that hold secrets.
#   render SETTINGS CONFIG [KEY=FILE…]
#
# systemd restarts a unit whose stage failed whatever its exit code says. A refusal
# that a restart cannot cure is therefore written down and the stage succeeds; the
# main process then ends with that code, and the unit stays down.
set -euo pipefail
settings=$1
config=$2
shift 2
refused=${RUNTIME_DIRECTORY:?}/refused

rm -f -- "$refused"
secrets=()
for secret in "$@"; do
  secrets+=(--secret "$secret")
done

status=0
slack-bridge config render --config "$config" --override "$settings" "${secrets[@]}" || status=$?
case $status in
  0) ;;
  69 | 70 | 75) exit "$status" ;;
  *) echo "$status" >"$refused" ;;
esac

#!/usr/bin/env bash
# Notes for Prometheus' node exporter that something has just worked.
#   noted FOLDER METRIC
set -euo pipefail
folder=$1
metric=$2

# The exporter reads what is called .prom, and never half of it.
written=$(mktemp -- "$folder/.offsite.XXXXXX")
printf '%s %s\n' "$metric" "$(date +%s)" >"$written"
chmod 0644 -- "$written"
mv -T -- "$written" "$folder/offsite.prom"

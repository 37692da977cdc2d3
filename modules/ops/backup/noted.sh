#!/usr/bin/env bash
# Notes for Prometheus' node exporter that something has just worked. Each unit has a file of
# its own.
#   noted FILE METRIC
set -euo pipefail
file=$1
metric=$2

# The exporter reads what is called .prom, and never half of it.
written=$(mktemp -- "${file%/*}/.${file##*/}.XXXXXX")
printf '%s %s\n' "$metric" "$(date +%s)" >"$written"
chmod 0644 -- "$written"
mv -T -- "$written" "$file"

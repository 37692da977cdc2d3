#!/usr/bin/env bash
# Runs the program over a file of settings when the host is built. No secret is
# there then: those that come from files are stood in for.
#   check-settings PROGRAM SETTINGS [KEY…]
set -euo pipefail
program=$1
settings=$2
shift 2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
secrets=()
for key in "$@"; do
  case $key in
    database.uri) echo 'postgresql://user@192.0.2.1/database' >"$folder/$key" ;;
    *) echo "0123456789abcdef0123456789abcdef-$key" >"$folder/$key" ;;
  esac
  secrets+=(--secret "$key=$folder/$key")
done
"$program" config render --config "$folder/config.yaml" --override "$settings" "${secrets[@]}"

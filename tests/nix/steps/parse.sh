#!/usr/bin/env bash
# Every file parses, says at its top why it exists, and takes no names from nowhere.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix-instantiate

count=0
wrong=()
while IFS= read -r file; do
  count=$((count + 1))
  in_store nix-instantiate --parse "$file" >/dev/null || wrong+=("$file does not parse")
  [[ $(head -c 1 "$file") == '#' ]] || wrong+=("$file does not begin with why it exists")
  if grep -nE '^\s*with lib;' "$file"; then
    wrong+=("$file: with lib")
  fi
done < <(files '*.nix')
[ "${#wrong[@]}" -eq 0 ] || fail "${wrong[@]}"
echo "$count files"

#!/usr/bin/env bash
# systemd understands our units and finds them shut off well: at most 1.5 of its
# exposure figure.
set -euo pipefail
. tests/nix/steps/lib.sh
need jq systemd-analyze

threshold=1.5
figures=()
for case in minimal host host-sqlite; do
  mkdir -p "$work/units/$case"
  in_store nix-instantiate --eval --strict --json tests/nix/lib/units-of.nix \
    --arg golden "$PWD/$golden/$case.json" >"$work/units/$case.json"
  units=(slack-bridge slack-bridge-registration)
  [ "$case" != host-sqlite ] || units+=(ops-backup-bridge)
  for unit in "${units[@]}"; do
    file=$work/units/$case/$unit.service
    jq -r --arg unit "$unit.service" '.[$unit]' "$work/units/$case.json" >"$file"
    complaints=$(systemd-analyze verify --man=no --recursive-errors=no "$file" 2>&1 |
      grep -vE 'is not executable|Unknown key .(RestartSteps|RestartMaxDelaySec). in' || true)
    [ -z "$complaints" ] || fail "$complaints"
    figure=$(systemd-analyze security --offline=yes --threshold=100 "$file" |
      sed -nE 's/.*Overall exposure level.*: ([0-9.]+) .*/\1/p')
    [ -n "$figure" ] || fail "no figure for $unit"
    awk -v f="$figure" -v t="$threshold" 'BEGIN { exit !(f <= t) }' ||
      fail "$case: $unit has $figure, more than $threshold; systemd-analyze security --offline=yes says why"
    figures+=("$unit $figure")
  done
done
printf '%s\n' "${figures[@]}" | sort -u | paste -sd, | sed 's/,/, /g'

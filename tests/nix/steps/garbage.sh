#!/usr/bin/env bash
# The host's garbage collection leaves systems to go back to, however old they are: the
# command of the recorded host, run by the real nix-env on a profile of quiet months.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix-env nix-store jq

command=$(jq -r '.systemd.services."nix-gc".serviceConfig.ExecStartPre' "$golden/host.json")
script=$(jq -r '.systemd.services."nix-gc".script' "$golden/host.json")
[[ $command == */bin/nix-env\ * ]] || fail "nothing is deleted by number: $command"
grep -qE -- 'nix-collect-garbage *$' <<<"$script" || fail "the collection deletes generations by age: $script"

profile=$work/profiles/system
mkdir -p "${profile%/*}"
for number in 1 2 3 4 5 6 7; do
  mkdir "$work/system-$number"
  echo "$number" >"$work/system-$number/number"
  path=$(in_store nix-store --add "$work/system-$number")
  in_store nix-env --profile "$profile" --set "$path" 2>/dev/null
  touch --no-dereference --date="$((70 - number)) days ago" "$profile-$number-link"
done
read -r -a words <<<"${command/\/nix\/var\/nix\/profiles\/system/$profile}"
in_store nix-env "${words[@]:1}" 2>/dev/null
left=$(find "${profile%/*}" -name 'system-*-link' | wc -l)
[ "$left" = 5 ] || fail "$left of 7 systems are left, not 5"
[ -e "$profile-7-link" ] || [ -L "$profile-7-link" ] || fail 'the system that runs is gone'
echo '5 of 7 old systems are left'

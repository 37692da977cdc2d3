#!/usr/bin/env bash
# The program itself takes the settings that the modules give it, in each recorded
# case, by the very script that checks them when a host is built; and it refuses a
# misspelt one.
set -euo pipefail
. tests/nix/steps/lib.sh
need go jq
[ -d bridge/cmd/slack-bridge ] || not_run 'there is no bridge/cmd/slack-bridge yet'

go build -tags goolm -o "$work/bin/" ./bridge/cmd/slack-bridge
check() { bash modules/slack-bridge/scripts/check-settings.sh "$work/bin/slack-bridge" "$@"; }

count=0
for golden in tests/nix/golden/*.json; do
  jq --exit-status 'type == "object" and (.services | has("slack-bridge"))' "$golden" >/dev/null 2>&1 || continue
  jq '.services."slack-bridge".settings' "$golden" >"$work/settings.json"
  jq '.services."slack-bridge".registrationSettings' "$golden" >"$work/registration.json"
  mapfile -t keys < <(jq -r '[.systemd.services."slack-bridge".serviceConfig.ExecStartPre[]
    | splits(" ") | select(test("^[a-z_]+[.].*=")) | sub("=.*"; "")] | unique[]' "$golden")
  check "$work/settings.json" "${keys[@]}"
  check "$work/registration.json" appservice.as_token appservice.hs_token
  count=$((count + 1))
done
[ "$count" -ge 5 ] || fail "only $count recorded cases have settings"

jq '.network.conversation_cuont = 1' "$work/settings.json" >"$work/misspelt.json"
if check "$work/misspelt.json" >"$work/misspelt.log" 2>&1; then
  fail 'a misspelt setting is accepted'
fi
grep -q conversation_cuont "$work/misspelt.log" || fail "the misspelt key is not named: $(cat "$work/misspelt.log")"
echo "$count cases accepted by the program"

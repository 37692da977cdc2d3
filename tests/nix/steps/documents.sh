#!/usr/bin/env bash
# What documents show of Nix is Nix: a block that is a module, or a part of one, is
# evaluated together with ours, and the program takes the resulting settings. A block
# that begins with the name of another file is parsed.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix-instantiate jq go

mkdir -p "$work/blocks/parsed" "$work/blocks/modules"
# Every block of every document but the generated one, in a file of its own.
files docs README.md | { grep '\.md$' | grep -v '^docs/reference/options\.md$' || true; } | while IFS= read -r document; do
  awk -v into="$work/blocks/" -v name="$(basename "$document" .md)" '
    /^ *```nix$/ { n++; out = into name "-" n ".nix"; printf "" >out; next }
    /^ *```$/ { out = "" }
    out != "" { print >out }
  ' "$document"
done
for block in "$work"/blocks/*.nix; do
  nix-instantiate --parse "$block" >/dev/null 2>&1 || {
    # A part of a module.
    sed -i -e '1i {' -e '$a }' "$block"
    nix-instantiate --parse "$block" >/dev/null || fail "$(basename "$block") is no Nix: $(cat "$block")"
  }
  if grep -qx '# flake.nix' "$block"; then mv "$block" "$work/blocks/parsed/"; else mv "$block" "$work/blocks/modules/"; fi
done
modules=$(find "$work/blocks/modules" -type f | wc -l)
[ "$modules" -ge 4 ] || fail "only $modules modules in the documents"
[[ -n ${NIXPKGS_LIB-} && -n ${SOPS_NIX-} ]] || not_run "$modules modules parsed; to evaluate them set NIXPKGS_LIB and SOPS_NIX"

in_store nix-instantiate --eval --strict --json tests/nix/documents.nix --argstr folder "$work/blocks/modules" >"$work/documents.json" ||
  fail 'a module in the documents does not evaluate'
jq --exit-status . "$work/documents.json" >/dev/null
refused=$(jq -r 'to_entries[] | select(.value.refused != []) | "\(.key): \(.value.refused[])"' "$work/documents.json")
[ -z "$refused" ] || fail "$refused"

# Synapse is told of the credential that it gets.
jq --exit-status '[.[] | select(.synapse != {})] | length == 1 and (.[0] |
  (.credentials[0] | split(":")[0]) as $name | .synapse.app_service_config_files == ["/run/credentials/matrix-synapse.service/" + $name])' \
  "$work/documents.json" >/dev/null || fail 'the example for Synapse does not fit together'

go build -tags goolm -o "$work/bin/" ./bridge/cmd/slack-bridge
for name in $(jq -r 'to_entries[] | select(.value.settings).key' "$work/documents.json"); do
  # The program refuses the placeholder, as it should.
  jq --arg name "$name" '.[$name].settings' "$work/documents.json" | sed 's/your\.server/engines.test/g' >"$work/settings.json"
  bash modules/slack-bridge/scripts/check-settings.sh "$work/bin/slack-bridge" "$work/settings.json" \
    appservice.as_token appservice.hs_token provisioning.shared_secret ||
    fail "the settings of $name are refused"
done
echo "$modules modules of the documents evaluated, their settings accepted by the program"

#!/usr/bin/env bash
# docs/reference/options.md says what the recorded options are.
set -euo pipefail
. tests/nix/steps/lib.sh
need jq

page=docs/reference/options.md
jq -r -f tests/nix/lib/options.jq tests/nix/golden/options.json | sed '$ { /^$/d }' >"$work/options.md"
[ -z "${UPDATE-}" ] || cp "$work/options.md" "$page"
diff -u "$page" "$work/options.md" || fail "$page is not what the options say: tests/nix/check --update options"
! grep -n 'null$' "$page" || fail "$page has an option without a text"
echo "$(grep -c '^### ' "$page") options"

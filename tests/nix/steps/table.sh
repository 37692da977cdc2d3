#!/usr/bin/env bash
# Every choice of an owner, alone and with every other, gives a host, or lines that each say
# what to do: as recorded in tests/nix/golden/table.json. Without nixpkgs the record is held
# against its files by the step record.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix-instantiate jq

# No raw error is ever recorded, and every line names an option.
sound() {
  local wrong
  wrong=$(jq -r 'to_entries[] | .key as $k | .value[] | select(. != "a host" and (test("ops\\.|services\\.|sops") | not) or startswith("an error, and no line") or startswith("a host without")) | "\($k): \(.)"' "$1")
  [ -z "$wrong" ] || fail "$wrong"
}
need_sources
evaluate table | jq -S . >"$work/table.json" || fail 'the evaluation failed'
sound "$work/table.json"
[ -z "${UPDATE-}" ] || cp "$work/table.json" "$golden/table.json"
diff -u "$golden/table.json" "$work/table.json" || fail 'other results than tests/nix/golden/table.json; if that is meant: tests/nix/check --update table'
echo "$(jq length "$work/table.json") choices and pairs, $(jq '[.[] | select(. == ["a host"])] | length' "$work/table.json") of them a host"

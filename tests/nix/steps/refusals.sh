#!/usr/bin/env bash
# Each case that violates one assertion is answered by it and by nothing else, and
# each that does not fit the options at all fails with a message that names them.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix-instantiate jq
need_sources

evaluate refused >"$work/refused.json" || fail 'the evaluation failed'
wrong=$(jq -r '
  to_entries[]
  | select((.value.actual | length) != 1 or (.value.expected as $e | .value.actual[0] | contains($e) | not))
  | "\(.key): expected \(.value.expected)\n  got \(.value.actual)"
' "$work/refused.json")
[ -z "$wrong" ] || fail "$wrong"

count=$(jq length "$work/refused.json")
for file in tests/nix/cases/broken/*.nix; do
  case=$(basename "$file" .nix)
  message=$(evaluate "broken.$case.message" | jq -r .)
  if evaluate "broken.$case.result" >/dev/null 2>"$work/broken.log"; then
    fail "$case evaluates, but must not"
  fi
  grep -qF -- "$message" "$work/broken.log" || fail "$case: expected $message" "got $(cat "$work/broken.log")"
  count=$((count + 1))
done

# Every message of an assertion is the answer of some case: one of them contains its
# longest fixed part.
jq -r '.[].actual[]' "$work/refused.json" >"$work/answers"
unanswered=$(files modules | xargs sed -nE 's/^ *message = "(.*)/\1/p' |
  sed -E 's/";$//; s/\$\{[^}]*\}?/\n/g; s/$/\n/' |
  awk 'BEGIN { RS = ""; FS = "\n" } { best = ""; for (i = 1; i <= NF; i++) if (length($i) > length(best)) best = $i; print best }' |
  while IFS= read -r part; do
    grep -qF -- "$part" "$work/answers" || echo "no case is answered with: $part"
  done)
[ -z "$unanswered" ] || fail "$unanswered"
echo "$count cases"

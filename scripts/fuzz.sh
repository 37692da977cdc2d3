#!/usr/bin/env bash
# Fuzzes every target of the repository, one after the other, each for as long as
# the first argument says (go help testflag, -fuzztime). A target that finds
# something does not keep the others from their turn; what was found is printed and
# stays in its package's testdata, to be committed with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."

time=$1
only=${2:-.}

# Inputs that reach new code are made smaller before they are kept. That is bounded
# by a count: by default it may take a minute for each, which on the slower targets
# left nothing for looking for more.
minimise=100x

# targets prints the folder and the name of each target.
targets() {
  git grep -n -E '^func Fuzz[A-Za-z0-9]*\(' -- '*_test.go' |
    sed -E 's|^(.*)/[^/]*:[0-9]+:func (Fuzz[A-Za-z0-9]*)\(.*|./\1 \2|' | sort
}

ran=0 failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
while read -r folder name; do
  [[ $name =~ $only ]] || continue
  ran=$((ran + 1))
  if go test -tags goolm -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime "$minimise" "$folder" >"$output" 2>&1 </dev/null; then
    executions=$(grep -oE 'execs: [0-9]+' "$output" | tail -n 1 | grep -oE '[0-9]+' || echo 0)
    if [ "$executions" -gt 0 ]; then
      printf 'ok  %10s executions  %s %s\n' "$executions" "$folder" "$name"
      continue
    fi
    echo "the inputs that are there already took all of $time; give it more" >"$output"
  fi
  failed=$((failed + 1))
  printf 'FAILED %s %s\n' "$folder" "$name"
  grep -v '^fuzz: elapsed' "$output"
done < <(targets)

[ "$ran" -gt 0 ] || {
  echo "fuzz: no target is called like $only" >&2
  exit 1
}
echo "$ran targets of $time each, $failed failed"
[ "$failed" -eq 0 ]

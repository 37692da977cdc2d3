#!/usr/bin/env bash
# Every check that runs no test. It goes on after a failed one, so that one run
# names everything.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

status=0
failed() { status=1; }
files() { git ls-files --cached --others --exclude-standard --deduplicate "$@"; }

shell_files() {
  files | while read -r file; do
    case $file in
      *.sh | .ci/run) echo "$file" ;;
      *.*) ;;
      *) # A file without an ending is known by its first line.
        if [ -f "$file" ] && head -n 1 "$file" | grep -qaE '^#!.*(ba)?sh$'; then
          echo "$file"
        fi
        ;;
    esac
  done
}

echo '== gofumpt (make fmt mends it)'
unformatted=$(files '*.go' | xargs go tool gofumpt -l) || failed
[ -z "$unformatted" ] || {
  echo "$unformatted"
  failed
}

echo '== go mod tidy'
go mod tidy -diff || failed

# With the tag of tests/stack every Go file of the module is looked at, but for the
# side of a failpoint that kills.
echo '== go vet'
go vet -tags goolm,stack ./... || failed
go vet -tags goolm,failpoint ./bridge/internal/failpoint || failed

echo '== staticcheck'
go tool staticcheck -tags goolm,stack ./... || failed

# exceptions prints "file rule" for each place where a linter is told to look away.
exceptions() {
  files '*.go' '*.sh' '.ci/run' 'deploy/*' 'tests/*' 'modules/*' | sort -u | grep -vx scripts/lint.sh | while read -r file; do
    [ -f "$file" ] || continue
    grep -hoE '//lint:ignore [A-Z0-9,]+|//nolint[:a-z]*|^[[:space:]]*#? ?(shellcheck )?disable=[A-Z0-9,]+' "$file" 2>/dev/null |
      grep -oE '[A-Z]+[0-9]+|nolint' | while read -r rule; do echo "$file $rule"; done
  done | sort -u
}

echo '== exceptions (scripts/lint-exceptions)'
diff <(sed -E '/^(#|$)/d; s/^([^ ]+) +([^ ]+) .*/\1 \2/' scripts/lint-exceptions | sort -u) <(exceptions) || failed

echo '== shellcheck'
shell_files | xargs shellcheck --external-sources || failed

exit "$status"

#!/usr/bin/env bash
# Names the prerequisites that are missing, one line each, and fails if any is.
#   scripts/need.sh go gcc node python
set -euo pipefail

missing=0
say() {
  printf 'missing: %s\n' "$*" >&2
  missing=1
}

# at_least HAVE WANT: true when version HAVE is not older than WANT.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

need_go() {
  local have
  have=$(go env GOVERSION 2>/dev/null) || have=
  have=${have#go}
  if [ -z "$have" ]; then
    say 'Go 1.26 or newer (https://go.dev/dl/)'
  elif ! at_least "$have" 1.26; then
    say "Go 1.26 or newer; this is Go $have (https://go.dev/dl/)"
  fi
}

need_gcc() {
  command -v "${CC:-gcc}" >/dev/null 2>&1 || say 'a C compiler, for SQLite (Debian: apt-get install gcc libc6-dev)'
}

need_node() {
  local have
  have=$(node --version 2>/dev/null) || have=
  have=${have#v}
  if [ -z "$have" ] || ! at_least "$have" 20; then
    say "Node 20 or newer${have:+; this is Node $have} (https://nodejs.org)"
  elif ! command -v npm >/dev/null 2>&1; then
    say 'npm, which comes with Node (Debian: apt-get install npm)'
  fi
}

need_python() {
  if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say 'Python 3.11 or newer (Debian: apt-get install python3 python3-venv)'
  elif ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    say "Python's venv module (Debian: apt-get install python3-venv)"
  fi
}

for tool in "$@"; do
  case $tool in
    go) need_go ;;
    gcc) need_gcc ;;
    node) need_node ;;
    python) need_python ;;
    *)
      echo "usage: $0 [go] [gcc] [node] [python]" >&2
      exit 64
      ;;
  esac
done
exit "$missing"

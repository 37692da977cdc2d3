# shellcheck shell=bash
# What a person reads: steps on the standard output, refusals on the other.

step() { printf '== %s\n' "$*"; }

# fail CODE LINE…
fail() {
  local code=$1
  shift
  printf 'deploy: %s\n' "$@" >&2
  exit "$code"
}

usage() {
  sed -n '2,/^set /{ s/^# \{0,1\}//p }' "$deploy/deploy" >&2
  exit 64
}

# need TOOL…: the programs that this machine must have.
need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 ||
      fail 69 "missing on this machine: $tool (nix develop brings it)"
  done
}

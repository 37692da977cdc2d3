# shellcheck shell=bash
# What the steps of tests/nix/check share. A step ends with one line that says what
# it found; exit code 75 means that it could not be run here.

export PATH="$PWD/.cache/nix/bin:$PATH"

if [ -z "${OPS_NIX_WORK-}" ]; then
  OPS_NIX_WORK=$(mktemp -d)
  export OPS_NIX_WORK
  trap 'chmod -R u+w "$OPS_NIX_WORK"; rm -rf "$OPS_NIX_WORK"' EXIT
fi
work=$OPS_NIX_WORK

not_run() {
  echo "$1"
  exit 75
}

fail() {
  printf '%s\n' "$@"
  exit 1
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || not_run "missing: $tool (scripts/setup-nix.sh installs it)"
  done
}

need_sources() {
  [[ -n ${NIXPKGS_LIB-} && -n ${SOPS_NIX-} ]] ||
    not_run 'needs nixpkgs and sops-nix: set NIXPKGS_LIB and SOPS_NIX'
}

# The files of the project in this folder, tracked or new.
files() {
  git ls-files --cached --others --exclude-standard --deduplicate -- "$@" |
    while IFS= read -r file; do
      [ ! -f "$file" ] || printf '%s\n' "$file"
    done
}

golden=tests/nix/golden

# Everything that an evaluation reads. What an owner edits, hosts and secrets, is not among
# it: the recorded host has values of its own (tests/nix/example).
record_digest() {
  {
    files modules tests/nix/cases tests/nix/example tests/nix/lib tests/nix/upstream tests/nix/default.nix tests/nix/table.nix tests/nix/real.nix \
      deploy/host/old-homeservers |
      LC_ALL=C sort | xargs sha256sum
    cat flake.lock "$golden/sources.json"
  } | sha256sum | cut -d ' ' -f 1
}

# A store of the tests' own: evaluation leaves nothing on the machine.
in_store() { "$1" --store "$work/store" "${@:2}"; }

nix_() {
  in_store nix --extra-experimental-features 'nix-command flakes' --offline "$@"
}

# evaluate ATTRIBUTE [ARGUMENT…]: prints the value as JSON. A failing evaluation can
# leave half a value behind, so both the exit code and the form are looked at.
evaluate() {
  local out=$work/evaluated.json
  in_store nix-instantiate --eval --strict --json --read-write-mode tests/nix -A "$@" >"$out" || return 1
  jq --exit-status . "$out" >/dev/null || return 1
  cat "$out"
}

# Paths in the store without their hashes, and the secrets file without its own: they
# say nothing to a reader and change with every value.
without_hashes() {
  sed -E 's#/nix/store/[0-9a-z]{32}-#/nix/store/#g; s#("sopsFileHash":")[0-9a-f]+#\1#g'
}

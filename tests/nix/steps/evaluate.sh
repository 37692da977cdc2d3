#!/usr/bin/env bash
# What the modules say to NixOS in each accepted case is what is recorded in
# tests/nix/golden. Of which files it was recorded is looked at by the step record.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix jq

# A path of the checkout is one of the flake's source in the store.
record() {
  jq -S . | without_hashes | sed "s#\"$PWD/#\"/nix/store/source/#g"
}

need_sources
mkdir "$work/golden"
evaluate accepted >"$work/accepted.json" || fail 'the evaluation failed'
for case in $(jq -r 'keys[]' "$work/accepted.json"); do
  jq --arg case "$case" '.[$case]' "$work/accepted.json" | record >"$work/golden/$case.json"
  refused=$(jq -r '.refused // [] | .[]' "$work/golden/$case.json")
  [ -z "$refused" ] || fail "$case is refused: $refused"
done
# The files that the units of the two hosts of the stack test refer to: what a test runs
# that has no Nix. What one name is of both hosts (settings) the test makes of the record.
# continuwuity's is left out, because its TOML is made by nixpkgs.
collect() {
  local folder=$work/golden/$1 path name
  { grep -ohE '/nix/store/[0-9a-z]{32}-[A-Za-z0-9._-]+' || true; } | sort -u | while IFS= read -r path; do
    name=${path:44}
    [[ -f $work/store$path && $name != secrets.yaml && $name != continuwuity.toml && ! -e $folder/$name ]] || continue
    without_hashes <"$work/store$path" >"$folder/$name"
    collect "$1" <"$work/store$path"
  done
}
mkdir "$work/golden/host.files"
jq -c '.host, .["host-sqlite"]' "$work/accepted.json" | collect host.files
# Hosts with another repository: only what differs.
for case in host-sftp host-pinned host-rest; do
  mkdir "$work/golden/$case.files"
  jq -c --arg case "$case" '.[$case] | .systemd.services["restic-backups-offsite"],
    (.environment.systemPackages[] | select(endswith("-restic-offsite")))' "$work/accepted.json" | collect "$case.files"
  for file in "$work/golden/$case.files"/*; do
    ! cmp -s "$file" "$work/golden/host.files/${file##*/}" || rm "$file"
  done
done

# The mission's host, which only its owner completes, is a host all the same.
evaluate mission >"$work/mission.json" || fail 'hosts/ops-jrz1 does not evaluate'
refused=$(jq -r '.refused // [] | .[]' "$work/mission.json")
[ -z "$refused" ] || fail "hosts/ops-jrz1 is refused: $refused"

evaluate options | record >"$work/golden/options.json" || fail 'the options cannot be listed'

if [ -n "${UPDATE-}" ]; then
  find "$golden" -maxdepth 1 -name '*.json' ! -name table.json ! -name newer-nix.json -delete
  rm -rf "$golden"/*.files
  cp -r "$work/golden"/* "$golden/"
  jq -n --arg lib "$(nix_ hash path "$NIXPKGS_LIB/lib")" --arg sops "$(nix_ hash path "$SOPS_NIX")" \
    '{"nixpkgs/lib": $lib, "sops-nix": $sops}' >"$golden/sources.json"
  # Of the same files; the digest stands for both.
  bash tests/nix/steps/table.sh
  record_digest >"$golden/digest"
fi
diff -ru --exclude=README.md --exclude=table.json --exclude=newer-nix.json --exclude=digest --exclude=sources.json "$golden" "$work/golden" ||
  fail 'the modules say something else than tests/nix/golden; if that is meant: tests/nix/check --update evaluate'
echo "$(jq length "$work/accepted.json") cases as recorded"

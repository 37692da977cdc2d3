#!/usr/bin/env bash
# `nix flake check` walks every output, with a nixpkgs of a few lines in the place of
# the real one (tests/nix/stub).
set -euo pipefail
. tests/nix/steps/lib.sh
need nix git
need_sources

stub=$work/stub
mkdir "$stub" "$work/tree"
cp -r "$NIXPKGS_LIB/lib" "$stub/lib"
cp -r tests/nix "$stub/nix"
cp tests/nix/stub/flake.nix "$stub/"
files . | tar -c --files-from=- | tar -x -C "$work/tree"

overrides=(
  --override-input nixpkgs "path:$stub"
  --override-input sops-nix "path:$SOPS_NIX"
  --no-write-lock-file
)
nix_ flake check --no-build "${overrides[@]}" "path:$work/tree"
nix_ flake show --json "${overrides[@]}" "path:$work/tree" >"$work/outputs.json"
wanted='["apps","checks","devShells","formatter","nixosConfigurations","nixosModules","overlays","packages"]'
[ "$(jq -c keys "$work/outputs.json")" = "$wanted" ] || fail "outputs: $(jq -c keys "$work/outputs.json")"
echo "every output evaluates"

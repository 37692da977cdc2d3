#!/usr/bin/env bash
# flake.lock names inputs whose content is what it says. nixpkgs' own hash is that of
# the whole tree, which is not at hand: its form is looked at.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix jq

jq --exit-status '
  .version == 7
  and .nodes.root.inputs == {nixpkgs: "nixpkgs", "sops-nix": "sops-nix"}
  and .nodes."sops-nix".inputs.nixpkgs == ["nixpkgs"]
  and ([.nodes | .nixpkgs, ."sops-nix" | .locked
        | (.rev | test("^[0-9a-f]{40}$")) and (.narHash | test("^sha256-[A-Za-z0-9+/]{43}=$"))] | all)
' flake.lock >/dev/null || fail 'flake.lock has not the form that the flake needs'
[ "$(jq --indent 2 -S . flake.lock)" = "$(cat flake.lock)" ] || fail 'flake.lock is not sorted as nix writes it'

[ -n "${SOPS_NIX-}" ] || not_run "well-formed; sops-nix' hash not recomputed: set SOPS_NIX"
locked=$(jq -r '.nodes."sops-nix".locked.narHash' flake.lock)
hash=$(nix_ hash path "$SOPS_NIX")
[ "$hash" = "$locked" ] || fail "flake.lock says $locked for sops-nix, $SOPS_NIX has $hash"
echo "sops-nix has $hash"

#!/usr/bin/env bash
# `nix flake check` walks every output, with a nixpkgs of a few lines in the place of
# the real one (tests/nix/stub): of a fresh clone, and after what the quickstart has an owner
# write. NIX_COMMAND names another nix than the one in the path.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix git
need_sources

stub=$work/stub
mkdir "$stub"
cp -r "$NIXPKGS_LIB/lib" "$stub/lib"
cp -r tests/nix "$stub/nix"
cp tests/nix/stub/flake.nix "$stub/"

overrides=(
  --override-input nixpkgs "path:$stub"
  --override-input sops-nix "path:$SOPS_NIX"
  --no-write-lock-file
)
# A clone has what is tracked, and no more.
clone() {
  mkdir "$work/$1"
  files . | grep -vx 'hosts/[^/]*/authorized_keys' | tar -c --files-from=- | tar -x -C "$work/$1"
}
check() {
  nix_ flake check --no-build "${overrides[@]}" "path:$work/$1" >"$work/$1.log" 2>&1 ||
    fail "$1: $(cat "$work/$1.log")"
}

clone 'fresh-clone'
check 'fresh-clone'
nix_ flake show --all-systems --json "${overrides[@]}" "path:$work/fresh-clone" >"$work/outputs.json" 2>/dev/null ||
  nix_ flake show --json "${overrides[@]}" "path:$work/fresh-clone" >"$work/outputs.json"
wanted='["apps","checks","devShells","formatter","nixosConfigurations","nixosModules","overlays","packages"]'
[ "$(jq -c keys "$work/outputs.json")" = "$wanted" ] || fail "outputs: $(jq -c keys "$work/outputs.json")"

# The values of the quickstart's step 3 and what init writes, the forge off, a host on ARM.
clone 'edited'
host=$work/edited/hosts/ops-jrz1
sed -i -e 's/"clarun.xyz"/"your.server"/; s/admin = "admin"/admin = "ann"/; s/workspace = "[^"]*"/workspace = "acme"/' \
  -e 's/acmeEmail = .*/acmeEmail = "ann@your.server";/; s/stateVersion = ".*"/stateVersion = "25.11"/' \
  -e '/forge = {/,/};/ s/enable = true/enable = false/' "$host/default.nix"
! grep -q clarun "$host/default.nix" || fail 'the domain was not edited'
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGiRasPrWBFOACBJn4kzhezDd7bDD5r4v+Cy2g/oSCwi ann' >"$host/authorized_keys"
sed -i 's/^  imports = \[/  nixpkgs.hostPlatform = "aarch64-linux";\n  imports = [/' "$host/hardware.nix"
check 'edited'
echo 'every output evaluates, of a fresh clone and after the edits of the quickstart'

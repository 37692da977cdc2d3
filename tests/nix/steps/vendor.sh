#!/usr/bin/env bash
# The vendor hash is that of the sources as the package filters them, and these
# sources are enough to build from.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix nix-instantiate go

source=$(in_store nix-instantiate --eval --read-write-mode --json nix/source.nix | jq -r .)
cp -r "$work/store$source" "$work/go"
chmod -R u+w "$work/go"

export GOTOOLCHAIN=local GOWORK=off GOFLAGS=
(cd "$work/go" && go mod vendor)
hash=$(nix_ hash path "$work/go/vendor")
if [ -n "${UPDATE-}" ]; then
  sed -i "s|^\"sha256-.*\"$|\"$hash\"|" nix/vendor-hash.nix
fi
recorded=$(in_store nix-instantiate --eval --json nix/vendor-hash.nix | jq -r .)
[ "$hash" = "$recorded" ] ||
  fail "nix/vendor-hash.nix says $recorded, the sources have $hash; tests/nix/check --update vendor writes it"

for program in slack-bridge slack-emulator; do
  [ -d "bridge/cmd/$program" ] || {
    echo "bridge/cmd/$program is not there yet"
    continue
  }
  (cd "$work/go" && GOFLAGS='-mod=vendor -trimpath' go build -tags goolm -o "$work/bin/" "./bridge/cmd/$program")
done
echo "$hash"

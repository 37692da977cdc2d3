#!/usr/bin/env bash
# The vendor hash is that of the sources as the package filters them, and these
# sources are enough to build from. Of the tests, which the flake's check runs as a
# whole, those run that look for files elsewhere in the repository.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix nix-instantiate go

# Always in the same folder: Go's cache knows C files by where they lie.
tree=$PWD/.cache/nix/go
source=$(in_store nix-instantiate --eval --read-write-mode --json nix/source.nix | jq -r .)
rm -rf "$tree"
mkdir -p "${tree%/*}"
cp -r "$work/store$source" "$tree"
chmod -R u+w "$tree"

export GOTOOLCHAIN=local GOWORK=off GOFLAGS=
(cd "$tree" && go mod vendor)
hash=$(nix_ hash path "$tree/vendor")
if [ -n "${UPDATE-}" ]; then
  sed -i "s|^\"sha256-.*\"$|\"$hash\"|" nix/vendor-hash.nix
fi
recorded=$(in_store nix-instantiate --eval --json nix/vendor-hash.nix | jq -r .)
[ "$hash" = "$recorded" ] ||
  fail "nix/vendor-hash.nix says $recorded, the sources have $hash; tests/nix/check --update package writes it"

cd "$tree"
export GOFLAGS='-mod=vendor -trimpath'
go build -tags goolm -o "$work/bin/" ./bridge/cmd/slack-bridge ./bridge/cmd/slack-emulator

mapfile -t reaching < <(grep -rlE --include='*_test.go' '"docs"|"(\.\./){3}' bridge |
  xargs -n 1 dirname | sort -u | sed 's#^#./#')
bash "$OLDPWD/nix/unit-tests.sh" "${reaching[@]}" >"$work/unit-tests.log" 2>&1 ||
  fail "$(grep -v '^ok ' "$work/unit-tests.log")"
echo "$hash"

#!/usr/bin/env bash
# The record in tests/nix/golden was made of the files that are here. It needs nothing
# that a plain machine has not, so that every run of the tests can look.
set -euo pipefail
. tests/nix/steps/lib.sh

[ "$(record_digest)" = "$(cat "$golden/digest")" ] ||
  fail 'the Nix files have changed since tests/nix/golden was recorded:' \
    'set NIXPKGS_LIB and SOPS_NIX and run tests/nix/check --update evaluate'
echo 'tests/nix/golden is of the files that are here'

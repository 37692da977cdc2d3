#!/usr/bin/env bash
# No address is written as a name of this host: such a name stands for two
# addresses. Only the assertion that refuses it, and its tests, say the word.
set -euo pipefail
. tests/nix/steps/lib.sh

found=$(files modules hosts deploy nix flake.nix | xargs grep -n localhost |
  grep -v '^modules/slack-bridge/assertions/addresses.nix:' || true)
[ -z "$found" ] || fail "$found"
echo 'none outside of the assertion'

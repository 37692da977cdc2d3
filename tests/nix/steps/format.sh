#!/usr/bin/env bash
# nixfmt's style.
set -euo pipefail
. tests/nix/steps/lib.sh
need nixfmt

files '*.nix' | xargs nixfmt --check
echo "as $(nixfmt --numeric-version 2>/dev/null || echo nixfmt) would write it"

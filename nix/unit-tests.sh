#!/usr/bin/env bash
# Runs the Go tests that need no server, as the package's check phase does.
# e2e, testbed and the programs start PostgreSQL and a homeserver; make test runs them.
set -euo pipefail

mapfile -t packages < <(go list -tags goolm ./bridge/... |
  grep -Ev '/bridge/(e2e|internal/testbed|cmd)(/|$)')
test "${#packages[@]}" -gt 0
go test -vet=off -tags goolm "${packages[@]}"

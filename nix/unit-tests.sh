#!/usr/bin/env bash
# Runs the Go tests that need no server: those of packages whose tests do not import
# the testbed, which starts PostgreSQL and homeservers. make test runs them all.
#   unit-tests [PACKAGE…]
set -euo pipefail

# The package is built with trimmed paths; tests look for their files.
export GOFLAGS=${GOFLAGS-}
GOFLAGS=${GOFLAGS//-trimpath/}

mapfile -t packages < <(go list -tags goolm \
  -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' "${@:-./bridge/...}" |
  awk '!/internal\/testbed/ && $1 !~ /\/bridge\/(e2e|cmd)/ { print $1 }')
test "${#packages[@]}" -gt 0
go test -vet=off -tags goolm -timeout 10m "${packages[@]}"

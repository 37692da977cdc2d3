#!/usr/bin/env bash
# Installs what tests/nix/check calls: Nix from Debian, which evaluates and hashes,
# and into .cache/nix nixfmt, sops and age at fixed versions. nixfmt is the Rust
# program that writes byte for byte what the official one writes; that one is not
# in any package registry. What is not available is said; its steps are then not run.
set -euo pipefail
here=$(dirname "$0")
cd "$here/.."

nixfmt=0.5.3
sops=v3.13.3
age=v1.2.1
into=$PWD/.cache/nix

# missing TOOL…: true when one of them is not there.
missing() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || return 0
  done
  return 1
}

packages=()
if missing nix nix-instantiate; then packages+=(nix-bin); fi
if missing jq; then packages+=(jq); fi
if missing shellcheck; then packages+=(shellcheck); fi
if missing systemd-analyze; then packages+=(systemd); fi
if missing ldb; then packages+=(rocksdb-tools); fi
if missing zstd; then packages+=(zstd); fi
[ "${#packages[@]}" -eq 0 ] || scripts/apt-install.sh "${packages[@]}"

go_install() {
  echo "installing $2@$3 into .cache/nix"
  GOFLAGS='' GOBIN=$into/bin go install "$1@$3" >"$into/$2.log" 2>&1 || {
    tail -n 5 "$into/$2.log" >&2
    echo "missing: $2 (go install did not succeed)" >&2
  }
}

mkdir -p "$into/bin"
[ -x "$into/bin/sops" ] || go_install github.com/getsops/sops/v3/cmd/sops sops "$sops"
[ -x "$into/bin/age-keygen" ] || go_install filippo.io/age/cmd/age-keygen age-keygen "$age"
if [ ! -x "$into/bin/nixfmt" ]; then
  if missing cargo; then
    echo 'missing: cargo, to build nixfmt (https://rustup.rs)' >&2
  else
    echo "installing nixfmt_rs $nixfmt into .cache/nix"
    cargo install --quiet --locked --version "$nixfmt" --root "$into" nixfmt_rs
  fi
fi

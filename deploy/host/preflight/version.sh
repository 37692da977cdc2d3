# shellcheck shell=bash
# system.stateVersion is permanently that of the installation: services take from it how
# their data lie.

# installed: the version that this host was installed with, if it is known.
installed() {
  cat "$home/state-version" 2>/dev/null ||
    sed -nE 's/^[^#]*system\.stateVersion *= *"([0-9.]+)".*/\1/p' "$root/etc/nixos/configuration.nix" 2>/dev/null | head -n 1 || true
}

check_version() {
  local have wanted
  have=$(installed)
  wanted=$(fact state-version)
  [ -z "$have" ] || [ "$have" = "$wanted" ] ||
    refuse "the host was installed with NixOS $have, and system.stateVersion is $wanted" \
      "set system.stateVersion = \"$have\" in hosts/*/default.nix; it is never raised"
}

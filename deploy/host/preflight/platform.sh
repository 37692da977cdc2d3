# shellcheck shell=bash
# The programs are for this machine's processor.

check_platform() {
  local have wanted
  have=$(uname -m)-linux wanted=$(fact system)
  [ "$have" = "$wanted" ] ||
    refuse "the host is $have, and the configuration builds for $wanted" \
      'let the host say what it is made of: deploy init; and take nixpkgs.hostPlatform out of hosts/*/default.nix'
}

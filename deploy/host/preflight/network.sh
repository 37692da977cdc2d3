# shellcheck shell=bash
# An address that somebody gave by hand is not found again by DHCP.

check_network() {
  local device address
  [ "$(fact dhcp)" = true ] && [ -z "$(fact interface)" ] || return 0
  device=$(ip -o -4 route show default 2>/dev/null | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
  [ -n "$device" ] || return 0
  address=$(ip -o -4 address show dev "$device" scope global)
  if [ -n "$address" ] && ! grep -q ' dynamic ' <<<"$address "; then
    refuse "$device has its address $(awk '{ print $4; exit }' <<<"$address") by hand, and the configuration asks DHCP for one" \
      'let the host say what it is made of: deploy init, and commit what it writes'
  fi
}

# shellcheck shell=bash
# The interface that leads out keeps an address under which the host is reached: one
# that was given by hand is not found again by DHCP.
network_cure='let the host say what it is made of: deploy init, and commit what it writes'

# configured DEVICE FAMILY: its addresses in the configuration, one a line.
configured() {
  fact address | awk -v device="$1" -v family="$2" '$1 == device && (family == "-6") == ($2 ~ /:/) { print $2 }'
}

# by_dhcp DEVICE: whether the configuration asks for its address.
by_dhcp() { [ "$(fact dhcp)" = true ] || fact dhcp-interface | grep -qxF -- "$1"; }

check_network() {
  local device family have wanted hand others
  [ -z "$(fact networkd)" ] || return 0
  outward
  [ -n "$device" ] || return 0
  have=$(addresses_of "$family" "$device") wanted=$(configured "$device" "$family")
  hand=$(by_hand "$family" "$device")
  if [ -n "$wanted" ]; then
    grep -qxF -- "${wanted}" <<<"$have" ||
      refuse "$device has the address ${have//$'\n'/, }, and the configuration gives it ${wanted//$'\n'/, }" "$network_cure"
  elif ! by_dhcp "$device"; then
    others=$(fact address | cut -d ' ' -f 1 | sort -u | paste -sd, -)
    refuse "the host is reached through $device, to which the configuration gives no address${others:+; it gives some to $others}" "$network_cure"
  elif [ -n "$hand" ] && [ "$hand" = "$have" ]; then
    refuse "$device has its address ${hand%%$'\n'*} by hand, and the configuration asks DHCP for one" "$network_cure"
  fi
}

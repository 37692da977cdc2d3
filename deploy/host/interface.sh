# shellcheck shell=bash
# The interface that leads out, and the addresses that were given to it by hand.

# leading_out FAMILY: the interface of the default route.
leading_out() { ip -o "$1" route show default 2>/dev/null | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }'; }

# outward: sets device and family: -4, or -6 where there is no other way out.
outward() {
  family=-4 device=$(leading_out -4)
  [ -n "$device" ] || family=-6 device=$(leading_out -6)
}

# addresses_of FAMILY DEVICE: all of them, one a line.
addresses_of() { ip -o "$1" address show dev "$2" scope global | awk '{ print $4 }'; }

# by_hand FAMILY DEVICE: those that neither DHCP nor a router gave.
by_hand() { ip -o "$1" address show dev "$2" scope global | awk '!/ (dynamic|temporary|mngtmpaddr)( |$)/ { print $4 }'; }

# gateway FAMILY: the default route, as it was set by hand.
gateway() { ip -o "$1" route show default | awk '!/ proto ra( |$)/ { for (i = 1; i < NF; i++) if ($i == "via") { print $(i + 1); exit } }'; }

# name_servers: those that the resolver asks. Behind systemd-resolved or a resolver of
# this machine's the file names only that one, which the new system may not have.
name_servers() {
  local file
  for file in /run/systemd/resolve/resolv.conf /etc/resolv.conf; do
    awk '$1 == "nameserver" && $2 !~ /^(127\.|::1$)/ { print $2 }' "$root$file" 2>/dev/null | grep . && return
  done
  return 1
}

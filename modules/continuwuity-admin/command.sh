#!/usr/bin/env bash
# The administrator's password.
#   continuwuity-admin DIRECTORY NAME REGISTRATION password|reset
set -euo pipefail
directory=$1
name=$2
registration=$3
shift 3

usage() {
  cat >&2 <<'EOF'
usage: continuwuity-admin password    shows the administrator's password
       continuwuity-admin reset       gives the administrator that password again, and ends every session
EOF
  exit 64
}

[ $# -eq 1 ] || usage
cd /
if [ "$(id -u)" != 0 ]; then
  echo "run this as root: sudo continuwuity-admin $1" >&2
  exit 77
fi
if [ ! -s "$directory/password" ]; then
  echo 'there is no password yet: systemctl start continuwuity-admin-password' >&2
  exit 69
fi

case $1 in
  password)
    cat -- "$directory/password"
    [ ! -t 1 ] || printf '\n'
    ;;
  reset)
    before=(continuwuity-admin-password.service)
    [ -z "$registration" ] || before+=("$registration")
    trap 'rm -f -- "$directory/reset"' EXIT
    echo reset >"$directory/reset"
    # systemd has them start in their order.
    systemctl restart -- "${before[@]}" continuwuity.service continuwuity-admin.service
    # The homeserver must not reset it at its next start.
    rm -f -- "$directory/reset"
    systemctl restart -- "${before[@]}"
    [ -z "$registration" ] || systemctl start slack-bridge.service
    echo "@$name has the password that continuwuity-admin password shows; every session was ended"
    ;;
  *) usage ;;
esac

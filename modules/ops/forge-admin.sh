#!/usr/bin/env bash
# Makes an administrator of Forgejo and shows the password, which has to be changed at the
# first login.
#   forge-admin USER STATE CONFIG PROGRAM NAME EMAIL
set -euo pipefail
user=$1
state=$2
config=$3
program=$4
shift 4

if [ $# -ne 2 ]; then
  echo 'usage: ops-forge-admin NAME EMAIL    makes an administrator of Forgejo and shows the password' >&2
  exit 64
fi
if [ "$(id -u)" != 0 ]; then
  echo 'run this as root: sudo ops-forge-admin NAME EMAIL' >&2
  exit 77
fi
if [ ! -s "$config" ]; then
  echo "$config is not there: start Forgejo once, systemctl start forgejo" >&2
  exit 69
fi
cd "$state"
exec runuser -u "$user" -- env "FORGEJO_WORK_DIR=$state" "GITEA_WORK_DIR=$state" "$program" --config "$config" \
  admin user create --admin --username "$1" --email "$2" --random-password --must-change-password

#!/usr/bin/env bash
# Stage 1, as root: the state directory with its owner and mode. systemd makes the
# directory, but does not look at what is in it: what root put there, such as a
# restored backup, would stay unreadable for the service.
#   prepare USER DIRECTORY
set -euo pipefail
user=$1
directory=$2

install -d -m 0700 -o "$user" -g "$user" -- "$directory"
# Links are changed themselves and never followed: what is inside belongs to an
# unprivileged user.
chown -hR "$user:$user" -- "$directory"

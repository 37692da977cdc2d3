#!/usr/bin/env bash
# Makes sure that the programs are here with which deploy/ is tested: ssh, sshd and
# rsync. No server is set up: the tests start an sshd of their own on 127.0.0.1, and
# one that comes with the package neither starts now nor at the next boot.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v ssh >/dev/null 2>&1 || packages+=(openssh-client)
command -v rsync >/dev/null 2>&1 || packages+=(rsync)
[ -x /usr/sbin/sshd ] || packages+=(openssh-server)
command -v zstd >/dev/null 2>&1 || packages+=(zstd)

if [[ " ${packages[*]-} " == *' openssh-server '* ]]; then
  # Debian asks this program whether a package may start its services.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | scripts/as-root.sh tee "$policy" >/dev/null
    scripts/as-root.sh chmod 0755 "$policy"
    trap 'scripts/as-root.sh rm -f "$policy"' EXIT
  fi
fi
[ "${#packages[@]}" -eq 0 ] || scripts/apt-install.sh "${packages[@]}"
if [[ " ${packages[*]-} " == *' openssh-server '* ]] && command -v systemctl >/dev/null 2>&1; then
  scripts/as-root.sh systemctl --quiet disable ssh.service ssh.socket 2>/dev/null || true
fi

# Where sshd, started by root, shuts its unprivileged half in.
[ "$(id -u)" -ne 0 ] || [ -d /run/sshd ] || install -d -m 0755 /run/sshd

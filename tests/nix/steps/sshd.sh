#!/usr/bin/env bash
# A real sshd reads the recorded host's configuration: root's keys are those of the
# configuration alone, other users keep those in their home, by which a forge lets people in.
set -euo pipefail
. tests/nix/steps/lib.sh
need jq ssh-keygen
sshd=$(command -v sshd || echo /usr/sbin/sshd)
[ -x "$sshd" ] || not_run 'missing: sshd (scripts/setup-ssh.sh installs it)'

ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
jq -r '.services.openssh.extraConfig' "$golden/host.json" | sed -E "s#^HostKey .*#HostKey $work/host_key#" >"$work/sshd_config"
# What another module might add at the end is for everybody.
echo 'X11Forwarding no' >>"$work/sshd_config"
says() { "$sshd" -T -f "$work/sshd_config" -C "user=$1,host=desk.test,addr=192.0.2.1" | sed -n "s/^$2 //p"; }

[ "$(says root authorizedkeysfile)" = /etc/ssh/authorized_keys.d/%u ] || fail "root's keys: $(says root authorizedkeysfile)"
[ "$(says forgejo authorizedkeysfile)" = '.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u' ] ||
  [ "$(says forgejo authorizedkeysfile)" = '%h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u' ] ||
  fail "the forge's keys: $(says forgejo authorizedkeysfile)"
[ "$(says forgejo x11forwarding)" = no ] || fail 'what follows is for root alone'
echo "root's keys are the configuration's alone"

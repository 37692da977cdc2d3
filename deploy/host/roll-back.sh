# shellcheck shell=bash
# roll-back RELEASE: takes the switch back. Started by the timer when nobody confirmed,
# and by rollback.
release=$1
[ "$(noted pending release)" = "$release" ] || exit 0
claim pending rolling-back || exit 0
systemctl stop ops-deploy-rollback.timer ops-deploy-activate.service || true
previous=$(noted rolling-back previous)
status=0
"$previous/bin/switch-to-configuration" test || status=$?
if [ "$(readlink -f "$current")" != "$previous" ]; then
  claim rolling-back not-rolled-back
  fail 1 "the switch back to $previous ended with $status, and $(readlink -f "$current") runs"
fi
# A unit that did not start then does not start now; the system is the old one.
[ "$status" = 0 ] || say "the switch back ended with $status; see: systemctl --failed"
rm -f -- "$home/next" "$previous_root"
claim rolling-back rolled-back
say_dumps "$release"

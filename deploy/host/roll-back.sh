# shellcheck shell=bash
# roll-back RELEASE: takes the switch back. Started by the timer when it was not confirmed,
# and by rollback. What an earlier one, or a confirmation, did not bring to its end is
# taken up where it stopped.
release=$1
alone
[ "$(unfinished)" = "$release" ] || exit 0
[ -d "$states/rolling-back" ] || claim "$(phase)" rolling-back
systemctl stop ops-deploy-rollback.timer ops-deploy-activate.service || true
previous=$(noted rolling-back previous)
status=0
"$previous/bin/switch-to-configuration" test 8>&- || status=$?

# Where a confirmation was begun, the host may boot the new system already.
before=$(noted rolling-back before)
booted=0
[ -z "$before" ] || {
  nix-env --profile "$profile" --set "$before" 8>&- && "$before/bin/switch-to-configuration" boot 8>&-
} || booted=$?

if [ "$(readlink -f "$current")" != "$previous" ]; then
  claim rolling-back not-rolled-back
  fail 1 "the switch back to $previous ended with $status, and $(readlink -f "$current") runs"
fi
if [ "$booted" != 0 ]; then
  claim rolling-back not-rolled-back
  fail 1 "$previous runs again, but the boot loader cannot be written: what the host would boot is not known"
fi
# A unit that did not start then does not start now; the system is the old one.
[ "$status" = 0 ] || say "the switch back ended with $status; see: systemctl --failed"
rm -f -- "$home/next" "$previous_root"
. "$here/swap.sh"
drop_missing_swap rolling-back
claim rolling-back rolled-back
say_dumps "$release"

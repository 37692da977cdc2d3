# shellcheck shell=bash
# adopt [--dry-run]: takes over what an older setup of the mission's left, before the
# first deployment: the homeserver's data, the bridge's database with its owner, and the
# tokens that both know. What was there stays where it is, or can be given its name
# back; each step says how. It can be run again.
dry_run=${1-}
# The new setup's places (modules/).
state=$root/var/lib/slack-bridge
role=slack_bridge
for part in lock postgres old adopt/homeserver adopt/database adopt/registration; do
  . "$here/$part.sh"
done

planned=0
# plan WHAT: says what is going to be done, and counts.
plan() {
  planned=$((planned + 1))
  if [ -n "$dry_run" ]; then say "would: $*"; else say "$*"; fi
}

# stopped UNIT…: stops units of the older setup; they do not come back by themselves,
# and are gone after the switch.
idle=()
stopped() {
  local unit
  for unit in "$@"; do
    # One that is starting, or waits for its next try, writes as well.
    case $(systemctl show --property=ActiveState --value -- "$unit" 2>/dev/null) in
      inactive | failed | '') continue ;;
    esac
    plan "stop $unit"
    [ -n "$dry_run" ] || {
      idle+=("$unit")
      systemctl stop "$unit"
    }
  done
}

# unfinished_words: what to do when it ends in the middle.
unfinished_words() {
  [ "$1" = 0 ] || [ "${#idle[@]}" -eq 0 ] || printf 'deploy: %s\n' "it did not come to its end; mend what is said above and run adopt again" \
    "or go back to the older setup: systemctl start ${idle[*]}" >&2
}
trap 'unfinished_words $?' EXIT

if [ -n "$dry_run" ]; then see_lock; else take_lock adopt; fi
refuse_unfinished

# Everything is looked at before anything is touched.
obstacles=()
look_homeserver
look_database
look_registration
[ "${#obstacles[@]}" -eq 0 ] || fail 78 'this cannot be taken over as it is; nothing was changed' "${obstacles[@]}"

adopt_homeserver
adopt_database
adopt_registration

if [ "$planned" -eq 0 ]; then
  say 'nothing to take over'
elif [ -n "$dry_run" ]; then
  say 'nothing was changed'
else
  say 'taken over; deploy now: the old services are stopped, and a restart of the host would start them again'
fi

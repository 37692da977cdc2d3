# shellcheck shell=bash
# What an older setup left, and what the new one would not see: it would start empty
# beside it, a homeserver even with a new signing key under the old name.

check_old_state() {
  local old=()
  ! ran_again || refuse "$ran_again_words" "$ran_again_cure"
  if holds "$old_homeserver" && ! holds "$new_homeserver"; then
    old+=('the homeserver in /var/lib/matrix-continuwuity')
  fi
  if [ -n "$(old_registration)" ] && [ ! -s "$root/var/lib/slack-bridge/secrets/appservice.as_token" ]; then
    old+=('the registration in /var/lib/matrix-appservices')
  fi
  if has_cluster && grep -qx mautrix_slack <<<"$(databases 2>/dev/null)"; then
    old+=('the database mautrix_slack')
  fi
  [ "${#old[@]}" -eq 0 ] || refuse "an older setup left $(printf '%s, ' "${old[@]}" | sed 's/, $//'), which the new one would not see" \
    'take it over: deploy adopt --dry-run, and then without --dry-run'
}

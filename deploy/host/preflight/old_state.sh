# shellcheck shell=bash
# What an older setup left, and what the new one would not see: it would start empty
# next to it, a homeserver even with a new signing key under the old name.

check_old_state() {
  local old=() new_bridge=$root/var/lib/slack-bridge/secrets/appservice.as_token names
  [ -z "$(fact homeserver)" ] || check_old_homeservers
  if [ -n "$(old_registration)" ] && [ ! -s "$new_bridge" ]; then
    old+=('the registration in /var/lib/matrix-appservices')
  fi
  if has_cluster; then
    if names=$(databases 2>/dev/null); then
      ! grep -qx mautrix_slack <<<"$names" || old+=('the database mautrix_slack')
    elif [ ! -s "$new_bridge" ]; then
      refuse 'PostgreSQL does not answer, so it cannot be seen whether it holds the database of an older bridge, beside which the new one would start empty' \
        'start it: systemctl start postgresql'
    fi
  fi
  [ "${#old[@]}" -eq 0 ] || refuse "an older setup left $(printf '%s, ' "${old[@]}" | sed 's/, $//'), which the new one would not see" \
    'take it over: deploy adopt --dry-run, and then without --dry-run'
}

# check_old_homeservers: adds to old what can be taken over.
check_old_homeservers() {
  local folder unit kind
  while read -r folder unit kind; do
    if ran_again "$folder"; then
      refuse "$(ran_again_words "$folder")" "$(ran_again_cure "$folder")"
    elif holds "$new_homeserver"; then
      continue
    elif [ "$kind" = rocksdb ]; then
      old+=("the homeserver in $folder")
    else
      refuse "$(not_adoptable_words "$folder" "$kind")" "$(not_adoptable_cure "$folder")"
    fi
  done < <(old_homeservers)
}

# shellcheck shell=bash
# The tokens by which homeserver and bridge know each other, and the key with which the
# bridge's own keys are encrypted. They become the secrets that the registration unit
# would otherwise make; it gives them to their user when it starts.

secrets_folder=$state/secrets

# pickle_key: that of the old configuration, where encryption was on.
pickle_key() {
  local file
  for file in "$root"/var/lib/mautrix[-_]slack/config.yaml; do
    [ -f "$file" ] || continue
    awk '/^[^ #]/ { section = $1 } section == "encryption:" && $1 == "allow:" && $2 == "true" { on = 1 }
         section == "encryption:" && $1 == "pickle_key:" { gsub(/["\x27]/, "", $2); key = $2 }
         END { if (on && key != "generate") print key }' "$file"
  done | head -n 1
}

# inherited FILE: name and value of each secret that there is, one a line.
inherited() {
  local key value
  for key in as_token hs_token; do
    value=$(scalar "$1" "$key")
    [ -z "$value" ] || printf 'appservice.%s %s\n' "$key" "$value"
  done
  value=$(pickle_key)
  [ -z "$value" ] || printf 'encryption.pickle_key %s\n' "$value"
}

look_registration() {
  local file key value
  file=$(old_registration)
  [ -n "$file" ] || return 0
  for key in as_token hs_token; do
    [ -n "$(scalar "$file" "$key")" ] || obstacles+=("$file has no $key" '  see whether it is the registration that the homeserver knows')
  done
  while read -r key value; do
    if [ -s "$secrets_folder/$key" ] && [ "$(cat -- "$secrets_folder/$key")" != "$value" ]; then
      obstacles+=("$secrets_folder/$key is there already and another than the older setup's" "  remove the one that is not wanted: rm $secrets_folder/$key")
    fi
  done < <(inherited "$file")
}

adopt_registration() {
  local file key value
  file=$(old_registration)
  [ -n "$file" ] || return 0
  while read -r key value; do
    [ ! -s "$secrets_folder/$key" ] || continue
    plan "take over $key"
    [ -z "$dry_run" ] || continue
    install -d -m 0700 -- "$state" "$secrets_folder"
    (
      umask 077
      printf '%s' "$value" >"$secrets_folder/.$key.part"
    )
    mv -T -- "$secrets_folder/.$key.part" "$secrets_folder/$key"
    say "  to undo: rm $secrets_folder/$key"
  done < <(inherited "$file")
}

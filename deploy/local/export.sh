# shellcheck shell=bash
# The commit as a folder, and the look into it: a flake's folder is copied whole into
# the store, where every user of the host can read it.

# export_commit: makes $work/release of the commit; sets commit and release.
export_commit() {
  local changed
  if [ -z "$ref" ]; then
    changed=$(git status --porcelain)
    [ -z "$changed" ] || fail 65 'not committed yet, so it would not be deployed:' "$changed" \
      'commit it, or deploy the last commit as it is: --ref HEAD'
  fi
  commit=$(git rev-parse --verify --quiet --end-of-options "${ref:-HEAD}^{commit}") ||
    fail 65 "there is no commit $ref"
  mkdir "$work/release"
  git archive --format=tar "$commit" | tar -x -C "$work/release"
  printf '%s\n' "$commit" >"$work/release/revision"
  release=$(date -u +%Y%m%dT%H%M%SZ)-${commit:0:12}

  [ -f "$work/release/hosts/$name/default.nix" ] || fail 65 "the commit has no hosts/$name/default.nix"
  [ -f "$work/release/deploy/host/run" ] || fail 65 "the commit has no deploy/host/run; it is older than this command"
  refuse_excluded
  refuse_secrets
  refuse_old_names
  refuse_no_keys
}

# refuse_excluded: what is never sent must not be in the commit either, or the host
# would have something else than the commit.
refuse_excluded() {
  local left_out
  left_out=$(comm -23 <(names) <(names --exclude-from="$deploy/excluded"))
  [ -z "$left_out" ] || fail 65 'these files must not leave this machine, but are in the commit:' "$left_out" \
    "remove them from the repository, or change deploy/excluded if they are no secrets"
}

# names [FILTER]: what rsync would send.
names() {
  rsync --recursive --links --list-only --no-human-readable "$@" "$work/release/" | sed -E 's/^([^ ]+ +){4}//' | LC_ALL=C sort
}

# refuse_secrets: names files with a token or a private key in clear, not what it is.
refuse_secrets() {
  local found
  found=$(cd "$work/release" && grep -rIlE \
    -e 'AGE-SECRET-KEY-1[0-9A-Z]{50}' \
    -e '-----BEGIN ([A-Z]+ )*PRIVATE KEY-----' \
    -e 'xox[a-z](\.xox[a-z])?-[0-9]{6,}-[0-9A-Za-z-]{12,}' \
    -e 'xapp-[0-9]-A[0-9A-Z]{6,}-[0-9]+-[0-9a-f]{16,}' . | sed 's#^\./##') || true
  [ -z "$found" ] || fail 65 'these files hold a secret in clear:' "$found" \
    'treat it as known to others and replace it; secrets belong into secrets/secrets.yaml, with: sops secrets/secrets.yaml'
  found=$(in_clear <"$work/release/secrets/secrets.yaml" 2>/dev/null) || true
  [ -z "$found" ] || fail 65 "secrets/secrets.yaml holds in clear: ${found//$'\n'/, }" \
    'treat it as known to others, replace it, and write it with: sops secrets/secrets.yaml'
}

# in_clear: names what a file of sops' holds in clear, nested or not. sops leaves in clear
# the names, values that hold nothing, what is called so, and what it keeps about the file.
in_clear() {
  awk -v Q="'" '/^sops:/ { exit }
    /^[[:space:]]*(#|$)/ { next }
    {
      value = $0
      sub(/^ *(- +)*/, "", value)
      if (match(value, /^("[^"]*"|[^":]+):( |$)/)) {
        key = substr(value, 1, RLENGTH)
        value = substr(value, RLENGTH + 1)
        sub(/: ?$/, "", key)
      }
      sub(/ +$/, "", value)
      if (value ~ /^ENC\[/ || value ~ /^(""|null|~|\[\]|\{\})?$/ || value == Q Q || key ~ /_unencrypted$/) next
      if (!named[key]++) print key
    }'
}

# Renames the key and keeps the value: nothing of it is on a command line, and sops removes
# its folder with the copy of the editor's.
rename_token="EDITOR=\"sed -i.old -e '/^slack-bot-token:/d' -e 's/^slack-oauth-token:/slack-bot-token:/'\" sops secrets/secrets.yaml"

# refuse_old_names: the bridge would wait for a token that is there under another name.
refuse_old_names() {
  ! grep -q '^slack-oauth-token:' "$work/release/secrets/secrets.yaml" 2>/dev/null ||
    fail 65 'secrets/secrets.yaml calls the bot token slack-oauth-token, as an older setup did; it is slack-bot-token now' \
      "rename it, and commit: $rename_token"
}

# refuse_no_keys: without a key no one could log in any more; the evaluation refuses
# it too, but much later.
refuse_no_keys() {
  grep -qE '^[^#[:space:]]' "$work/release/hosts/$name/authorized_keys" 2>/dev/null ||
    fail 65 "hosts/$name/authorized_keys is not in the commit: no one could log in on the host" \
      "put your public SSH key there (or: deploy init $target) and commit it"
}

#!/usr/bin/env bash
# Makes sure that no password that continuwuity has printed opens the administrator's
# account: signs in with it, changes it, ends every other session, and says so with a file.
#   settle BASE NAME GATE
# No password is an argument of a program, where everybody on the host could read it.
set -euo pipefail
umask 0077
base=$1
name=$2
gate=$3
passwords=${CREDENTIALS_DIRECTORY:?}
pause=${CONTINUWUITY_ADMIN_PAUSE:-1}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

fail() {
  printf 'continuwuity-admin: %s\n' "$@" >&2
  exit 1
}

# ask METHOD PATH [TOKEN-FILE]: sends what comes in; the answer is in answer, its code in code.
ask() {
  local options=(--silent --show-error --max-time 20 --request "$1" --output "$work/answer" --write-out '%{http_code}')
  options+=(--header 'Content-Type: application/json' --data-binary @-)
  : >"$work/answer"
  : >"$work/header"
  [ -z "${3-}" ] || { printf 'Authorization: Bearer ' && cat -- "$3"; } >"$work/header"
  code=$(curl "${options[@]}" --header "@$work/header" "$base$2" 2>"$work/error") || code=000
}

# told: what the last answer was, without anything that may be secret.
told() {
  if [ "$code" = 000 ]; then
    cat -- "$work/error"
  else
    printf '%s %s' "$code" "$(jq -r '"\(.errcode // "") \(.error // "")"' "$work/answer" 2>/dev/null || true)"
  fi
}

# sign_in PASSWORD: the access token is in $work/token.
sign_in() {
  [ -s "$passwords/$1" ] || return 1
  jq --null-input --arg name "$name" --rawfile password "$passwords/$1" '{
      type: "m.login.password", identifier: {type: "m.id.user", user: $name}, password: $password
    }' >"$work/question"
  ask POST /_matrix/client/v3/login <"$work/question"
  [ "$code" = 200 ] || return 1
  jq --raw-output --join-output .access_token "$work/answer" >"$work/token"
}

sign_out() { ask POST /_matrix/client/v3/logout/all "$work/token" <<<'{}'; }

# change PASSWORD: from the one that is in force. Every session but ours ends with it. The
# server asks for the old password in a second question (Matrix specification,
# "User-Interactive Authentication API").
change() {
  jq --null-input --rawfile new "$passwords/password" '{new_password: $new, logout_devices: true}' >"$work/change"
  ask POST /_matrix/client/v3/account/password "$work/token" <"$work/change"
  if [ "$code" = 401 ]; then
    jq --slurpfile answer "$work/answer" --arg name "$name" --rawfile old "$passwords/$1" '. + {auth: {
        type: "m.login.password", identifier: {type: "m.id.user", user: $name}, password: $old,
        session: $answer[0].session
      }}' "$work/change" >"$work/question"
    ask POST /_matrix/client/v3/account/password "$work/token" <"$work/question"
  fi
  [ "$code" = 200 ] || fail "the homeserver does not change the password of $name: $(told)" \
    'until it does it is not shown to the world; see journalctl -u continuwuity, then: systemctl restart continuwuity-admin'
  sign_in password || fail "the new password of $name does not open the account: $(told)"
  sign_out
  ! sign_in "$1" || fail "the old password of $name still opens the account"
}

# there: whether the account is.
there() {
  ask GET "/_matrix/client/v3/register/available?username=$(jq -rn --arg name "$name" '$name | @uri')" </dev/null
  [ "$(jq -r '.errcode // ""' "$work/answer" 2>/dev/null)" = M_USER_IN_USE ]
}

settled() {
  printf '%s\n' "$1"
  (umask 0022 && : >"$gate")
  exit 0
}

# While it is to be reset, a password of its own is one that the homeserver has not reset yet.
reset=$(tr -d '[:space:]' <"$passwords/reset")
# continuwuity is ready before it has run its admin commands.
seen=
for _ in $(seq "${CONTINUWUITY_ADMIN_TRIES:-180}"); do
  for password in once previous; do
    if sign_in "$password"; then
      change "$password"
      settled "the password of $name was changed; root sees it with: continuwuity-admin password"
    fi
  done
  if [ "$code" != 403 ] && [ -s "$passwords/once" ]; then
    refused=$(told)
  elif [ -z "$reset" ] && there; then
    # It may have been made between the two questions.
    [ -z "$seen" ] || settled "$name has a password of its own, which stays; continuwuity-admin reset makes a new one"
    seen=1
    continue
  else
    refused=$(told)
  fi
  sleep "$pause"
done
fail "the account $name is not there or cannot sign in: $refused" \
  'until it can, the homeserver is not shown to the world; see journalctl -u continuwuity, then: systemctl restart continuwuity'

#!/usr/bin/env bash
# The command that a deployment names for a bot token under its old name does what it
# says, with the real sops: the value stays, a blank one under the new name gives way,
# and nothing in clear is left.
set -euo pipefail
. tests/nix/steps/lib.sh
need sops age-keygen

mkdir -p "$work/rename/secrets" "$work/rename/tmp"
age-keygen -o "$work/rename.key" 2>/dev/null
printf 'slack-bot-token: " "\nother: kept\nslack-oauth-token: planted-token\n' |
  sops --disable-version-check --config /dev/null encrypt --age "$(age-keygen -y "$work/rename.key")" \
    --filename-override secrets.yaml /dev/stdin >"$work/rename/secrets/secrets.yaml"
command=$(bash -c '. deploy/local/export.sh && printf %s "$rename_token"')
export SOPS_AGE_KEY_FILE=$work/rename.key
(cd "$work/rename" && TMPDIR=$work/rename/tmp SOPS_DISABLE_VERSION_CHECK=1 bash -c "$command")
[ "$(sops --disable-version-check decrypt "$work/rename/secrets/secrets.yaml")" = $'other: kept\nslack-bot-token: planted-token' ] ||
  fail 'the command does not rename the token'
! grep -rq planted-token "$work/rename" || fail 'the command leaves the token in clear'
echo 'the token keeps its value under the new name'

#!/usr/bin/env bash
# The stages of both units, run one after another with the real program, as systemd
# would but without its walls: made once and the same ever after, readable by their
# owner alone, and a refusal that a restart cannot cure ends in the main process.
set -euo pipefail
. tests/nix/steps/lib.sh
need go jq
[ -d bridge/cmd/slack-bridge ] || not_run 'there is no bridge/cmd/slack-bridge yet'

go build -tags goolm -o "$work/bin/" ./bridge/cmd/slack-bridge
export PATH="$work/bin:$PATH"
scripts=$PWD/modules/slack-bridge/scripts
golden=tests/nix/golden/host.json
jq '.services."slack-bridge".registrationSettings' "$golden" >"$work/registration.json"
jq '.services."slack-bridge".settings' "$golden" >"$work/settings.json"

state=$work/var/slack-bridge
umask 0077
mkdir -p "$work/credentials"
printf 'users create-user admin 0123abcd\nusers make-user-admin admin\n' >"$work/credentials/admin-commands"
expect() { # CODE COMMAND…
  local code=0
  "${@:2}" >"$work/out.log" 2>&1 || code=$?
  [ "$code" = "$1" ] || fail "$(printf '%s ' "${@:2}"): exit $code, not $1: $(cat "$work/out.log")"
}

# As the recorded unit calls them, but for the folders.
arguments_of() { # UNIT STAGE
  jq -r --arg unit "$1" --arg stage "slack-bridge-$2" '
    .systemd.services[$unit].serviceConfig | [.ExecStartPre, .ExecStart] | flatten[]
    | split(" ") | select(.[0] | endswith("/" + $stage)) | .[1:][]' "$golden" |
    sed -E "s#^(.*=)?/var/lib/slack-bridge#\1$state#; s#^%t/slack-bridge-registration#$work/run/registration#; s#^%d/#$work/credentials/#;
      s#^/nix/store/slack-bridge-(registration|settings).json#$work/\1.json#"
}
stage() { # UNIT STAGE
  local -a arguments
  mapfile -t arguments < <(arguments_of "$1" "$2")
  [ "${#arguments[@]}" -gt 0 ] || fail "$1 has no stage $2"
  bash "$scripts/$2.sh" "${arguments[@]}"
}
register() {
  rm -rf "$work/run/registration"
  mkdir -p "$work/run/registration"
  export RUNTIME_DIRECTORY=$work/run/registration
  expect 0 stage slack-bridge-registration generate
  expect 0 stage slack-bridge-registration render
  expect 0 stage slack-bridge-registration register
  [ ! -e "$RUNTIME_DIRECTORY/config.yaml" ] || fail 'the tokens lie in the runtime directory'
}
start() {
  rm -rf "$work/run/bridge"
  mkdir -p "$work/run/bridge"
  export RUNTIME_DIRECTORY=$work/run/bridge
  expect 0 stage slack-bridge render
}
sums() { (cd "$state" && find . -type f | LC_ALL=C sort | xargs sha256sum); }

if [ "$(id -u)" = 0 ]; then
  expect 0 bash "$scripts/prepare.sh" root "$state"
else
  mkdir -p "$state"
fi
register
start
first=$(sums)
loose=$(find "$state" -type f ! -perm 0600 -o -type d ! -perm 0700)
[ -z "$loose" ] || fail "others can look into: $loose"
for name in registration.yaml slack-bridge-registration.toml config.yaml; do
  [ -s "$state/$name" ] || fail "$name was not made"
done
expect 0 slack-bridge config check -c "$state/config.yaml" -r "$state/registration.yaml"

# Again, and after a lost configuration: nothing is new.
register
start
[ "$(sums)" = "$first" ] || fail "a second start changes: $(diff <(echo "$first") <(sums))"
rm "$state/config.yaml" "$state/registration.yaml" "$state/slack-bridge-registration.toml"
register
start
[ "$(sums)" = "$first" ] || fail "a lost configuration changes: $(diff <(echo "$first") <(sums))"

# A key that the program does not know: the stage succeeds, the main process ends
# with the program's code, which systemd does not answer with a restart.
jq '.network.conversation_cuont = 1' "$work/settings.json" >"$work/wrong.json"
mv "$work/wrong.json" "$work/settings.json"
start
grep -q conversation_cuont "$work/out.log" || fail 'the wrong key is not named'
expect 78 stage slack-bridge run
[ "$(sums)" = "$first" ] || fail 'a refused setting changed the files'
jq 'del(.network.conversation_cuont)' "$work/settings.json" >"$work/right.json"
mv "$work/right.json" "$work/settings.json"

# Without the registration the bridge does not start.
start
rm "$state/registration.yaml"
expect 78 stage slack-bridge run
grep -q 'systemctl restart slack-bridge-registration' "$work/out.log" || fail 'the cure is not said'

# A failure that passes is systemd's to repeat.
mkdir -p "$work/busy"
printf '#!/bin/sh\nexit 75\n' >"$work/busy/slack-bridge"
chmod +x "$work/busy/slack-bridge"
PATH=$work/busy:$PATH expect 75 stage slack-bridge render
echo 'made once, the same after a loss; refusals end the main process'

#!/usr/bin/env bash
# No secret reaches the evaluated host. Secrets with known values are encrypted with
# the real sops; their values and everything shaped like a token are searched in the
# result and in every file that it puts into the store. The search is first shown to
# find what is planted.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix-instantiate jq sops age-keygen
need_sources

# Pieces, so that no scanner takes this line for a token.
marker=planted-$(od -An -v -tx1 -N12 /dev/urandom | tr -d ' \n')
shapes="$marker|xox[a-z]-[0-9A-Za-z]|xap""p-1-|AGE-SECRET-""KEY-1|sy""t_[a-z]"

# search CASE: evaluates it into a store of its own and prints where a secret is.
search() {
  local store=$work/search-$1 out=$work/search-$1.json
  nix-instantiate --store "$store" --eval --strict --json --read-write-mode tests/nix -A "$1" "${@:2}" >"$out"
  jq --exit-status . "$out" >/dev/null
  grep -EHo "$shapes" "$out" || true
  grep -ErHo "$shapes" "$store/nix/store" || true
}

age-keygen -o "$work/age.key" 2>/dev/null
mkdir "$work/secrets"
sed -nE "/^sops:/d; s/^([A-Za-z0-9_.-]+):.*/\1: $marker-\1/p" secrets/secrets.yaml |
  sops --disable-version-check --config /dev/null encrypt --age "$(age-keygen -y "$work/age.key")" \
  --filename-override secrets.yaml /dev/stdin >"$work/secrets/secrets.yaml"
! grep -q "$marker" "$work/secrets/secrets.yaml" || fail 'sops left the values as they were'
SOPS_AGE_KEY_FILE=$work/age.key sops --disable-version-check decrypt "$work/secrets/secrets.yaml" |
  grep -q "$marker-slack-bot-token" || fail 'sops does not give the values back'

for place in setting environment script; do
  [ -n "$(search "planted.$place" --argstr marker "$marker")" ] ||
    fail "a secret planted in a $place is not found: the search is blind"
done

found=$(search accepted.host --argstr secretsFile "$work/secrets/secrets.yaml")
[ -z "$found" ] || fail 'secrets in the evaluated host:' "$found"

# Keys in keys, lists, empty values and those that are meant to be read, as sops leaves
# them: no value counts as known to others, and each has a name.
sops --disable-version-check --config /dev/null encrypt --age "$(age-keygen -y "$work/age.key")" \
  --filename-override nested.yaml /dev/stdin >"$work/nested.yaml" <<'EOF'
# A word.
matrix-registration-token: word
slack-bot-token: ""
slack-app-token: ''
slack:
    # Another word.
    bot: word
    deeper:
        app: "12"
    empty: ""
numbers:
    - 1
    - two
on: true
nothing: null
note_unencrypted: read me
EOF
parsed=$(in_store nix-instantiate --eval --strict --json --expr "import $PWD/modules/ops/secrets-file.nix { lib = import $NIXPKGS_LIB/lib; } (builtins.readFile $work/nested.yaml)")
[ "$(jq -c .plain <<<"$parsed")" = '[]' ] || fail "known to others, of a file that sops wrote: $(jq -c .plain <<<"$parsed")"
[ "$(jq -c '.values | keys' <<<"$parsed")" = '["matrix-registration-token","note_unencrypted","nothing","numbers","on","slack","slack-app-token","slack-bot-token","slack/bot","slack/deeper","slack/deeper/app","slack/empty"]' ] ||
  fail "keys: $(jq -c '.values | keys' <<<"$parsed")"

# What everyone can read is encrypted for those who are named, and for no one else.
recipients() { grep -oE 'age1[0-9a-z]+' "$1" | sort; }
[ "$(recipients secrets/secrets.yaml)" = "$(recipients .sops.yaml)" ] ||
  fail 'secrets/secrets.yaml is not encrypted for the recipients of .sops.yaml: sops updatekeys secrets/secrets.yaml'
echo 'found where planted, nowhere in the host'

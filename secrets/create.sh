#!/usr/bin/env bash
# Writes secrets/secrets.yaml with a placeholder for every secret, encrypted for the
# recipients in .sops.yaml. It takes only their public keys, so anybody can run it;
# to read or set a value, somebody with one of the private keys runs
#   sops secrets/secrets.yaml
# The registration token is random from the start: with a placeholder that stands
# in this file everybody could make an account.
set -euo pipefail
cd "$(dirname "$0")/.."
target=secrets/secrets.yaml

if [ -e "$target" ] && [ "${1-}" != --replace ]; then
  echo "$target is there already; its values would be lost: $0 --replace" >&2
  exit 73
fi
command -v sops >/dev/null || {
  echo 'missing: sops (https://github.com/getsops/sops)' >&2
  exit 69
}

# Encrypted before it is a file: plain text never lies in the tree.
encrypted=$(sops --disable-version-check encrypt --filename-override "$target" --input-type yaml --output-type yaml /dev/stdin <<EOF
matrix-registration-token: $(od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n')
acme-email: REPLACE_WITH_AN_ADDRESS
slack-bot-token: REPLACE_WITH_THE_BOT_TOKEN
slack-app-token: REPLACE_WITH_THE_APP_LEVEL_TOKEN
EOF
)
printf '%s\n' "$encrypted" >"$target"
echo "wrote $target"

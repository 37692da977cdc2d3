#!/usr/bin/env bash
# Writes secrets/secrets.yaml with every secret that the host wants, encrypted for the
# recipients in .sops.yaml. It takes only their public keys, so everyone can run it;
# to read or set a value, a person with one of the private keys runs
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
# A token that is blank is one that the bridge waits for.
encrypted=$(sops --disable-version-check encrypt --filename-override "$target" --input-type yaml --output-type yaml /dev/stdin <<EOF
# What people type who make themselves an account. Change it to close the door.
matrix-registration-token: $(od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n')
# Kept from an earlier form of the host, and read by nothing: Let's Encrypt's address
# is needed when the host is evaluated, so it is the option ops.web.acmeEmail.
acme-email: " "
# The app's page, OAuth & Permissions: Bot User OAuth Token, beginning with xoxb-
slack-bot-token: " "
# The app's page, Basic Information: App-Level Token with connections:write, xapp-
slack-app-token: " "
EOF
)
printf '%s\n' "$encrypted" >"$target"
echo "wrote $target"

#!/usr/bin/env bash
# Stage 2 of the registration, as the service's user: makes the secrets that
# no one has to know, once. Everything else is rendered from them, so that a lost
# configuration comes back the same.
#   generate DIRECTORY NAME…
set -euo pipefail
directory=$1
shift

install -d -m 0700 -- "$directory"
for name in "$@"; do
  file=$directory/$name
  if [ -s "$file" ]; then
    chmod 0600 -- "$file"
    continue
  fi
  # On disk before it has its name: a power cut leaves no half a secret.
  temporary=$(mktemp -- "$directory/.$name.XXXXXX")
  od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"$temporary"
  sync -- "$temporary"
  mv -T -- "$temporary" "$file"
  sync -- "$directory"
done

#!/usr/bin/env bash
# Makes the passwords of continuwuity's administrator and the admin commands that create
# the account, in a folder that root alone can read.
#   prepare DIRECTORY NAME
#
#   once       what the account is created with; continuwuity prints it into its log
#   password   what it is changed to: the given one, or one that is made once
#   previous   what it was changed to before
#   commands   one a line; commands.toml has them as continuwuity reads them
#   reset      is there while the account is to get a new password whatever it has
set -euo pipefail
umask 0077
directory=$1
name=$2

# put FILE: whole, or not at all.
put() {
  local temporary
  temporary=$(mktemp -- "$directory/.$1.XXXXXX")
  cat >"$temporary"
  sync -- "$temporary"
  mv -T -- "$temporary" "$directory/$1"
}

random() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

[ -s "$directory/once" ] || random 16 | put once
[ -e "$directory/previous" ] || : | put previous

# The first line that is not blank.
given=$(sed -nE '/[^[:space:]]/ { s/^[[:space:]]+//; s/[[:space:]]+$//; p; q }' "${CREDENTIALS_DIRECTORY:?}/given")
if [ -n "$given" ]; then
  if [ -s "$directory/password" ] && [ "$(<"$directory/password")" != "$given" ]; then
    put previous <"$directory/password"
  fi
  printf '%s' "$given" | put password
elif [ ! -s "$directory/password" ]; then
  random 16 | put password
fi

# Hexadecimal and the letters of a localpart: nothing in them has to be quoted.
once=$(<"$directory/once")
commands=("users create-user $name $once" "users make-user-admin $name")
[ ! -e "$directory/reset" ] || commands+=("users reset-password $name $once")
printf '%s\n' "${commands[@]}" | put commands
{
  printf '[global]\nadmin_execute = [\n'
  printf '  "%s",\n' "${commands[@]}"
  printf ']\n'
} | put commands.toml

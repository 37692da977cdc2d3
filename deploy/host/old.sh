# shellcheck shell=bash
# What an older setup of the mission's left, and where.

old_homeserver=$root/var/lib/matrix-continuwuity/db
new_homeserver=$root/var/lib/private/continuwuity
# Written when the one was copied to the other.
adopted=$root/var/lib/matrix-continuwuity/adopted
old_registrations=$root/var/lib/matrix-appservices

# holds FOLDER: whether there is anything in it.
holds() { [ -d "$1" ] && [ -n "$(ls -A -- "$1")" ]; }

# ran_again: whether the older homeserver has written since it was copied, as it does when
# a deployment was taken back.
ran_again() { [ -e "$adopted" ] && holds "$new_homeserver" && [ -n "$(find "$old_homeserver" -newer "$adopted" -print -quit 2>/dev/null)" ]; }
ran_again_words="$old_homeserver has run since it was taken over, and what was said in it is not in $new_homeserver"
ran_again_cure="take it over again: mv $new_homeserver $new_homeserver.unwanted && rm $adopted, then deploy adopt; or, if it is not wanted: touch $adopted"

# scalar FILE KEY: the value of a top-level key of YAML, on its own line.
scalar() { sed -nE "s/^$2: *[\"']?([^\"'#]*[^\"'# ])[\"']? *(#.*)?$/\1/p" "$1" | head -n 1; }

# old_registration: the file of the bridge's old registration, if there is one. Those of
# other bridges lie there too.
old_registration() {
  local file
  for file in "$old_registrations"/*.yaml "$old_registrations"/*.yml; do
    if [ -f "$file" ] && [ "$(scalar "$file" id)" = slack ]; then
      printf '%s' "$file"
      return
    fi
  done
}

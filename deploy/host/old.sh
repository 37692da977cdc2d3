# shellcheck shell=bash
# What an older setup of the mission's left, and where.

old_registrations=$root/var/lib/matrix-appservices

# holds FOLDER: whether there is anything in it.
holds() { [ -d "$1" ] && [ -n "$(ls -A -- "$1")" ]; }

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

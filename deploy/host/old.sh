# shellcheck shell=bash
# What an older setup left, and where.

new_homeserver=$root/var/lib/private/continuwuity
old_registrations=$root/var/lib/matrix-appservices

# holds FOLDER: whether there is anything in it.
holds() { [ -d "$1" ] && [ -n "$(ls -A -- "$1")" ]; }

# old_homeservers: folder, kind and unit of each that is there, one a line. systemd's
# folders of private state are there twice, once as a link.
old_homeservers() {
  local folder kind unit known=' ' real
  while read -r folder kind unit; do
    [[ $folder == /* ]] || continue
    holds "$root$folder" || continue
    real=$(readlink -f "$root$folder")
    [[ $known != *" $real "* ]] || continue
    known+="$real "
    [ "$kind" != rocksdb ] || [ -e "$real/CURRENT" ] || kind='no database of RocksDB (there is no file CURRENT)'
    printf '%s %s %s\n' "$folder" "$unit" "$kind"
  done <"$here/old-homeservers"
}

# adopted_mark FOLDER: the file that is written when that one was copied.
adopted_mark() {
  case $1 in
    /var/lib/matrix-continuwuity/db) printf '%s' "$root/var/lib/matrix-continuwuity/adopted" ;;
    *) printf '%s/adopted%s' "$home" "${1//\//-}" ;;
  esac
}

# taken FOLDER: whether it was copied, and the copy is there. A mark alone is what is left
# of a copy that was moved away.
taken() { holds "$new_homeserver" && [ -e "$(adopted_mark "$1")" ]; }

# ran_again FOLDER: whether the older homeserver has written since it was copied, as it
# does when a deployment was taken back.
ran_again() { taken "$1" && [ -n "$(find "$root$1" -newer "$(adopted_mark "$1")" -print -quit 2>/dev/null)" ]; }
ran_again_words() { printf '%s' "$root$1 has run since it was taken over, and what was said in it is not in $new_homeserver"; }
ran_again_cure() {
  local mark
  mark=$(adopted_mark "$1")
  printf '%s' "take it over again: mv $new_homeserver $new_homeserver.unwanted && rm $mark, then deploy adopt; or, if it is not wanted: touch $mark"
}

# not_adoptable_words FOLDER KIND
not_adoptable_words() { printf '%s' "$root$1 is ${2/#no /a homeserver with no }, which cannot be taken over"; }
not_adoptable_cure() {
  printf '%s' "if no one needs it any more: mv $root$1 $root$1.unwanted; otherwise keep that homeserver and run the bridge alone beside it (docs/bridge-alone.md)"
}

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

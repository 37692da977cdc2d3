# shellcheck shell=bash
# The homeserver's data: a folder of RocksDB with media in it. A copy, so that the old
# one can be started again as long as no one has written to the new one.

look_homeserver() {
  local folder unit kind found=()
  while read -r folder unit kind; do
    ! ran_again "$folder" || obstacles+=("$(ran_again_words "$folder")" "  $(ran_again_cure "$folder")")
    taken "$folder" || {
      found+=("$root$folder")
      look_at_homeserver "$folder" "$kind"
    }
  done < <(old_homeservers)
  [ "${#found[@]}" -lt 2 ] ||
    obstacles+=("there are several homeservers: ${found[*]}" '  move those that are not wanted out of the way: mv FOLDER FOLDER.unwanted')
}

# look_at_homeserver FOLDER KIND
look_at_homeserver() {
  local old=$root$1 size free
  if holds "$new_homeserver"; then
    obstacles+=("$old and $new_homeserver both hold a homeserver" "  move the one that is not wanted out of the way: mv $new_homeserver $new_homeserver.unwanted")
    return
  fi
  if [ "$2" != rocksdb ]; then
    obstacles+=("$(not_adoptable_words "$1" "$2")" "  $(not_adoptable_cure "$1")")
    return
  fi
  size=$(du -skL -- "$old" | cut -f 1)
  free=$(df --output=avail -k -- "$root/var/lib" | tail -n 1 | tr -d ' ')
  [ "$free" -gt $((size + size / 10)) ] ||
    obstacles+=("the copy of $old takes $((size / 1000)) MB, and $((free / 1000)) are free" '  make room')
}

adopt_homeserver() {
  local folder unit kind units part=$new_homeserver.part mark
  ! holds "$new_homeserver" || return 0
  read -r folder unit kind < <(old_homeservers) || return 0
  mark=$(adopted_mark "$folder")
  mapfile -t units < <(awk '$2 == "rocksdb" { print $3 }' "$here/old-homeservers" | sort -u)
  stopped "${units[@]}"
  plan "copy the homeserver from $root$folder to $new_homeserver"
  [ -z "$dry_run" ] || return 0
  # systemd's own mode for the folder of private state.
  [ -d "$(dirname "$new_homeserver")" ] || install -d -m 0700 -- "$(dirname "$new_homeserver")"
  rm -rf -- "$part"
  cp -a --reflink=auto -- "$(readlink -f "$root$folder")" "$part"
  # systemd gives a state directory to its service when the directory's own owner is not
  # the service's; root is never it.
  chown root:root -- "$part"
  chmod 0700 -- "$part"
  [ ! -d "$new_homeserver" ] || rmdir -- "$new_homeserver"
  mv -T -- "$part" "$new_homeserver"
  printf 'copied to %s\n' "$new_homeserver" >"$mark"
  say "  to undo: rm -r $new_homeserver $mark; systemctl start ${unit%.service}"
}

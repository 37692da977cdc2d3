# shellcheck shell=bash
# The homeserver's data: a folder of RocksDB with media in it. A copy, so that the old
# one can be started again as long as nobody has written to the new one.

look_homeserver() {
  local size free
  holds "$old_homeserver" || return 0
  ! ran_again || obstacles+=("$ran_again_words" "  $ran_again_cure")
  [ ! -e "$adopted" ] || return 0
  if holds "$new_homeserver"; then
    obstacles+=("$old_homeserver and $new_homeserver both hold a homeserver" "  move the one that is not wanted out of the way: mv $new_homeserver $new_homeserver.unwanted")
    return 0
  fi
  [ -e "$old_homeserver/CURRENT" ] ||
    obstacles+=("$old_homeserver holds no database of RocksDB (no file CURRENT)" '  see what it is, and take it over by hand')
  size=$(du -sk -- "$old_homeserver" | cut -f 1)
  free=$(df --output=avail -k -- "$root/var/lib" | tail -n 1 | tr -d ' ')
  [ "$free" -gt $((size + size / 10)) ] ||
    obstacles+=("the copy of $old_homeserver takes $((size / 1000)) MB, and $((free / 1000)) are free" '  make room')
}

adopt_homeserver() {
  local part=$new_homeserver.part
  holds "$old_homeserver" && ! holds "$new_homeserver" && [ ! -e "$adopted" ] || return 0
  stopped matrix-continuwuity.service conduwuit.service
  plan "copy the homeserver from $old_homeserver to $new_homeserver"
  [ -z "$dry_run" ] || return 0
  # systemd's own mode for the folder of private state.
  [ -d "$(dirname "$new_homeserver")" ] || install -d -m 0700 -- "$(dirname "$new_homeserver")"
  rm -rf -- "$part"
  cp -a --reflink=auto -- "$old_homeserver" "$part"
  # systemd gives a state directory to its service when the directory's own owner is not
  # the service's; root is never it.
  chown root:root -- "$part"
  chmod 0700 -- "$part"
  [ ! -d "$new_homeserver" ] || rmdir -- "$new_homeserver"
  mv -T -- "$part" "$new_homeserver"
  printf 'copied to %s\n' "$new_homeserver" >"$adopted"
  say "  to undo: rm -r $new_homeserver $adopted; systemctl start matrix-continuwuity"
}

# shellcheck shell=bash
# A copy of each database before anything new runs: tables that a newer program has
# changed do not go back with the system. Those of PostgreSQL are dumped, and
# `ops-restore database NAME FILE` takes them. The bridge's SQLite database is copied by the
# host's own unit for it (modules/ops/backup/bridge.nix), with the program that has written
# it; docs/runbook.md says how it is put back.

bridge_unit=ops-backup-bridge.service
bridge_backups=$root/var/backup/slack-bridge

# bridge_in_file: whether the host has a bridge whose database is a file. Its
# configuration is written by its first start.
bridge_in_file() {
  [ -e "$current/etc/systemd/system/slack-bridge.service" ] &&
    awk '/^[^ #]/ { inside = $1 == "database:" } inside && $1 == "type:" { found = $2 } END { exit !(found ~ /^sqlite/) }' \
      "$root/var/lib/slack-bridge/config.yaml" 2>/dev/null
}

# refuse_undumped: before anything is copied, what would prevent it.
refuse_undumped() {
  ! bridge_in_file || [ -e "$current/etc/systemd/system/$bridge_unit" ] ||
    fail 78 "the bridge's database is SQLite, and this host has no $bridge_unit to copy it first" \
      'copy it by hand: systemctl stop slack-bridge && cp -a /var/lib/slack-bridge /root/ && systemctl start slack-bridge; then deploy with --no-dump, which brings the unit'
}

# dump_databases RELEASE
dump_databases() {
  local folder=$home/dumps/$1 copied=()
  dump_postgres "$folder"
  copy_bridge "$folder"
  if [ "${#copied[@]}" -eq 0 ]; then
    say 'no database to copy'
  else
    say "copies of $(printf '%s, ' "${copied[@]}" | sed 's/, $//') are in $folder"
  fi
}

# dump_postgres FOLDER: adds to copied.
dump_postgres() {
  local name file names
  has_cluster || return 0
  names=$(databases) || fail 1 'PostgreSQL does not answer, so the databases cannot be copied first' \
    'start it: systemctl start postgresql; or deploy with --no-dump if this deployment is to repair it'
  mkdir -p -- "$1"
  while IFS= read -r name; do
    [ -n "$name" ] || continue
    file=$1/$name.sql.zstd
    as_postgres pg_dump --create -- "$name" </dev/null | zstd -q >"$file.part" ||
      fail 1 "the database $name cannot be copied: is the disk full? see: df -h $home"
    mv -T -- "$file.part" "$file"
    copied+=("$name")
  done <<<"$names"
}

# copy_bridge FOLDER: keeps the copy with the release, where the nightly ones do not push
# it out; adds to copied.
copy_bridge() {
  local copy
  bridge_in_file || return 0
  systemctl start "$bridge_unit" ||
    fail 1 "the bridge's SQLite database cannot be copied first" \
      "see why: journalctl -u $bridge_unit; or deploy with --no-dump if this deployment is to repair it"
  # Their names sort by age.
  copy=$({ compgen -G "$bridge_backups/bridge-*.tar" || true; } | LC_ALL=C sort | tail -n 1)
  [ -n "$copy" ] || fail 1 "$bridge_unit has left no copy in $bridge_backups" "see why: journalctl -u $bridge_unit"
  mkdir -p -- "$1"
  # Its content never changes, so a link is enough.
  ln -T -- "$copy" "$1/bridge.tar" 2>/dev/null || cp -T -- "$copy" "$1/bridge.tar" ||
    fail 1 "the copy of the bridge's SQLite database cannot be kept in $1: is the disk full? see: df -h $home"
  copied+=("the bridge's SQLite database")
}

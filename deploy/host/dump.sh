# shellcheck shell=bash
# A copy of each database before anything new runs: tables that a newer program has
# changed do not go back with the system. `ops-restore database NAME FILE` takes them.

# dump_databases RELEASE
dump_databases() {
  local name file folder=$home/dumps/$1 names
  has_cluster || {
    say 'no database to copy'
    return
  }
  names=$(databases) || fail 1 'PostgreSQL does not answer, so the databases cannot be copied first' \
    'start it: systemctl start postgresql; or deploy with --no-dump if this deployment is to repair it'
  mkdir -p -- "$folder"
  while IFS= read -r name; do
    [ -n "$name" ] || continue
    file=$folder/$name.sql.zstd
    as_postgres pg_dump --create -- "$name" </dev/null | zstd -q >"$file.part" ||
      fail 1 "the database $name cannot be copied: is the disk full? see: df -h $home"
    mv -T -- "$file.part" "$file"
  done <<<"$names"
  say "copies of ${names//$'\n'/, } are in $folder"
}

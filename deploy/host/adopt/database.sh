# shellcheck shell=bash
# The bridge's database and the role that owns it get the names by which peer
# authentication lets the new bridge in.

old_database=mautrix_slack

# there KIND NAME: whether PostgreSQL has such a database or role.
there() {
  case $1 in
    database) [ -n "$(sql "SELECT 1 FROM pg_database WHERE datname = '$2'" 2>/dev/null)" ] ;;
    role) [ -n "$(sql "SELECT 1 FROM pg_roles WHERE rolname = '$2'" 2>/dev/null)" ] ;;
  esac
}

# tables NAME: how many tables a database holds.
tables() { sql "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "$1"; }

# own_tables: gives the role what another role owns, such as tables that were loaded by
# the superuser, whose things cannot be reassigned as a whole. Sequences that belong to a
# table follow it.
own_tables() {
  sql "DO \$do\$
    DECLARE it regclass;
    BEGIN
      FOR it IN SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
          AND c.relowner <> '$role'::regrole
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
      LOOP EXECUTE format('ALTER TABLE %s OWNER TO $role', it); END LOOP;
    END \$do\$" "$old_database"
}

look_database() {
  has_cluster || return 0
  sql 'SELECT 1' >/dev/null || {
    obstacles+=('PostgreSQL does not answer' '  start it: systemctl start postgresql')
    return 0
  }
  there database "$old_database" || return 0
  if there database "$role" && [ "$(tables "$role")" != 0 ]; then
    obstacles+=("the databases $old_database and $role both hold tables" "  see which one holds the rooms: runuser -u postgres -- psql -d NAME -c 'SELECT count(*) FROM portal'; pg_dump the other, and dropdb it")
  fi
}

adopt_database() {
  local owner undo dump=$home/dumps/adopt/$old_database.sql.zstd
  has_cluster && there database "$old_database" || return 0
  owner=$(sql "SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_database WHERE datname = '$old_database'")
  stopped mautrix-slack.service slack-bridge.service
  plan "copy the database $old_database of $owner to $dump, then give it, its tables and its name to $role"
  [ -z "$dry_run" ] || return 0

  mkdir -p -- "$(dirname "$dump")"
  as_postgres pg_dump --create -- "$old_database" | zstd -q >"$dump.part"
  mv -T -- "$dump.part" "$dump"
  # An open connection would keep both from being renamed.
  sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$old_database'" >/dev/null
  if there database "$role"; then
    sql "DROP DATABASE $role" # without tables, as was looked at
  fi
  if ! there role "$role" && there role "$old_database"; then
    sql "ALTER ROLE $old_database RENAME TO $role"
    undo="runuser -u postgres -- psql -c 'ALTER DATABASE $role RENAME TO $old_database' -c 'ALTER ROLE $role RENAME TO $old_database'"
  else
    there role "$role" || sql "CREATE ROLE $role LOGIN"
    ! there role "$old_database" || sql "REASSIGN OWNED BY $old_database TO $role" "$old_database"
    undo="runuser -u postgres -- dropdb $role; zstdcat $dump | runuser -u postgres -- psql"
  fi
  own_tables
  sql "ALTER DATABASE $old_database OWNER TO $role"
  sql "ALTER DATABASE $old_database RENAME TO $role"
  say "  to undo: $undo"
}

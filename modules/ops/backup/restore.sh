#!/usr/bin/env bash
# Puts a copy back. What was there is kept beside it, and named; usage says more.
# OPS_RESTORE_DUMPS, OPS_RESTORE_COPIES and OPS_RESTORE_STATE name other folders than
# this host's own.
set -Eeuo pipefail

dumps=${OPS_RESTORE_DUMPS:-/var/backup/postgresql}
copies=${OPS_RESTORE_COPIES:-/var/backup/continuwuity}
state=${OPS_RESTORE_STATE:-/var/lib/private/continuwuity}
now=$(date +%Y%m%d-%H%M%S)

# Not read from this file: the packaged script begins with other lines.
usage() {
  cat >&2 <<'END'
usage: ops-restore database NAME [FILE]     a dump, by default the newest one
usage: ops-restore homeserver [FOLDER]      the newest copy of the homeserver's database
END
  exit 64
}

fail() {
  echo "$1" >&2
  exit "$2"
}

as_postgres() { runuser -u postgres -- "$@"; }

# The units that use a database, so that nothing writes into it meanwhile.
units_of() {
  case $1 in
    slack_bridge) echo slack-bridge.service ;;
    *) echo "$1.service" ;;
  esac
}

# From here on a failure leaves a service stopped, which is then said.
stop() {
  stopped=$1
  trap 'echo "not finished, and $stopped is stopped: see the line above, then try again or: systemctl start $stopped" >&2' ERR
  systemctl stop -- "$1"
}

start() {
  systemctl start -- "$1"
  trap - ERR
}

# The bridge looks in Slack before it posts what was said in Matrix since the dump
# (bridge/internal/database, RestoredKey).
mark_restored() {
  as_postgres psql -qX -v ON_ERROR_STOP=1 -d "$1" <<'SQL'
DO $$ BEGIN
  IF to_regclass('kv_store') IS NOT NULL THEN
    INSERT INTO kv_store (bridge_id, key, value)
    VALUES ('', 'slack_restored_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    ON CONFLICT (bridge_id, key) DO UPDATE SET value = excluded.value;
  END IF;
END $$;
SQL
}

restore_database() {
  local name=$1 file=${2:-$dumps/$1.sql.zstd} unit
  command -v psql >/dev/null || fail 'there is no PostgreSQL on this host; a SQLite database is put back by hand: see docs/runbook.md, "Restore"' 69
  [ -s "$file" ] || fail "$file is not there or empty; the copies are in $dumps" 66
  zstd -q --test "$file" || fail "$file is damaged; try the one before it, $name.prev.sql.zstd" 65
  unit=$(units_of "$name")

  stop "$unit"
  # Kept under another name until an operator drops it.
  if as_postgres psql -AtqX -c "SELECT 1 FROM pg_database WHERE datname = '$name'" | grep -q 1; then
    as_postgres psql -qX -v ON_ERROR_STOP=1 -c "ALTER DATABASE \"$name\" RENAME TO \"$name-$now\""
    echo "the database that was there is now called $name-$now"
  fi
  # The dump makes the database itself.
  zstd -dcq "$file" | as_postgres psql -qX -v ON_ERROR_STOP=1 -d postgres >/dev/null
  if [ "$name" = slack_bridge ]; then
    mark_restored "$name"
  fi
  start "$unit"
  echo "$name is as in $file"
}

# contents FOLDER EXPRESSION…: what is in it, for find.
contents() { find "$1" -mindepth 1 -maxdepth 1 "${@:2}"; }

restore_homeserver() {
  local folder=${1:-$copies} owner restored kept
  [ -d "$folder/meta" ] || fail "$folder holds no copy of the homeserver" 66
  [ -d "$state" ] || fail "$state is not there: start continuwuity once, so that it makes it" 66
  owner=$(stat -c %u:%g -- "$state")

  # A file system of its own cannot be renamed: then its content is moved, and both the
  # new and the old stay on it.
  restored=$state.restored kept=$state-$now
  if mountpoint -q -- "$state"; then
    restored=$state/.restored kept=$state/.before-$now
  fi

  # Checked and unpacked before anything is stopped.
  rm -rf -- "$restored"
  ldb --db="$restored" --backup_dir="$folder" restore >/dev/null ||
    fail "the copy in $folder is damaged" 65
  stop continuwuity.service
  if [ -d "$state/media" ]; then
    cp -a --reflink=auto -- "$state/media" "$restored/"
  fi
  chown -R -- "$owner" "$restored"
  chmod 0700 -- "$restored"
  if [ "${restored%/*}" = "$state" ]; then
    mkdir -m 0700 -- "$kept"
    chown -- "$owner" "$kept"
    contents "$state" ! -name .restored ! -name '.before-*' ! -name lost+found -exec mv -t "$kept" -- {} +
    contents "$restored" -exec mv -t "$state" -- {} +
    rmdir -- "$restored"
  else
    mv -T -- "$state" "$kept"
    mv -T -- "$restored" "$state"
  fi
  start continuwuity.service
  echo "the homeserver is as in $folder; what was there is in $kept"
}

case ${1-} in
  database)
    [[ $# -ge 2 && $# -le 3 && $2 =~ ^[a-z_][a-z0-9_]*$ ]] || usage
    restore_database "${@:2}"
    ;;
  homeserver)
    [[ $# -le 2 ]] || usage
    restore_homeserver "${@:2}"
    ;;
  *) usage ;;
esac

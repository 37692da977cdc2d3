#!/usr/bin/env bash
# The copies that ops.backup makes are put back by ops-restore: a real RocksDB with
# its own backup format, a real PostgreSQL, and a systemctl that only takes notes.
set -euo pipefail
. tests/nix/steps/lib.sh
need ldb zstd
pg=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$pg" ] || not_run 'missing: PostgreSQL (scripts/setup-postgres.sh installs it)'

PATH=$work/fake:$pg:$PATH
mkdir -p "$work/fake" "$work/restore"
cd "$work/restore"
# Everybody may look in: PostgreSQL runs as another user than root.
chmod 0755 "$work" "$work/restore"
calls=$work/restore/systemctl.log

# systemctl: notes what it is asked for; a signal makes the next copy, as the
# homeserver would.
cat >"$work/fake/systemctl" <<'EOF'
#!/usr/bin/env bash
echo "$*" >>"$CALLS"
if [ "$1" = kill ] && [ -n "${ANSWERS-}" ]; then
  ldb --db="$STATE" --backup_dir="$COPIES" backup >/dev/null
fi
EOF
chmod +x "$work/fake/systemctl"

# packaged SCRIPT: as nixpkgs' writeShellApplication makes it: other lines in front, and a
# name of its own.
packaged() {
  local into
  into=$work/fake/ops-$(basename "$1" .sh)
  {
    printf '#!%s\n' "$BASH" 'set -o errexit' 'set -o nounset' 'set -o pipefail' | sed '2,$s/^#!//'
    # shellcheck disable=SC2016 # It is the script that expands it.
    printf '\nexport PATH="/packages/bin:$PATH"\n\n'
    tail -n +2 "$OLDPWD/modules/ops/backup/$1"
  } >"$into"
  chmod +x "$into"
}
packaged restore.sh
packaged homeserver.sh
restore() { ops-restore "$@"; }
backup() { ops-homeserver "$@"; }
expect() { # CODE TEXT COMMAND…
  local code=0
  "${@:3}" >out.log 2>&1 || code=$?
  [ "$code" = "$1" ] || fail "$(printf '%s ' "${@:3}"): exit $code, not $1: $(cat out.log)"
  grep -qF -- "$2" out.log || fail "$(printf '%s ' "${@:3}"): no '$2' in: $(cat out.log)"
}

for arguments in '' nothing 'database' 'homeserver one two'; do
  # shellcheck disable=SC2086 # Each word is one.
  expect 64 'usage: ops-restore database NAME [FILE]' restore $arguments
done

# --- the homeserver
export CALLS=$calls STATE=$PWD/state COPIES=$PWD/copies
export OPS_RESTORE_STATE=$STATE OPS_RESTORE_COPIES=$COPIES OPS_RESTORE_DUMPS=$PWD/dumps
ldb --db="$STATE" --create_if_missing put name before >/dev/null
mkdir "$STATE/media"
echo picture >"$STATE/media/one"
chmod 0700 "$STATE"

expect 66 'holds no copy' restore homeserver
mkdir "$COPIES"
OPS_BACKUP_SECONDS=1 expect 75 'no new copy' backup "$COPIES" continuwuity.service
ANSWERS=1 expect 0 'copy 1 is complete' backup "$COPIES" continuwuity.service
grep -qx 'kill --signal=SIGUSR2 --kill-whom=main -- continuwuity.service' "$calls" || fail "$(cat "$calls")"

ldb --db="$STATE" put name after >/dev/null
: >"$calls"
expect 0 'is as in' restore homeserver
[ "$(cat "$calls")" = $'stop -- continuwuity.service\nstart -- continuwuity.service' ] || fail "$(cat "$calls")"
[ "$(ldb --db="$STATE" get name)" = before ] || fail 'the copy is not there'
[ "$(cat "$STATE/media/one")" = picture ] || fail 'the media are lost'
[ "$(stat -c %a "$STATE")" = 700 ] || fail 'the mode is lost'
kept=$(find . -maxdepth 1 -name 'state-*')
[ "$(ldb --db="$kept" get name)" = after ] || fail 'what was there is lost'

# Where the state is a file system of its own, which cannot be renamed.
# shellcheck disable=SC2016 # The inner shell expands them.
unshare --user --map-root-user --mount bash -euc '
  mkdir "$1"
  mount -t tmpfs none "$1"
  ldb --db="$1" --create_if_missing put name mounted >/dev/null
  mkdir "$1/media"
  echo picture >"$1/media/one"
  OPS_RESTORE_STATE=$1 ops-restore homeserver
  [ "$(ldb --db="$1" get name)" = before ] || { echo "the copy is not there"; exit 1; }
  [ "$(cat "$1/media/one")" = picture ] || { echo "the media are lost"; exit 1; }
  kept=$(echo "$1"/.before-*)
  [ "$(ldb --db="$kept" get name)" = mounted ] || { echo "what was there is lost"; exit 1; }
  [ ! -e "$1/.restored" ] || { echo "a folder is left"; exit 1; }
' bash "$PWD/mounted" >mounted.log 2>&1 || fail "on a file system of its own: $(cat mounted.log)"

# A damaged copy is found before anything is touched.
file=$(find "$COPIES" -name '*.sst' -o -path '*private*' -name '*.log' | head -n 1)
printf 'x' | dd of="$file" bs=1 seek=5 conv=notrunc status=none
: >"$calls"
expect 65 'is damaged' restore homeserver
[ ! -s "$calls" ] || fail 'the homeserver was stopped for a damaged copy'
[ "$(ldb --db="$STATE" get name)" = before ] || fail 'a damaged copy was put back'

# --- a database
as_postgres() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  as_postgres() { runuser -u postgres -- "$@"; }
  install -d -o postgres pg
else
  mkdir pg
  echo 'shift 3; exec "$@"' | sed '1i #!/usr/bin/env bash' >"$work/fake/runuser"
  chmod +x "$work/fake/runuser"
fi
export PGHOST=$PWD/pg PGDATABASE=postgres PGUSER=postgres
as_postgres "$pg/initdb" -U postgres -A trust -D "$PWD/pg/data" >initdb.log 2>&1 || fail "$(cat initdb.log)"
as_postgres "$pg/pg_ctl" -D "$PWD/pg/data" -w -l "$PWD/pg/log" -o "-k $PWD/pg -c listen_addresses=" start >/dev/null
trap 'as_postgres "$pg/pg_ctl" -D "$PWD/pg/data" -m immediate stop >/dev/null' EXIT
psql -qX -c 'CREATE ROLE slack_bridge' -c 'CREATE DATABASE slack_bridge OWNER slack_bridge'
psql -qX -d slack_bridge -c 'CREATE TABLE word (w text)' -c "INSERT INTO word VALUES ('before')" \
  -c 'CREATE TABLE kv_store (bridge_id text, key text, value text, PRIMARY KEY (bridge_id, key))'
mkdir dumps
pg_dump -C slack_bridge | zstd -q >dumps/slack_bridge.sql.zstd
psql -qX -d slack_bridge -c "UPDATE word SET w = 'after'"

: >"$calls"
expect 0 'slack_bridge is as in' restore database slack_bridge
[ "$(cat "$calls")" = $'stop -- slack-bridge.service\nstart -- slack-bridge.service' ] || fail "$(cat "$calls")"
[ "$(psql -AtqX -d slack_bridge -c 'SELECT w FROM word')" = before ] || fail 'the dump is not there'
kept=$(psql -AtqX -c "SELECT datname FROM pg_database WHERE datname LIKE 'slack_bridge-%'")
[ "$(psql -AtqX -d "$kept" -c 'SELECT w FROM word')" = after ] || fail 'what was there is lost'
[ "$(psql -AtqX -c "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'slack_bridge'")" = slack_bridge ] ||
  fail 'the owner is lost'
restored=$(psql -AtqX -d slack_bridge -c "SELECT value FROM kv_store WHERE bridge_id = '' AND key = 'slack_restored_at'")
[[ $restored =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$ ]] || fail "the bridge does not see that its database was put back: '$restored'"

psql -qX -c "DROP DATABASE \"$kept\""
# A client that is still connected: nothing is changed, and what is stopped is said.
psql -qX -d slack_bridge -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 &
sleeper=$!
for _ in $(seq 100); do
  [ "$(psql -AtqX -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND datname = 'slack_bridge'")" = 1 ] && break
  sleep 0.1
done
expect 1 'slack-bridge.service is stopped' restore database slack_bridge
grep -q 'being accessed by other users' out.log || fail "$(cat out.log)"
kill "$sleeper"

: >"$calls"
head -c 100 dumps/slack_bridge.sql.zstd >dumps/forgejo.sql.zstd
expect 65 'is damaged' restore database forgejo
expect 66 'is not there' restore database absent
expect 64 usage restore database 'a";drop'
expect 64 usage restore
[ ! -s "$calls" ] || fail 'a service was stopped for a dump that cannot be used'
echo 'homeserver and database put back; damaged copies refused'

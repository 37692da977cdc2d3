# shellcheck shell=bash
# Takes back a deployment that was not confirmed.
connect
make_scratch "$deploy/host"
[ -z "$dry_run" ] || {
  on_host bash "$scratch/run" status </dev/null
  exit 0
}
status=0
on_host bash "$scratch/run" rollback </dev/null || status=$?
exit "$status"

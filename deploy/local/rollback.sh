# shellcheck shell=bash
# Takes back a deployment that was not confirmed.
connect
make_scratch "$deploy/host"
[ -z "$dry_run" ] || {
  at_once bash "$scratch/run" status
  exit 0
}
at_once bash "$scratch/run" rollback || {
  status=$?
  # What could not be taken back is neither the old nor surely the new.
  [ "$status" != 1 ] || status=2
  exit "$status"
}

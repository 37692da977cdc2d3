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
  # What could not be taken back is neither the old nor surely the new; what was may not
  # be well.
  case $status in 1 | 4) status=2 ;; esac
  exit "$status"
}

# shellcheck shell=bash
# Takes back a deployment that was not confirmed.
connect
make_scratch "$deploy/host"
[ -z "$dry_run" ] || {
  at_once bash "$scratch/run" status
  exit 0
}
at_once bash "$scratch/run" rollback

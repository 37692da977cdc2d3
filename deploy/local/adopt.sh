# shellcheck shell=bash
# Takes over what an older setup left on the host.
connect
make_scratch "$deploy/host"
status=0
on_host bash "$scratch/run" adopt ${dry_run:+--dry-run} </dev/null || status=$?
exit "$status"

# shellcheck shell=bash
# Takes over what an older setup left on the host.
connect
make_scratch "$deploy/host"
at_once bash "$scratch/run" adopt ${dry_run:+--dry-run}

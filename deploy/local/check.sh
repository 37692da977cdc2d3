# shellcheck shell=bash
# Asks every hop on the host how it is.
connect
make_scratch "$deploy/host"
status=0
on_host bash "$scratch/run" doctor </dev/null || status=$?
exit "$status"

# shellcheck shell=bash
# Asks every hop on the host how it is.
connect
make_scratch "$deploy/host"
at_once bash "$scratch/run" doctor

# shellcheck shell=bash
# doctor ARGUMENT…: asks every hop, as the system that runs knows them.
ask=$current/sw/bin/ops-doctor
[ -x "$ask" ] || fail 1 'the system has no ops-doctor; does hosts/ import modules/ and enable ops.bridge?'
"$ask" "$@"

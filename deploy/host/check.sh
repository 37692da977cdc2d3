# shellcheck shell=bash
# check RELEASE SECONDS: waits until the host is well, keeps the report with the
# release, and shows it.
report=$(release_folder "$1")/doctor.json
[ "$(noted pending release)" = "$1" ] || fail 1 "$1 is $(phase)"
ask=$current/sw/bin/ops-doctor
[ -x "$ask" ] || fail 1 'the system has no ops-doctor; does hosts/ import modules/ and enable ops.bridge?'
status=0
# Its last round begins before the time is over.
timeout --kill-after=5 "$(($2 + 30))" "$ask" --json --wait "$2s" >"$report" || status=$?
[ "$status" != 124 ] || fail 1 "ops-doctor did not end in $(($2 + 30)) s"
"$ask" --from - <"$report" 2>/dev/null || true
exit "$status"

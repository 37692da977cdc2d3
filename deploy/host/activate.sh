# shellcheck shell=bash
# activate RELEASE: the switch itself, as a unit of its own. The system runs, but is not
# yet the one that the host boots: a restart would be a rollback.
[ "$(noted pending release)" = "$1" ] || fail 1 "$1 is not pending"
status=0
"$(noted pending next)/bin/switch-to-configuration" test || status=$?
note pending activated.part "$status"
mv -T -- "$states/pending/activated.part" "$states/pending/activated"
exit "$status"

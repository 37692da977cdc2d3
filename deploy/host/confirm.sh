# shellcheck shell=bash
# confirm RELEASE: makes the system the one that the host boots. It is done detached,
# so that it is done whole.
[ "$(noted pending release)" = "$1" ] || [ "$(noted confirmed release)" = "$1" ] || fail 1 "$1 is $(phase)"
[ "$(phase)" = confirmed ] || detached ops-deploy-confirm --wait --property=Type=oneshot \
  -- "$(release_folder "$1")/deploy/host/run" confirmed "$1" || true
[ "$(noted confirmed release)" = "$1" ] || fail 1 "$1 is $(phase)"
say "$1 is what the host boots"

# shellcheck shell=bash
# confirm RELEASE: makes the system the one that the host boots. It is done detached,
# so that it is done whole.
log=$(release_folder "$1")/confirm.log
for _ in 1 2 3; do
  [[ $(phase) =~ ^(pending|confirming)$ && $(unfinished) = "$1" ]] || break
  detached ops-deploy-confirm --wait --property=Type=oneshot \
    --property=StandardOutput=append:"$log" --property=StandardError=append:"$log" \
    -- "$(release_folder "$1")/deploy/host/run" confirmed "$1" || true
  # That of an earlier connection may be at work still.
  (alone)
done
[ "$(noted confirmed release)" = "$1" ] || {
  [ ! -s "$log" ] || tail -n 30 -- "$log" >&2
  fail 1 "$1 is $(phase)"
}
say "$1 is what the host boots"

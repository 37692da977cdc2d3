# shellcheck shell=bash
# rollback [RELEASE]: has the dead-man's unit do its work now, and says how the host is.
# Without a release: whatever is not finished. It ends with 3 when that release was
# confirmed before, and with 4 when the host is not well with what it ran before.
release=${1:-$(unfinished)}

# ask_again: the doctor of the system that runs again; an older one may not have any.
ask_again() {
  local ask=$current/sw/bin/ops-doctor report status=0
  [ -x "$ask" ] || return 0
  report=$(timeout --kill-after=5 90 "$ask" --json --wait 60s) || status=$?
  "$ask" --from - <<<"$report" 2>/dev/null || true
  [ "$status" = 0 ] || {
    printf 'deploy: %s\n' 'the host runs what it ran before, and is not well with it: see above' >&2
    exit 4
  }
}
if [ -n "$release" ] && [ "$(unfinished)" = "$release" ]; then
  script=$(release_folder "$release")/deploy/host/run
  # Waits until it is through: the unit is a oneshot. It is gone when the timer has run,
  # or was never set.
  systemctl start ops-deploy-rollback.service ||
    detached ops-deploy-rollback --wait --property=Type=oneshot -- "$script" roll-back "$release" || true
  # Another deployment's may be at work still.
  (alone)
fi

now=$(phase)
if [ -n "${1-}" ] && [ -n "$(unfinished)" ] && [ "$(unfinished)" != "$1" ]; then
  say "$1 is not what the host runs; meanwhile $(unfinished) is $now"
  exit 0
fi
case $now in
  rolled-back)
    say "rolled back to $(noted rolled-back previous)"
    say_dumps "$(noted rolled-back release)"
    [ -z "$release" ] || ask_again
    ;;
  confirmed)
    [ "$(noted confirmed release)" != "${1-}" ] || {
      say "$1 was confirmed, and is what the host boots"
      exit 3
    }
    say 'nothing is pending'
    ;;
  none) say 'nothing is pending' ;;
  *) fail 1 "it is $now; see: journalctl -u ops-deploy-rollback" ;;
esac

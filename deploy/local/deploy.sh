# shellcheck shell=bash
# A deployment, as seen from here. The host does each step by itself and detached from
# us; we ask how it went, each time over a new connection, and say in the end whether
# it stays. If we never do, the host's own timer takes it back.

step "the commit"
export_commit
echo "$name at ${commit:0:12}: $(git log -1 --format=%s "$commit")"

step "the host"
connect
if [ -n "$dry_run" ]; then
  make_scratch "$work/release"
  judge_running "$(running_at "$scratch")"
  at_once bash "$scratch/deploy/host/run" dry-run "$scratch" "$name"
  step "nothing was changed"
  exit 0
fi

releases=/var/lib/ops-deploy/releases
# In tests another root folder replaces the host's.
# shellcheck disable=SC2016
there=$(at_once sh -c 'umask 077; d=${OPS_DEPLOY_ROOT-}$0; mkdir -p "$d" && printf %s "$d"' "$releases/$release")
send "$work/release" "$there"
host=(bash "$there/deploy/host/run")
running=$(running_at "$there")
(judge_running "$running") || {
  status=$?
  at_once rm -rf -- "$there"
  exit "$status"
}
judge_running "$running"

# Up to here, and in `begin` until the last line, nothing runs differently.
status=0
on_host "${host[@]}" begin "$release" "$name" "$dead_man" "$dump" "$over" </dev/null || status=$?
disconnect
case $status in
  0 | 255) ;;
  75 | 78) exit "$status" ;;
  *) fail 1 "the host is as it was" ;;
esac
begun=$SECONDS

# insist COMMAND…: over new connections, until there is an answer or the host must have
# rolled back by itself.
insist() {
  local status
  while :; do
    status=0
    afresh "${host[@]}" "$@" || status=$?
    [ "$status" = 255 ] || return "$status"
    [ $((SECONDS - begun)) -lt "$dead_man" ] || return 255
    sleep 2
  done
}

# give_up CODE-OF-THE-STEP WHAT: has the host roll back, and says how it is then.
give_up() {
  local status=$1
  if [ "$status" = 255 ]; then
    echo "$2: $target cannot be reached; its dead-man timer rolls it back" >&2
  else
    echo "$2; rolling back" >&2
  fi
  begun=$SECONDS status=0
  insist rollback "$release" || status=$?
  case $status in
    0) fail 1 "$2; the host is as it was" ;;
    3)
      step "$target runs ${commit:0:12}: it was confirmed before"
      exit 0
      ;;
    4) fail 2 "$2; the host runs what it ran before, and is not well with it" "the checks above that failed say what and the cure; where a newer program has changed a database, the line above them says how to put the copy back" ;;
    255) fail 2 "$2, and $target cannot be reached; after $dead_man s it has rolled back by itself" "look at it from its console: journalctl -u ops-deploy-rollback" ;;
    *) fail 2 "$2, and the rollback did not succeed" "see: ssh $target journalctl -u ops-deploy-rollback" ;;
  esac
}

step "the switch"
insist await "$release" || give_up $? 'the switch failed'

step "is the host well?"
insist check "$release" "$health" || give_up $? 'the host is not well'

insist confirm "$release" || give_up $? 'it could not be confirmed'
step "$target runs ${commit:0:12}"

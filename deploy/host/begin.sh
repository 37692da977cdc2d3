# shellcheck shell=bash
# begin RELEASE NAME DEAD-MAN DUMP OVER: everything up to the switch, which it starts.
# OVER is the commit that the operator knows the host to run.
release=$1 name=$2 dead_man=$3 dump=$4 over=$5
folder=$(release_folder "$release")
for part in lock commit facts postgres preflight dump homeserver build; do
  . "$here/$part.sh"
done

take_lock "$release"
refuse_unfinished forget
[ "$(running_commit)" = "$over" ] || fail 75 "$(running_commit) was deployed meanwhile; nothing was changed" 'try again: it is looked at anew'
read_facts "$folder" "$name"
preflight "$folder"
[ -z "$dump" ] || {
  refuse_undumped
  refuse_uncopied
  dump_databases "$release"
}
trap drop_build_swap EXIT
make_build_swap
build "$folder" "$name"
drop_build_swap
[ -z "$dump" ] || copy_homeserver "$release"
fact state-version >"$folder/state-version"
# There is no one to tell: the terminal that asked is gone, and then it ends here.
say "built $next"

previous=$(readlink -f "$current")
# Neither of the two is collected as garbage before it is decided.
mkdir -p -- "$(dirname "$previous_root")"
ln -sfnT -- "$previous" "$previous_root"
open_pending "$release" "$previous" "$next" "$(missing_swap)"

# The way back is there before the first step forward.
detached ops-deploy-rollback --on-active="${dead_man}s" --timer-property=AccuracySec=1s --property=Type=oneshot \
  -- "$folder/deploy/host/run" roll-back "$release" || {
  claim pending rolled-back
  fail 1 'the dead-man timer cannot be set; nothing was switched'
}
detached ops-deploy-activate --property=StandardOutput=append:"$folder/switch.log" --property=StandardError=append:"$folder/switch.log" \
  -- "$folder/deploy/host/run" activate "$release" || {
  systemctl stop ops-deploy-rollback.timer || true
  claim pending rolled-back
  fail 1 'the switch cannot be started; nothing was switched'
}
say "switching from $previous to $next; unless confirmed, it is taken back in $dead_man s"

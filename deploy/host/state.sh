# shellcheck shell=bash
# What is going on, as a folder whose name is the phase. To rename it is to claim it.
# Confirmations and rollbacks take turns (alone), and each looks at the phase first: of
# two at the same time one does nothing.
#
#   pending      switched or switching, and not confirmed
#   confirming   being made the system that the host boots
#   rolling-back being taken back
#   confirmed, rolled-back, not-rolled-back: how the last one ended
#
# In it: release, previous and next (systems), boot (the kernel's id of this boot),
# activated (the exit code of the switch, when it is over), before (the profile's system
# when a confirmation began), missing-swap (the swap files that the switch makes).

states=$home/state

boot_id() { cat "$root/proc/sys/kernel/random/boot_id"; }

# note PHASE NAME VALUE
note() { printf '%s\n' "$3" >"$states/$1/$2"; }

# noted PHASE NAME: what was noted, or nothing.
noted() { cat "$states/$1/$2" 2>/dev/null || true; }

# claim FROM TO: true for the one who moved it.
claim() { mv -T -- "$states/$1" "$states/$2" 2>/dev/null; }

# phase: the one that is going on, or how the last one ended.
phase() {
  local each
  for each in pending confirming rolling-back confirmed rolled-back not-rolled-back; do
    if [ -d "$states/$each" ]; then
      printf '%s' "$each"
      return
    fi
  done
  printf 'none'
}

# unfinished: the release that is neither confirmed nor taken back, if there is one.
unfinished() {
  local each
  for each in pending confirming rolling-back not-rolled-back; do
    if [ -d "$states/$each" ]; then
      noted "$each" release
      return
    fi
  done
}

# alone: waits for a process that confirms or takes back. The turn ends with this process; what
# it starts must not keep it (8>&-).
alone() {
  exec 8>>"$home/decision"
  flock 8
}

# open_pending RELEASE PREVIOUS NEXT SWAP-FILES
open_pending() {
  local fresh=$states/fresh
  rm -rf -- "$fresh" "$states/confirmed" "$states/rolled-back" "$states/not-rolled-back"
  mkdir -p -- "$fresh"
  note fresh release "$1"
  note fresh previous "$2"
  note fresh next "$3"
  note fresh missing-swap "$4"
  note fresh boot "$(boot_id)"
  mv -T -- "$fresh" "$states/pending"
}

# refuse_unfinished [forget]: a deployment that was not confirmed or undone yet. There is
# none after a restart of the host, which boots what it ran before.
refuse_unfinished() {
  local each
  for each in pending confirming rolling-back; do
    [ -d "$states/$each" ] || continue
    if [ "$(noted "$each" boot)" != "$(boot_id)" ]; then
      say "the host was restarted while $(noted "$each" release) was $each; it runs what it has booted"
      [ -z "${1-}" ] || rm -rf -- "${states:?}/$each"
      continue
    fi
    fail 75 "the deployment of $(noted "$each" release) is $each" \
      'wait until it is confirmed or rolled back, or take it back now: deploy rollback' 'see: journalctl -u "ops-deploy-*"'
  done
}

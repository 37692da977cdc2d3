# shellcheck shell=bash
# What is going on, as a folder whose name is the phase. To rename it is to claim it:
# of a confirmation and a rollback at the same time one does nothing.
#
#   pending      switched or switching, and not confirmed
#   confirming   being made the system that the host boots
#   rolling-back being taken back
#   confirmed, rolled-back, not-rolled-back: how the last one ended
#
# In it: release, previous and next (systems), boot (the kernel's id of this boot),
# activated (the exit code of the switch, when it is over).

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

# open_pending RELEASE PREVIOUS NEXT
open_pending() {
  local fresh=$states/fresh
  rm -rf -- "$fresh" "$states/confirmed" "$states/rolled-back" "$states/not-rolled-back"
  mkdir -p -- "$fresh"
  note fresh release "$1"
  note fresh previous "$2"
  note fresh next "$3"
  note fresh boot "$(boot_id)"
  mv -T -- "$fresh" "$states/pending"
}

# refuse_unfinished [forget]: a deployment that nobody has confirmed or taken back yet. After a
# restart of the host there is none: it has booted what it ran before.
refuse_unfinished() {
  local each
  for each in pending confirming rolling-back; do
    [ -d "$states/$each" ] || continue
    if [ "$(noted "$each" boot)" != "$(boot_id)" ]; then
      say "the host was restarted while $(noted "$each" release) was $each; it has booted what it had before"
      [ -z "${1-}" ] || rm -rf -- "${states:?}/$each"
      continue
    fi
    fail 75 "the deployment of $(noted "$each" release) is $each" \
      'wait until it is confirmed or rolled back; see: journalctl -u "ops-deploy-*"'
  done
}

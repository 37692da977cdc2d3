# shellcheck shell=bash
# Whether this host and the release fit. Everything that does not is said at once, each
# with its cure; one file a concern.

refusals=()

# refuse WHAT CURE
refuse() { refusals+=("$1"$'\n''  '"$2"); }

. "$here/old.sh"
. "$here/firmware.sh"
. "$here/interface.sh"
. "$here/swap.sh"
for part in "$here"/preflight/*.sh; do
  . "$part"
done

# preflight FOLDER: ends with 78 unless all is as the facts say.
preflight() {
  local concern
  for concern in platform disks boot network login age database version old_state room; do
    "check_$concern" "$1"
  done
  [ "${#refusals[@]}" -eq 0 ] || fail 78 "this host and the commit do not fit; nothing was changed" "${refusals[@]}"
  say 'the host and the commit fit'
}

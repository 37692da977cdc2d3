# shellcheck shell=bash
# await RELEASE: waits until the switch is over; 0 when it went well. It may be asked
# again over another connection.
log=$(release_folder "$1")/switch.log
# If the connection was cut before, `begin` may still be at work.
flock "$home/lock" true
shown=0
show() {
  local lines
  lines=$(wc -l 2>/dev/null <"$log") || return 0
  [ "$lines" -le "$shown" ] || sed -n "$((shown + 1)),${lines}p" -- "$log"
  shown=$lines
}
while [ "$(noted pending release)" = "$1" ] && [ -z "$(noted pending activated)" ]; do
  show
  sleep 1
done
show
[ "$(noted pending release)" = "$1" ] || fail 1 "$1 is $(phase)"
case $(noted pending activated) in
  0) ;;
  *)
    systemctl --no-pager --failed >&2 || true
    fail 1 "switch-to-configuration ended with $(noted pending activated)"
    ;;
esac

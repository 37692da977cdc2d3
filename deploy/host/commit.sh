# shellcheck shell=bash
# commit: the commit that the host runs, as its system says; a system that does not know
# it may be the one that was deployed last. A second line says whether any was.
running_commit() {
  "$current/sw/bin/nixos-version" --configuration-revision 2>/dev/null || cat -- "$home/current/revision" 2>/dev/null || true
}
[ "$command" != commit ] || {
  say "$(running_commit)"
  [ ! -e "$home/current" ] || say deployed
}

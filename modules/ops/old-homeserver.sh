#!/usr/bin/env bash
# Ends with 78 where an older homeserver's data are there and the new one has none.
#   old-homeserver LIST switch|start
# LIST has a line for each place: folder, kind, unit. OPS_ROOT names another root, for tests.
set -euo pipefail
list=$1
what=$2
root=${OPS_ROOT-}
new=/var/lib/private/continuwuity

holds() { [ -d "$root$1" ] && [ -n "$(ls -A -- "$root$1")" ]; }

! holds "$new" || exit 0
found=0
adoptable=0
while read -r folder kind _unit; do
  [[ $folder == /* ]] || continue
  holds "$folder" || continue
  # The folder of private state has a link to it.
  [ ! -L "$root$folder" ] || continue
  found=1
  if [ "$kind" = rocksdb ]; then
    adoptable=1
    echo "$root$folder holds an older homeserver, which this one would not see" >&2
  else
    echo "$root$folder holds a homeserver of another kind ($kind), which cannot be taken over" >&2
    echo "  if no one needs it any more: mv $folder $folder.unwanted" >&2
  fi
done <"$list"
[ "$found" = 1 ] || exit 0

case $what in
  switch) echo "nothing was switched: continuwuity would start empty, with a new signing key under the old name" >&2 ;;
  start) echo "continuwuity is not started: it would be empty, with a new signing key under the old name" >&2 ;;
esac
[ "$adoptable" = 0 ] || cat >&2 <<'EOF'
  take it over, in your checkout: nix run .#deploy -- adopt --dry-run root@this-host, then without --dry-run
EOF
exit 78

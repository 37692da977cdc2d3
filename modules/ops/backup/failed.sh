#!/usr/bin/env bash
# Says in one line why nothing went off the host, with the cure. restic's own last line may be
# of a consequence: of a wrong password it says at last that the repository exists already.
#   failed [OPTION-OF-RESTIC…]
set -euo pipefail
[ "${SERVICE_RESULT-}" != success ] || exit 0

code=0
timeout 60 restic --no-lock "$@" cat config >/dev/null 2>&1 || code=$?
# The exit codes are documented by restic, "Scripting".
case $code in
  0) why='restic opens the repository: see its lines above' ;;
  10) why='there is no repository, and none can be made: see that the place that ops.backup.offsite.repository names is mounted, and that root may write there' ;;
  12) why='restic-password does not open the repository: put the password into the secrets with which it was made' ;;
  *) why='restic does not reach the repository: see its lines above' ;;
esac
echo "nothing went off the host: $why" >&2

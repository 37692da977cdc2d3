#!/usr/bin/env bash
# Says in one line why nothing went off the host, with the cure. restic's own last line may be
# of a consequence: of a wrong password it says at last that the repository exists already. What
# ssh says it often does not show, because it ends first.
#   failed [OPTION-OF-RESTIC…]
# OPS_BACKUP_SECONDS says how long the repository has to answer; restic itself tries for long.
set -euo pipefail
[ "${SERVICE_RESULT-}" != success ] || exit 0

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
touch "$folder/ssh"
options=()
for option in "$@"; do
  [[ $option != sftp.args=* ]] || option+=" -E $folder/ssh"
  options+=("$option")
done

code=0
timeout "${OPS_BACKUP_SECONDS:-60}" restic --no-lock "${options[@]}" cat config >/dev/null 2>"$folder/restic" || code=$?
said=$(cat "$folder/ssh" "$folder/restic")

# What ssh said last, or why restic tried again.
reason() {
  if [ -s "$folder/ssh" ]; then
    tail -n 1 "$folder/ssh" | tr -d '\r'
  else
    sed -nE 's/^.* retrying after [^:]*: //p' "$folder/restic" | tail -n 1
  fi
}

# The exit codes are documented by restic, "Scripting"; the words are those of OpenSSH, and of
# restic's REST client.
case $code in
  0) why='restic opens the repository: see its lines above' ;;
  10) why='there is no repository, and none can be made: see that the place that ops.backup.offsite.repository names is there, mounted if it is a disk, and can be written' ;;
  12) why='restic-password does not open the repository: put the password into the secrets with which it was made' ;;
  *)
    case $said in
      *'REMOTE HOST IDENTIFICATION HAS CHANGED'*) why='its server shows another SSH key than the known one: see docs/offsite.md, "The server shows another key"' ;;
      *'host key is known for'*) why='ops.backup.offsite.knownHosts does not have its server by this name and port: add the line that ssh-keyscan prints' ;;
      *'Load key '*) why='ssh cannot read restic-ssh-key: put the whole private key into the secrets, as a block' ;;
      *'Permission denied (publickey'*) why='its server does not take restic-ssh-key: put the line of its public key into authorized_keys there' ;;
      *'HTTP response (401)'*) why='its server does not take the user and the password of restic-environment' ;;
      *)
        why=$(reason)
        why="restic does not reach the repository: ${why:-see its lines above}"
        ;;
    esac
    ;;
esac
echo "nothing went off the host: $why" >&2

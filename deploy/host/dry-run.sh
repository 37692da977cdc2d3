# shellcheck shell=bash
# dry-run FOLDER NAME: everything that can be asked without changing anything.
folder=$1 name=$2
for part in lock facts postgres preflight dump homeserver build; do
  . "$here/$part.sh"
done
see_lock
refuse_unfinished
read_facts "$folder" "$name"
preflight "$folder"
if has_cluster; then
  names=$(databases) || names='nothing, because PostgreSQL does not answer'
  say "would copy ${names//$'\n'/, }"
fi
refuse_undumped
! bridge_in_file || say "would copy the bridge's SQLite database"
refuse_uncopied
! homeserver_changes || say "would have the homeserver copy its database"
say 'would build and switch to:'
nix_ build --no-update-lock-file --dry-run "$(system "$folder" "$name")" 2>&1 || fail 1 'the evaluation failed: see above'

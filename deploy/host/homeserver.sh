# shellcheck shell=bash
# The homeserver's database and its version. A newer homeserver changes its database for
# good, and the older one refuses it then: the system goes back, the database does not. So
# where the version changes the homeserver makes a copy first, by the host's own unit for it
# (modules/ops/backup/homeserver.nix). No other process can while it runs.

backup_unit=ops-backup-homeserver.service
homeserver_backups=$root/var/backup/continuwuity

# running_homeserver: the package that the running system has as homeserver.
running_homeserver() {
  sed -nE 's|^ExecStart=[-+!@:]*/nix/store/[0-9a-z]{32}-([^/]+)/.*|\1|p' "$current/etc/systemd/system/continuwuity.service" 2>/dev/null | head -n 1
}

# homeserver_changes: whether it is another one afterwards; sets old_version and
# new_version.
homeserver_changes() {
  old_version=$(running_homeserver) new_version=$(fact homeserver)
  [ -n "$old_version" ] && [ -n "$new_version" ] && [ "$old_version" != "$new_version" ]
}

# refuse_uncopied: before anything is built, what would prevent a copy.
refuse_uncopied() {
  homeserver_changes || return 0
  say "the homeserver goes from $old_version to $new_version, which may change its database for good"
  [ -e "$current/etc/systemd/system/$backup_unit" ] ||
    fail 78 "$old_version has no copy of its own on this host, and could not be put back" \
      'deploy first with the flake.lock of before, which brings the unit that copies it; or, if you have a copy, deploy with --no-dump'
  systemctl --quiet is-active continuwuity.service ||
    fail 78 "the homeserver does not run, so it cannot copy its database first" \
      'see why: journalctl -u continuwuity; or deploy with --no-dump if this deployment is to repair it'
}

# copy_homeserver RELEASE: keeps the copy with the release, where the nightly ones do not
# push it out. Its files never change, so links are enough.
copy_homeserver() {
  local folder=$home/dumps/$1/homeserver
  homeserver_changes || return 0
  systemctl start "$backup_unit" ||
    fail 1 'the homeserver did not copy its database; nothing was switched' "see: journalctl -u $backup_unit -u continuwuity"
  mkdir -p -- "$(dirname "$folder")"
  rm -rf -- "$folder"
  cp -al -- "$homeserver_backups" "$folder" 2>/dev/null || {
    rm -rf -- "$folder"
    cp -a --reflink=auto -- "$homeserver_backups" "$folder" ||
      fail 1 "the homeserver's copy cannot be kept in $folder: is the disk full? see: df -h $home"
  }
  say "a copy of the homeserver's database is in $folder"
}

# shellcheck shell=bash
# rollback [RELEASE]: has the dead-man's unit do its work now, and says how the host is.
# Without a release: whatever is pending.
release=${1:-$(noted pending release)}
case $(phase) in
  pending | rolling-back)
    # Waits until it is through: the unit is a oneshot.
    systemctl start ops-deploy-rollback.service ||
      "$BASH" "$here/run" roll-back "$release" || true
    ;;
esac
case $(phase) in
  rolled-back)
    say "rolled back to $(noted rolled-back previous)"
    say_dumps "$(noted rolled-back release)"
    ;;
  none | confirmed) say 'nothing is pending' ;;
  *) fail 1 "it is $(phase); see: journalctl -u ops-deploy-rollback" ;;
esac

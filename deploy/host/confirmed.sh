# shellcheck shell=bash
# confirmed RELEASE: what confirm starts. Until it is through the dead-man's timer goes
# on: it waits for this one, and takes back what this one did not bring to its end.
release=$1
alone
[ "$(unfinished)" = "$release" ] || fail 1 "$release is $(phase)"
case $(phase) in
  pending)
    # What the way back has to make the host boot again.
    note pending before "$(readlink -f "$profile")"
    claim pending confirming
    ;;
  confirming) ;;
  *) fail 1 "$release is $(phase)" ;;
esac
next=$(noted confirming next)

# Halves of `nixos-rebuild switch`: the running system was switched already.
if ! nix-env --profile "$profile" --set "$next" 8>&- || ! "$next/bin/switch-to-configuration" boot 8>&-; then
  exec "$BASH" "$here/run" roll-back "$release"
fi

folder=$(release_folder "$release")
ln -sfnT -- "$folder" "$home/current"
cp -- "$folder/state-version" "$home/state-version" 2>/dev/null || true
claim confirming confirmed
systemctl stop ops-deploy-rollback.timer || true
rm -f -- "$previous_root" "$home/next"

# The five newest stay, and this one.
for kind in releases dumps; do
  [ -d "$home/$kind" ] || continue
  find "$home/$kind" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | LC_ALL=C sort | head -n -5 |
    while IFS= read -r old; do
      [ "$old" = "$release" ] || rm -rf -- "${home:?}/$kind/$old"
    done
done

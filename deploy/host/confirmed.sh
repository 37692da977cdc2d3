# shellcheck shell=bash
# confirmed RELEASE: what confirm starts.
release=$1
[ "$(noted pending release)" = "$release" ] || fail 1 "$release is not pending"
claim pending confirming || fail 1 "$release is $(phase)"
systemctl stop ops-deploy-rollback.timer || true
next=$(noted confirming next)
before=$(readlink -f "$profile" || true)

# Halves of `nixos-rebuild switch`: the running system was switched already.
if ! nix-env --profile "$profile" --set "$next" || ! "$next/bin/switch-to-configuration" boot; then
  [ -z "$before" ] || nix-env --profile "$profile" --set "$before" || true
  claim confirming pending
  exec "$BASH" "$here/run" roll-back "$release"
fi

folder=$(release_folder "$release")
ln -sfnT -- "$folder" "$home/current"
cp -- "$folder/state-version" "$home/state-version" 2>/dev/null || true
rm -f -- "$previous_root" "$home/next"
claim confirming confirmed

# The five newest stay, and this one.
for kind in releases dumps; do
  [ -d "$home/$kind" ] || continue
  find "$home/$kind" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | LC_ALL=C sort | head -n -5 |
    while IFS= read -r old; do
      [ "$old" = "$release" ] || rm -rf -- "${home:?}/$kind/$old"
    done
done

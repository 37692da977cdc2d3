# shellcheck shell=bash
# Writes what the machine says it is made of into hosts/NAME/.
into=hosts/$name
changed=$(git status --porcelain -- "$into/hardware.nix" "$into/hardware-configuration.nix")
[ -n "$dry_run" ] || [ -z "$changed" ] ||
  fail 65 "what init writes in $into has changes that are not committed and would be lost:" "$changed" 'commit them first, or look only: --dry-run'

connect
make_scratch "$deploy/host"
at_once bash "$scratch/run" hardware "$scratch/machine"
mkdir "$work/machine"
receive "$scratch/machine" "$work/machine"

if [ -f "$work/machine/host.pub" ]; then
  mv -- "$work/machine/host.pub" "$work/host.pub"
  if command -v ssh-to-age >/dev/null 2>&1; then
    say_age=$(ssh-to-age <"$work/host.pub") || fail 69 "ssh-to-age does not take the host's SSH key"
    step "its key for .sops.yaml, as &host: $say_age"
  else
    step "its key for .sops.yaml, as &host, is what this says: ssh $target cat /etc/ssh/ssh_host_ed25519_key.pub | ssh-to-age"
  fi
fi

# Who may log in is the operator's to say, and the host's to say only at first.
[ ! -e "$into/authorized_keys" ] || rm -f -- "$work/machine/authorized_keys"
for file in "$work"/machine/*; do
  have=$into/$(basename "$file")
  [ -e "$have" ] || have=/dev/null
  diff -u --label "$into/$(basename "$file")" --label 'the machine' "$have" "$file" || true
  [ -n "$dry_run" ] || install -m 0644 -- "$file" "$into/$(basename "$file")"
done
if [ -n "$dry_run" ]; then
  step "nothing was changed"
else
  step "read what changed in $into and commit it"
fi

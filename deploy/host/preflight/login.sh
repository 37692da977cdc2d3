# shellcheck shell=bash
# A person who can log in today can log in afterwards: at least one key is in both.

# keys: kind and key, without options in front and words behind.
keys() { { grep -oE '(ssh-(ed25519|rsa)|ecdsa-sha2-nistp[0-9]+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/=]+' || true; } | LC_ALL=C sort -u; }

# accepted: the keys that open root today.
accepted() {
  local file
  for file in "$root/root/.ssh/authorized_keys" "$root/etc/ssh/authorized_keys.d/root"; do
    [ ! -f "$file" ] || grep -v '^#' -- "$file" || true
  done | keys
}

check_login() {
  local kept
  kept=$(LC_ALL=C comm -12 \
    <(accepted) <(fact ssh-key | keys))
  [ -n "$kept" ] || refuse 'no SSH key that opens root on this host today is among those of the configuration' \
    "add yours to hosts/*/authorized_keys and commit it; the host knows $(accepted | cut -c 1-40 | paste -sd, -)"
}

# shellcheck shell=bash
# The host can decrypt the secrets: its SSH key, as an age recipient, is one of those
# for whom the file is encrypted.

# recipient FILE: the age recipient of a public SSH key.
recipient() { nix_ shell --no-update-lock-file --inputs-from "path:$1" nixpkgs#ssh-to-age --command ssh-to-age <"$2"; }

check_age() {
  local key own='' each all=()
  mapfile -t all < <(grep -oE 'recipient: age1[0-9a-z]+' "$1/secrets/secrets.yaml" 2>/dev/null | cut -d ' ' -f 2)
  for key in $(fact age-ssh-key); do
    [ -s "$root$key.pub" ] || continue
    each=$(recipient "$1" "$root$key.pub") || {
      refuse "ssh-to-age does not say which age recipient $key is" "see: nix run nixpkgs#ssh-to-age < $key.pub"
      return
    }
    own+=" $each"
    [[ " ${all[*]-} " != *" $each "* ]] || return 0
  done
  if [ -n "$own" ]; then
    refuse "secrets/secrets.yaml is not encrypted for this host, which is$own, but for ${all[*]-no one}" \
      "put$own into .sops.yaml as &host, then: sops updatekeys secrets/secrets.yaml; and commit both"
  elif [ -n "$(fact age-ssh-key)" ]; then
    refuse "the host has no $(fact age-ssh-key | paste -sd, -), with which it would decrypt the secrets" 'make one: ssh-keygen -A'
  fi
}

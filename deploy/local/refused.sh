# shellcheck shell=bash
# Why ssh does not let us in, by what it said.

# refused_by_ssh FILE: names the cause and the cure, and ends.
refused_by_ssh() {
  if grep -q 'REMOTE HOST IDENTIFICATION HAS CHANGED' "$1"; then
    fail 69 "$target has another SSH key than the last time" \
      "if it was installed anew: ssh-keygen -R '$(known_as)'; if not, it is another machine that answers: do not go on"
  elif grep -q 'Host key verification failed' "$1"; then
    fail 69 "the SSH key of $target is not known here yet" \
      "connect once, and compare what it shows with the provider's console: ssh $target true"
  elif grep -q 'Permission denied' "$1"; then
    local locked
    locked=$(locked_keys | paste -sd ' ' -)
    [ -z "$locked" ] || fail 69 "$target does not let us in: $locked has a passphrase, and no agent holds it" \
      "give it to one: ssh-add ${locked%% *} (if none runs: eval \"\$(ssh-agent)\")"
    fail 69 "$target takes none of your SSH keys" "put yours into /root/.ssh/authorized_keys there, by the provider's console"
  fi
  fail 69 "$target cannot be reached by ssh; try: ssh $target true"
}

# configured_as KEY: what ssh's configuration says for the host, one a line.
configured_as() { ssh "${ssh_arguments[@]}" -G "$target" 2>/dev/null | sed -n "s/^$1 //p"; }

# known_as: its name in known_hosts.
known_as() {
  local host port
  host=$(configured_as hostname) port=$(configured_as port)
  if [ "${port:-22}" = 22 ]; then printf '%s' "$host"; else printf '[%s]:%s' "$host" "$port"; fi
}

# locked_keys: private keys that need a passphrase and are not in the agent.
locked_keys() {
  local file print
  while IFS= read -r file; do
    file=${file/#'~'/$HOME}
    [ -f "$file" ] || continue
    ! ssh-keygen -y -P '' -f "$file" >/dev/null 2>&1 || continue
    print=$(ssh-keygen -lf "$file" 2>/dev/null | cut -d ' ' -f 2)
    [ -n "$print" ] && ssh-add -l 2>/dev/null | grep -qF -- "$print" || printf '%s\n' "$file"
  done < <(configured_as identityfile)
}

#!/usr/bin/env bash
# The host with NixOS' own modules in the place of stubs: NIXOS_MODULES names a folder of
# them, in which nginx, ACME, PostgreSQL and sshd are (tests/nix/real.nix). It evaluates without
# an assertion or a warning, and the nginx.conf that comes of it says what the stack test's says.
set -euo pipefail
. tests/nix/steps/lib.sh
need nix-instantiate jq python3
need_sources
[ -n "${NIXOS_MODULES-}" ] || not_run "needs modules of NixOS: set NIXOS_MODULES"

evaluate real >"$work/real.json" || fail 'the evaluation failed'
for list in refused warnings; do
  [ "$(jq -c ".$list" "$work/real.json")" = '[]' ] || fail "$list: $(jq -c ".$list" "$work/real.json")"
done
[ "$(jq -r '.postgresql.settings.listen_addresses' "$work/real.json")" = '' ] || fail 'PostgreSQL listens'
diff <(jq -c '.postgresql | .initdbArgs, .ensureDatabases' "$work/real.json") \
  <(jq -c '.services.postgresql | .initdbArgs, .ensureDatabases' "$golden/host.json") || fail "PostgreSQL is not as with the stubs"
# Root's block comes last, after what the module itself writes.
sshd=$(jq -r .sshd "$work/real.json")
[[ $sshd == *'AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u'*'Match User root'*'Match all'* ]] || fail "sshd: $sshd"

said() { python3 tests/nix/lib/nginx_directives.py "$@"; }
diff <(said "$work/store$(jq -r .nginx "$work/real.json")" "$work/store") <(said tests/stack/nginxconf/testdata/host.conf /) ||
  fail 'nginx.conf: NixOS writes what is marked <, tests/stack/nginxconf what is marked >'
echo "as with the stubs; nginx.conf agrees in $(said tests/stack/nginxconf/testdata/host.conf / | wc -l) directives"

#!/usr/bin/env bash
# The shell of the modules is clean, and what a module reads as a script has the
# shebang that it takes off.
set -euo pipefail
. tests/nix/steps/lib.sh
need shellcheck

mapfile -t scripts < <(files 'modules/*.sh' 'nix/*.sh' 'secrets/*.sh' 'tests/nix/*.sh' tests/nix/check)
shellcheck --external-sources "${scripts[@]}"
for script in "${scripts[@]}"; do
  case $script in
    tests/*) continue ;;
  esac
  [ "$(head -n 1 "$script")" = '#!/usr/bin/env bash' ] || fail "$script: its first line is not #!/usr/bin/env bash"
  [ -x "$script" ] || fail "$script is not executable"
done
echo "${#scripts[@]} scripts"

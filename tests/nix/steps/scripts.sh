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
  # What is packaged is not the file that is here.
  ! grep -nE '\$\{?(0|BASH_SOURCE)\b' "$script" || [[ $script == secrets/* ]] || fail "$script reads itself or takes its name for a path"
  [ -x "$script" ] || fail "$script is not executable"
done
# The script of the virtual machine's test, which cannot run here, compiles.
need python3
for script in $(files 'nix/*.py'); do
  python3 -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$script"
done
echo "${#scripts[@]} scripts"

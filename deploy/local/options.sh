# shellcheck shell=bash
# The command line, and the checkout in which it is run.

# takes ACTION: the options that mean something to it.
takes() {
  case $1 in
    deploy) echo --dry-run --ref --replace --host --dead-man --health --no-dump --ssh-config ;;
    init) echo --dry-run --host --ssh-config ;;
    adopt | rollback) echo --dry-run --ssh-config ;;
    check) echo --ssh-config ;;
  esac
}

# parse ARGUMENT…: sets action, target, and what the options say.
parse() {
  action=deploy target='' dry_run='' ref='' replace='' name='' dead_man=900 health=240 dump=1 ssh_config=''
  case ${1-} in
    init | adopt | check | rollback)
      action=$1
      shift
      ;;
  esac
  while [ $# -gt 0 ]; do
    case $1 in
      --dry-run | --no-dump | --replace)
        taken "$1"
        value "$1" 1
        ;;
      --ref | --host | --dead-man | --health | --ssh-config)
        taken "$1"
        [ $# -ge 2 ] || usage
        value "$1" "$2"
        shift
        ;;
      -*) usage ;;
      *)
        [ -z "$target" ] || usage
        target=$1
        ;;
    esac
    shift
  done
  # What begins with a dash would be an option of ssh's.
  [[ $target =~ ^[A-Za-z0-9_][^[:space:]]*$ ]] || usage
  [ "$health" -lt "$dead_man" ] ||
    fail 64 "--health $health is not below --dead-man $dead_man: the host would roll back before it is asked"
}

# taken OPTION: refuses one that would do nothing.
taken() {
  [[ " $(takes "$action") " == *" $1 "* ]] || fail 64 "deploy $action takes no $1; it takes $(takes "$action")"
}

value() {
  case $1 in
    --dry-run) dry_run=$2 ;;
    --no-dump) dump='' ;;
    --replace) replace=$2 ;;
    --ref) ref=$2 ;;
    --host) name=$2 ;;
    --ssh-config) ssh_config=$2 ;;
    --dead-man) dead_man=$(seconds "$1" "$2") ;;
    --health) health=$(seconds "$1" "$2") ;;
  esac
}

seconds() {
  [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || fail 64 "$1 wants a number of seconds, such as 600"
  printf '%s' "$2"
}

# make_work: a folder of ours, gone at the end.
make_work() {
  need ssh rsync
  short='' work=$(mktemp -d "${TMPDIR:-/tmp}/deploy.XXXXXX")
  trap leave EXIT
}

# in_checkout: goes to the top of the checkout, and finds the host's folder.
in_checkout() {
  need git tar
  local top folders
  top=$(git rev-parse --show-toplevel 2>/dev/null) || fail 64 'run this in a checkout of the repository'
  cd "$top" || exit 64
  [[ -f flake.nix && -d hosts ]] || fail 64 "$top has no flake.nix with hosts/; run this in a checkout of the repository"
  if [ -z "$name" ]; then
    folders=(hosts/*/)
    [ "${#folders[@]}" -eq 1 ] || fail 64 "say which host is meant: --host NAME, one of $(printf '%s ' hosts/*/ | sed 's#hosts/##g; s#/ # #g')"
    name=$(basename "${folders[0]}")
  fi
  [[ $name =~ ^[a-z0-9][a-z0-9-]*$ && -f hosts/$name/default.nix ]] || fail 64 "hosts/$name/default.nix is not there"
}

# leave: nothing stays behind, on either machine.
leave() {
  drop_scratch
  disconnect
  rm -rf -- "$work"
  [ -z "$short" ] || rm -rf -- "$short"
}

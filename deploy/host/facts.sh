# shellcheck shell=bash
# What the release takes for granted about the host: a line a fact, evaluated here from
# the release (ops.deploy.expects).

# read_facts FOLDER NAME: sets facts.
read_facts() {
  local log
  log=$(mktemp)
  facts=$(nix_ eval --no-update-lock-file --raw "path:$1#nixosConfigurations.$2.config.ops.deploy.expects" 2>"$log") || {
    cat -- "$log" >&2
    rm -f -- "$log"
    fail 1 "hosts/$2 cannot be evaluated: see above"
  }
  rm -f -- "$log"
  [ -n "$(fact state-version)" ] || fail 1 "hosts/$2 does not say what it expects; does it import modules/?"
}

# fact NAME: its values, one a line.
fact() { sed -n "s|^$1 ||p" <<<"$facts"; }

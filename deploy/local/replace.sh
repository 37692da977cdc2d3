# shellcheck shell=bash
# Whose commit the host runs. Of two who deploy, the last one would otherwise take back
# what the other has deployed, and neither would know.

# running_at FOLDER: asks the host by the release there. One that is older than the question
# cannot be asked, and does not look either.
running_at() {
  [ ! -f "$work/release/deploy/host/commit.sh" ] || at_once bash "$1/deploy/host/run" commit
}

# judge_running ANSWER: sets over: what may be replaced, and is asked for again there.
judge_running() {
  local deployed
  over=${1%%$'\n'*} deployed=${1#"$over"}
  if [[ -z $over || -n $replace ]] || [[ ! $over =~ ^[0-9a-f]{7,64}(-dirty)?$ ]]; then
    return 0
  fi
  # Where nothing was ever deployed a commit that is not ours is of what installed it.
  [ -n "$deployed" ] || git cat-file -e "$over^{commit}" 2>/dev/null || return 0
  git merge-base --is-ancestor "$over" "$commit" 2>/dev/null ||
    fail 78 "the host runs ${over:0:12}$(subject "$over"), which ${commit:0:12} does not contain and would take back; nothing was changed" \
      'bring it in with git pull or git merge; or take it back on purpose: --replace'
}

subject() {
  local said
  if said=$(git log -1 --format=%s "$1" -- 2>/dev/null); then
    printf ' (%s)' "$said"
  else
    printf ' (not a commit of this checkout)'
  fi
}

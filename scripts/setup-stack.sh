#!/usr/bin/env bash
# Makes what tests/stack runs on, as root, in .cache/stack: a small Debian 13 with
# systemd, PostgreSQL, nginx and the pinned Synapse (tree), the programs that
# handle secrets (bin), and restic's REST server (offsite). Does nothing when it is
# there already. The tests put a layer of their own on the tree and never write into
# it. With SOPS_NIX, an unpacked sops-nix, its real sops-install-secrets is built,
# otherwise the stand-in for it.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(id -u)" -eq 0 ] || exec scripts/as-root.sh env "PATH=$PATH" "SOPS_NIX=${SOPS_NIX-}" "DEBIAN_MIRROR=${DEBIAN_MIRROR-}" "$0" "$@"

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
pins=tests/synapse/requirements.txt
into=$PWD/.cache/stack
tree=$into/tree

# need_machine: what a machine is made of, tried before anything is fetched. A
# container has it only if it is privileged.
need_machine() {
  local said
  # shellcheck disable=SC2016 # The inner shell expands them.
  said=$(unshare --mount --pid --fork --uts --ipc --net --cgroup bash -euc '
    trap '\''echo "in $BASH_COMMAND"'\'' ERR
    exec 2>&1
    mount --make-rprivate /
    mount -t tmpfs none "$1"
    cd "$1"
    mkdir tree upper work root proc cgroup ramfs
    mount -t overlay -o "lowerdir=tree,upperdir=upper,workdir=work" none root
    mount -t proc proc proc
    mount -t cgroup2 none cgroup
    rmdir "$(mktemp -d cgroup/stack-probe-XXXXXX)"
    mount -t ramfs none ramfs
    mknod null c 1 3
    : <null
    ip link add name left type veth peer name right
  ' bash "$into" 2>&1) || {
    echo "missing: namespaces, mounts and control groups of version 2 for a machine of its own (a container has them if it is privileged): ${said//$'\n'/; }" >&2
    exit 1
  }
}

# in_tree COMMAND…: runs in the tree; its mounts end with it.
in_tree() {
  # shellcheck disable=SC2016 # The inner shell expands them.
  unshare --mount sh -euc '
    tree=$1
    shift
    mount --make-rprivate /
    mount -t proc proc "$tree/proc"
    mount --rbind /dev "$tree/dev"
    exec chroot "$tree" "$@"
  ' sh "$tree" "$@"
}

make_tree() {
  rm -rf "$tree"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,iproute2,ca-certificates \
    trixie "$tree" "$mirror"
  # Nothing is started here, and PostgreSQL makes no cluster of its own.
  install -m 0755 /dev/stdin "$tree/usr/sbin/policy-rc.d" <<<$'#!/bin/sh\nexit 101'
  install -D -m 0644 /dev/stdin "$tree/etc/postgresql-common/createcluster.conf" <<<'create_main_cluster = false'
  cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
  in_tree env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y -q --no-install-recommends \
    nginx postgresql-17 python3-venv openssh-server restic rsync zstd curl jq
  # Only the test of the quickstart opens a way in, and with the machine's own key.
  in_tree systemctl --quiet mask ssh.service ssh.socket sshd-keygen.service
  rm -f "$tree"/etc/ssh/ssh_host_*
  in_tree apt-get clean

  # The machine's own authorities: what it installs from may be behind one.
  cat /etc/ssl/certs/ca-certificates.crt >"$tree/etc/ssl/certs/ca-certificates.crt"
  install -m 0644 "$pins" "$tree/tmp/requirements.txt"
  in_tree python3 -m venv /opt/synapse
  in_tree env -u PIP_FIND_LINKS /opt/synapse/bin/pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: --requirement /tmp/requirements.txt
  in_tree /opt/synapse/bin/python -c 'import synapse.app.homeserver'
  rm "$tree/tmp/requirements.txt"
  : >"$tree/etc/resolv.conf"
}

make_bin() {
  rm -rf "${into:?}/bin"
  mkdir "$into/bin"
  GOFLAGS='' go -C tests/stack/secrets build -o "$into/bin/" ./install-secrets ./host-key tool
}

# Debian has none. Its version and its digest are in go.mod and go.sum there.
make_offsite() {
  rm -rf "${into:?}/offsite"
  GOFLAGS='' go -C tests/stack/offsite build -o "$into/offsite/" tool
}

make_sops-nix() {
  GOFLAGS='' go -C "$SOPS_NIX" build -o "$into/sops-nix/" ./pkgs/sops-install-secrets
}

# A part is made by a run of its own, in which an error ends everything.
if [ "${1-}" = make ]; then
  "make_$2"
  exit
fi

# once NAME INPUT: makes a part unless that has succeeded for this INPUT.
once() {
  local name=$1 input=$2 begin=$SECONDS
  if [ "$(cat "$into/$name.stamp" 2>/dev/null)" = "$input" ]; then
    return
  fi
  echo "setting up $name in .cache/stack (once)" >&2
  rm -f "$into/$name.stamp"
  "$0" make "$name" >"$into/$name.log" 2>&1 || {
    tail -n 20 "$into/$name.log" >&2
    echo "missing: $name (its log is .cache/stack/$name.log)" >&2
    exit 1
  }
  printf '%s\n' "$input" >"$into/$name.stamp"
  echo "set up $name in $((SECONDS - begin)) s" >&2
}

packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }
need debootstrap debootstrap
need unshare util-linux
need ip iproute2
need nix-instantiate nix-bin
need jq jq
# What an operator has.
need git git
need ssh openssh-client
need rsync rsync
need curl curl
[ "${#packages[@]}" -eq 0 ] || scripts/apt-install.sh "${packages[@]}"

mkdir -p "$into"
need_machine
once tree "$(declare -f in_tree make_tree | sha256sum && sha256sum <"$pins")"
once bin "$(declare -f make_bin && go version && cat tests/stack/secrets/go.* tests/stack/secrets/*/*.go | sha256sum)"
once offsite "$(declare -f make_offsite && go version && cat tests/stack/offsite/go.* | sha256sum)"
[ -z "${SOPS_NIX-}" ] || once sops-nix "$(go version && cat "$SOPS_NIX"/go.sum "$SOPS_NIX"/pkgs/sops-install-secrets/*.go | sha256sum)"

#!/bin/bash
# Becomes process 1 of a machine in the namespaces that it is started in: systemd on
# a layer over TREE, in FOLDER. It says when the layer is there, and goes on when it
# is told to, so that files and the network can be put in place between.
#   boot.sh TREE FOLDER CONSOLE
set -euo pipefail
tree=$1
folder=$2
console=$3

if [ "${4-}" != inside ]; then
  # Now that this process is in a control group of its own, that is the root.
  exec unshare --cgroup "$0" "$@" inside
fi

mount --make-rprivate /
mount -t tmpfs -o mode=0755 machine "$folder"
root=$folder/root
mkdir "$folder/upper" "$folder/work" "$root"
mount -t overlay -o "lowerdir=$tree,upperdir=$folder/upper,workdir=$folder/work" machine "$root"
echo mounted
read -r _

cd "$root"
mount -t proc proc proc
# The kernel's settings are the real machine's, and are not written here.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=0755 run run
mount -t tmpfs tmp tmp
mount -t tmpfs -o mode=0755 dev dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
mknod -m 0666 dev/null c 1 3
mknod -m 0666 dev/zero c 1 5
mknod -m 0666 dev/full c 1 7
mknod -m 0666 dev/random c 1 8
mknod -m 0666 dev/urandom c 1 9
mknod -m 0666 dev/tty c 5 0
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
touch dev/console
mount --bind "$console" dev/console
# The console is there to be read; no one logs in on it.
ln -s /dev/null etc/systemd/system/console-getty.service

mkdir .old
pivot_root . .old
umount -l /.old
rmdir /.old
# Without it the credentials of a unit do not appear in its view.
mount --make-rshared /
hostname machine
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --show-status=no >/dev/null 2>&1 </dev/null

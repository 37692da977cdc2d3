#!/usr/bin/env bash
# Puts Debian's programs of Prometheus into .cache/prometheus: promtool, which checks metrics
# and alert rules, prometheus itself, and amtool. The packages are unpacked and not installed,
# because an installed one starts servers on the machine.
set -euo pipefail
cd "$(dirname "$0")/.."

into=$PWD/.cache/prometheus
[ -x "$into/promtool" ] && [ -x "$into/prometheus" ] && [ -x "$into/amtool" ] && exit 0

packages=(prometheus prometheus-alertmanager)
if ! command -v apt-get >/dev/null 2>&1; then
  echo "missing: promtool, prometheus and amtool in .cache/prometheus (there is no apt-get here: put them there)" >&2
  exit 1
fi
echo "setting up promtool in .cache/prometheus (once)" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
download() (
  cd "$work"
  apt-get -o Acquire::Retries=3 download "${packages[@]}" >"$work/log" 2>&1
)
download || { scripts/as-root.sh apt-get -y -q update >>"$work/log" 2>&1 && download; } || {
  tail -n 5 "$work/log" >&2
  echo "missing: ${packages[*]} (apt-get download did not succeed; its output is above)" >&2
  exit 1
}
mkdir -p "$into"
for package in "$work"/*.deb; do
  dpkg-deb -x "$package" "$work/tree"
done
install -m 0755 "$work"/tree/usr/bin/{promtool,prometheus,amtool} "$into/"

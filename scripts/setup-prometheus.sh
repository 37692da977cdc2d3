#!/usr/bin/env bash
# Puts Debian's programs of Prometheus into .cache/prometheus: Prometheus, Alertmanager, the
# exporters of the system and of PostgreSQL, and what checks their files. The packages are
# unpacked and not installed, because an installed one starts servers on the machine.
set -euo pipefail
cd "$(dirname "$0")/.."

into=$PWD/.cache/prometheus
programs=(promtool prometheus amtool prometheus-alertmanager prometheus-node-exporter prometheus-postgres-exporter)
packages=(prometheus prometheus-alertmanager prometheus-node-exporter prometheus-postgres-exporter)
there=1
[ -f "$into/email.tmpl" ] || there=
for program in "${programs[@]}"; do
  [ -x "$into/$program" ] || there=
done
[ -z "$there" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "missing: ${programs[*]} in .cache/prometheus (there is no apt-get here: put them there)" >&2
  exit 1
fi
echo "setting up Prometheus in .cache/prometheus (once)" >&2
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
install -m 0755 "${programs[@]/#/$work/tree/usr/bin/}" "$into/"
# Debian's Alertmanager looks for them in /usr/share.
install -m 0644 "$work"/tree/usr/share/prometheus/alertmanager/{default,email}.tmpl "$into/"

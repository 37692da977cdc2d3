# shellcheck shell=bash
# PostgreSQL reads the data of its own major version only; next to those of another it
# would start empty.

# clusters: the majors of the data that are there, in order.
clusters() {
  local file
  for file in "$root"/var/lib/postgresql/*/PG_VERSION; do
    [ ! -f "$file" ] || cat -- "$file"
  done | sort -n | paste -sd ' ' -
}

check_database() {
  local wanted have
  wanted=$(fact postgresql-major)
  [ -n "$wanted" ] || return 0
  have=$(clusters)
  [[ -n $have && " $have " != *" $wanted "* ]] || return 0
  refuse "the host's databases are of PostgreSQL ${have// /, }, and the configuration has $wanted, which would start empty" \
    "set ops.database.major = ${have##* }; or move them: dump with pg_dumpall, switch, load"
}

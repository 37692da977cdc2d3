# shellcheck shell=bash
# The host's PostgreSQL, asked as its own user.

as_postgres() { runuser -u postgres -- "$@"; }

# has_cluster: whether there are any data of it.
has_cluster() { compgen -G "$root/var/lib/postgresql/*/PG_VERSION" >/dev/null; }

# sql QUERY [DATABASE]
sql() { as_postgres psql -AtqX -v ON_ERROR_STOP=1 -d "${2:-postgres}" -c "$1"; }

# databases: the names of those that hold data.
databases() { sql "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"; }

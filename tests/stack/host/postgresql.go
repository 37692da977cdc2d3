package host

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// postgresqlUnits are NixOS' three in short: the server, what makes databases and
// users in it, and the target that others depend on.
const postgresqlUnit = `[Unit]
Description=PostgreSQL
After=network.target
Wants=postgresql.target
PartOf=postgresql.target
[Service]
Type=notify
User=postgres
Group=postgres
RuntimeDirectory=postgresql
StateDirectory=postgresql/%[1]s
StateDirectoryMode=0750
ExecStartPre=/bin/sh -c 'test -s /var/lib/postgresql/%[1]s/PG_VERSION || %[2]s/initdb --no-sync -A peer %[3]s -D /var/lib/postgresql/%[1]s'
ExecStart=%[2]s/postgres -D /var/lib/postgresql/%[1]s -c config_file=/etc/postgresql-nixos/postgresql.conf
Restart=always
`

const postgresqlSetupUnit = `[Unit]
Description=PostgreSQL databases and users
Requires=postgresql.service
After=postgresql.service
[Service]
Type=oneshot
RemainAfterExit=true
User=postgres
Group=postgres
ExecStart=/bin/sh /etc/postgresql-nixos/setup
`

const postgresqlTarget = `[Unit]
Description=PostgreSQL
Requires=postgresql.service postgresql-setup.service
`

// authentication is NixOS' pg_hba.conf without lines of the host's own.
const authentication = `local all postgres peer map=postgres
local all all peer
host all all 127.0.0.1/32 md5
host all all ::1/128 md5
`

// addPostgresql sets the server up with the host's settings, databases and users.
func (h *Host) addPostgresql() error {
	p := h.Record.Services.Postgresql
	major, ok := strings.CutPrefix(filepath.Base(p.Package), "postgresql_")
	if !ok || major != "17" {
		return fmt.Errorf("PostgreSQL %s: the tree has 17", p.Package)
	}
	const folder = "/etc/postgresql-nixos/"
	conf := []string{
		"hba_file = '" + folder + "pg_hba.conf'", "ident_file = '" + folder + "pg_ident.conf'",
		"unix_socket_directories = '/run/postgresql'", "log_destination = 'stderr'", "fsync = off",
	}
	for _, key := range slices.Sorted(maps.Keys(p.Settings)) {
		if key != "listen_addresses" && key != "port" {
			return fmt.Errorf("PostgreSQL's setting %s: unknown here", key)
		}
		conf = append(conf, fmt.Sprintf("%s = '%v'", key, p.Settings[key]))
	}
	h.Files.text(folder+"postgresql.conf", strings.Join(conf, "\n")+"\n")
	h.Files.text(folder+"pg_hba.conf", authentication)
	h.Files.text(folder+"pg_ident.conf", "postgres postgres postgres\n")
	h.Files.text(folder+"setup", p.setup())
	h.Files.text(unitFolder+"postgresql.service", fmt.Sprintf(postgresqlUnit, major, "/usr/lib/postgresql/"+major+"/bin", strings.Join(p.InitdbArgs, " ")))
	h.Files.text(unitFolder+"postgresql-setup.service", postgresqlSetupUnit)
	h.Files.text(unitFolder+"postgresql.target", postgresqlTarget)
	h.Files.link(unitFolder+"multi-user.target.wants/postgresql.target", "../postgresql.target")
	return nil
}

// setup makes what is missing of databases and users.
func (p Postgresql) setup() string {
	var sql strings.Builder
	for _, name := range p.EnsureDatabases {
		fmt.Fprintf(&sql, "SELECT 'CREATE DATABASE \"%[1]s\"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '%[1]s')\\gexec\n", name)
	}
	for _, user := range p.EnsureUsers {
		fmt.Fprintf(&sql, "SELECT 'CREATE USER \"%[1]s\"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s')\\gexec\n", user.Name)
		if user.EnsureDBOwnership {
			fmt.Fprintf(&sql, "ALTER DATABASE \"%[1]s\" OWNER TO \"%[1]s\";\n", user.Name)
		}
	}
	return "set -eu\nexec psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 postgres <<'EOF'\n" + sql.String() + "EOF\n"
}

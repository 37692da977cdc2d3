package database

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"github.com/lib/pq"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// Dumped is what a dump of a database on a server holds.
type Dumped struct {
	// Versions are those of the groups of tables, by the table that holds each.
	Versions map[string]int
	// Schema is the one that the tables are in.
	Schema string
	// Engine is the server's name and version.
	Engine string
}

// Dump writes the tables of the bridge's database on a server, as they are at one moment,
// to a file that is not there yet. Other processes may write to the database meanwhile.
// It takes pg_dump, of the server's version or a later one. A full disk is an error of the
// kind syscall.ENOSPC; others are of type *Error or *exit.Error.
func Dump(ctx context.Context, config *settings.Config, path string, tables []Tables) (Dumped, error) {
	before, err := contents(ctx, config, tables)
	if err != nil {
		return Dumped{}, err
	}
	err = client(ctx, config, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema="+quoted(before.Schema), "--file="+path)
	if err != nil {
		return Dumped{}, err
	}
	after, err := contents(ctx, config, tables)
	if err == nil && !reflect.DeepEqual(before, after) {
		err = exit.New(exit.TryAgain, "%s: database.uri: a bridge changed its tables during the dump; try again", config.Path)
	}
	return before, err
}

// contents looks at a database on a server.
func contents(ctx context.Context, config *settings.Config, tables []Tables) (Dumped, error) {
	db, err := openExisting(config)
	if err != nil {
		return Dumped{}, Explain(config, err)
	}
	found, err := contentsOf(ctx, db, tables)
	if err = errors.Join(err, db.Close()); err != nil {
		return Dumped{}, Explain(config, err)
	}
	return found, nil
}

func contentsOf(ctx context.Context, db *dbutil.Database, tables []Tables) (Dumped, error) {
	state, err := inspect(ctx, db, tables)
	if err != nil {
		return Dumped{}, err
	}
	found := Dumped{Engine: state.Engine}
	if found.Schema, err = schemaOf(ctx, db); err != nil {
		return Dumped{}, err
	}
	found.Versions, err = allVersions(ctx, db)
	return found, err
}

func schemaOf(ctx context.Context, db *dbutil.Database) (name string, err error) {
	err = db.QueryRow(ctx, "SELECT COALESCE(current_schema(), '')").Scan(&name)
	if err == nil && name == "" {
		err = errors.New("the search_path names no schema that is there")
	}
	return name, err
}

// quoted is a schema's name as the patterns of PostgreSQL's programs want it.
func quoted(name string) string { return pq.QuoteIdentifier(name) }

// clientSettings are the settings of an address that PostgreSQL's programs take from
// their environment: a password has no place on a command line.
var clientSettings = []string{
	"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGOPTIONS",
	"PGSSLMODE", "PGSSLNEGOTIATION", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT",
}

// client runs one of PostgreSQL's programs on the database.
func client(ctx context.Context, config *settings.Config, program string, args ...string) error {
	found, err := pq.NewConfig(config.Database.URI)
	if err != nil {
		return Explain(config, err)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stderr = append(os.Environ(), environment(found)...), &said
	err = cmd.Run()
	text := withoutPassword(config.Database.URI, errors.New(strings.Join(strings.Fields(said.String()), " ")))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return exit.New(exit.Unavailable, "%s is not in PATH: install PostgreSQL's client programs, of the server's version or a later one", program)
	case ctx.Err() != nil:
		return exit.New(exit.TryAgain, "stopped during %s: %w", program, ctx.Err())
	case strings.Contains(text, syscall.ENOSPC.Error()), strings.Contains(text, "No space left on device"):
		return &os.PathError{Op: "write", Path: filepath.Base(program), Err: syscall.ENOSPC}
	default:
		return exit.New(exit.Unavailable, "%s: database.uri: %s: %s", config.Path, program, text)
	}
}

// environment is an address in the variables of PostgreSQL's programs.
func environment(config pq.Config) (out []string) {
	value := reflect.ValueOf(config)
	for i := range value.NumField() {
		name := value.Type().Field(i).Tag.Get("env")
		if !value.Field(i).CanInterface() || !slices.Contains(clientSettings, name) || value.Field(i).IsZero() {
			continue
		}
		set := fmt.Sprint(value.Field(i).Interface())
		if ip, ok := value.Field(i).Interface().(netip.Addr); ok && !ip.IsValid() {
			continue
		}
		out = append(out, name+"="+set)
	}
	return out
}

// Known says whether this program knows the tables of a dump: none of them may be newer.
func Known(versions map[string]int, tables []Tables) error {
	for _, each := range tables {
		have, there := versions[each.Version]
		switch {
		case !there:
			return fmt.Errorf("%w (no table %s)", ErrUnused, each.Version)
		case have > each.Known:
			return fmt.Errorf("%w: %s is at %d, this program knows %d", dbutil.ErrUnsupportedDatabaseVersion, each.Version, have, each.Known)
		}
	}
	return nil
}

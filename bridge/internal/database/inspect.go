package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/settings"
)

// State is what a look at the database found.
type State struct {
	// Engine is the server's name and version, such as "PostgreSQL 17.2".
	Engine string
	// Version is the framework's version of its tables.
	Version int
	// Outdated are the server's databases with another collation version than the system's.
	Outdated []string
}

// ErrUnused is in the chain of Inspect's error when no bridge has made its tables in
// the database yet.
var ErrUnused = errors.New("the bridge has not made its tables in it yet")

// errNoPlace is in the chain of Inspect's error when the file is not there and cannot be made.
var errNoPlace = errors.New("there is no place for the file")

// Tables is a group of tables with a version of its own.
type Tables struct {
	// Version is the table that holds the version.
	Version string
	// Known is the newest version that this program knows.
	Known int
}

// FrameworkVersion is the table that holds the version of the framework's tables.
const FrameworkVersion = "version"

// Inspect connects to the database and sees whether this program can use it and its
// tables, without changing anything: neither does it make a file that is not there.
// Errors are of type *Error.
func Inspect(ctx context.Context, config *settings.Config, tables []Tables) (State, error) {
	db, err := openExisting(config)
	if err != nil {
		return State{}, Explain(config, err)
	}
	state, err := inspect(ctx, db, tables)
	if closing := db.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return State{}, Explain(config, err)
	}
	return state, nil
}

// Look opens the bridge's database as it is: no table is made or brought up to date, and
// no lock is taken. The caller reads and closes it. Errors are of type *Error.
func Look(ctx context.Context, config *settings.Config) (*dbutil.Database, error) {
	db, err := openExisting(config)
	if err != nil {
		return nil, Explain(config, err)
	}
	if err = db.RawDB.PingContext(ctx); err == nil {
		err = ownedByBridge(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(Explain(config, err), db.Close())
	}
	return db, nil
}

// openExisting opens the database, unless it is a file that is not there.
func openExisting(config *settings.Config) (*dbutil.Database, error) {
	readable := config.Database
	if readable.Type != postgres {
		path, uri := existingFile(readable.URI)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if what, _ := FileFault(config); what != "" {
				return nil, fmt.Errorf("%w: %s", errNoPlace, what)
			}
			return nil, fmt.Errorf("%w (no file %s)", ErrUnused, path)
		}
		readable.URI = uri
	}
	return dbutil.NewFromConfig("", readable, dbutil.NoopLogger)
}

// FileFault says why a database could not be made where the configuration wants its
// file, and the cure: "" when it can, or when the database is a server's.
func FileFault(config *settings.Config) (what, cure string) {
	if config.Database.Type == postgres {
		return "", ""
	}
	path, _ := existingFile(config.Database.URI)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path + " is a folder", "name a file in it"
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return "the folder " + folder + " does not exist", "make it, writable for the bridge's user"
	}
	return "", ""
}

// existingFile returns the file that a URI of SQLite's names, and the URI that is
// refused when the file is not there (SQLite docs: "URI Filenames", mode).
func existingFile(uri string) (path, existing string) {
	name, query, _ := strings.Cut(uri, "?")
	path, isURI := strings.CutPrefix(name, "file:")
	if unescaped, err := url.PathUnescape(path); isURI && err == nil {
		path = unescaped
	} else if !isURI {
		name = "file:" + (&url.URL{Path: path}).EscapedPath()
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return path, uri
	}
	values.Set("mode", "rw")
	return path, name + "?" + values.Encode()
}

func inspect(ctx context.Context, db *dbutil.Database, tables []Tables) (State, error) {
	if err := db.RawDB.PingContext(ctx); err != nil {
		return State{}, err
	}
	if err := ownedByBridge(ctx, db); err != nil {
		return State{}, err
	}
	state := State{}
	for _, each := range tables {
		have, compat, err := version(ctx, db, each.Version)
		if err != nil {
			return State{}, err
		}
		if compat > each.Known {
			return State{}, fmt.Errorf("%w: %s is at %d, this program knows %d", dbutil.ErrUnsupportedDatabaseVersion, each.Version, have, each.Known)
		}
		if each.Version == FrameworkVersion {
			state.Version = have
		}
	}
	var err error
	if state.Outdated, err = outdated(ctx, db); err != nil {
		return State{}, err
	}
	state.Engine, err = engine(ctx, db)
	return state, err
}

func ownedByBridge(ctx context.Context, db *dbutil.Database) error {
	exists, err := db.TableExists(ctx, "database_owner")
	if err != nil {
		return err
	}
	if !exists {
		return ErrUnused
	}
	var owner string
	err = db.QueryRow(ctx, "SELECT owner FROM database_owner WHERE key=0").Scan(&owner)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrUnused
	case err != nil:
		return err
	case owner != Owner:
		return dbutil.NotOwnedError{Owner: owner}
	}
	return nil
}

// version returns the version of some tables and the oldest one whose programs can
// still use them.
func version(ctx context.Context, db *dbutil.Database, table string) (have, compat int, err error) {
	exists, err := db.TableExists(ctx, table)
	if err != nil {
		return 0, 0, err
	}
	if !exists {
		return 0, 0, fmt.Errorf("%w (no table %s)", ErrUnused, table)
	}
	var oldest sql.NullInt64
	err = db.QueryRow(ctx, "SELECT version, compat FROM "+table+" LIMIT 1").Scan(&have, &oldest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("%w (%s is empty)", ErrUnused, table)
	}
	if oldest.Int64 == 0 {
		oldest.Int64 = int64(have)
	}
	return have, int(oldest.Int64), err
}

func engine(ctx context.Context, db *dbutil.Database) (string, error) {
	name, query := "PostgreSQL", "SHOW server_version"
	if db.Dialect == dbutil.SQLite {
		name, query = "SQLite", "SELECT sqlite_version()"
	}
	var version string
	err := db.QueryRow(ctx, query).Scan(&version)
	number, _, _ := strings.Cut(version, " ")
	return name + " " + number, err
}

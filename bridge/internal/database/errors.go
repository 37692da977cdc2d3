package database

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/lib/pq"
	"github.com/mattn/go-sqlite3"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
)

// Error is what stands between the bridge and its database.
type Error struct {
	// Code is the one with which the process ends.
	Code exit.Code
	// Server says that the database is a server's and not a file.
	Server bool
	// File is the configuration that names the database.
	File string
	// What is wrong, and the Cure as an instruction. Neither shows a password.
	What string
	Cure string
	// Err is the cause. Its text may show the URI: print the Error.
	Err error
}

// Error implements error: it is one line for an operator.
func (e *Error) Error() string { return e.File + ": database.uri: " + e.What + "; " + e.Cure }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ExitCode returns the Code.
func (e *Error) ExitCode() exit.Code { return e.Code }

// Explain says which exit code and which cure belong to an error of the database.
func Explain(config *settings.Config, err error) *Error {
	code, cure := classify(err)
	return &Error{Code: code, Server: config.Database.Type == postgres, File: config.Path, What: withoutPassword(config.Database.URI, err), Cure: cure, Err: err}
}

func classify(err error) (exit.Code, string) {
	var sqliteError sqlite3.Error
	var postgresError *pq.Error
	var dialError *net.OpError
	var syntaxError *url.Error
	switch {
	case errors.As(err, &sqliteError):
		return classifySQLite(sqliteError)
	case errors.As(err, &postgresError):
		return classifyPostgres(postgresError)
	case errors.Is(err, errNoPlace):
		return exit.CannotWrite, "make its folder exist and writable for this user"
	case errors.Is(err, ErrUnused):
		return exit.TryAgain, "start the bridge, which makes them"
	case errors.Is(err, dbutil.ErrNotOwned), errors.Is(err, dbutil.ErrForeignTables):
		return exit.Config, "give the bridge a database of its own"
	case errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion):
		return exit.Config, "a newer bridge has used it: install that one, or restore a backup"
	case errors.As(err, &syntaxError):
		return exit.Config, "write it like postgresql:///slack_bridge?host=/run/postgresql"
	case errors.As(err, &dialError), errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrNotExist):
		return exit.Unavailable, "start the database there, or write where it is"
	case errors.Is(err, context.Canceled):
		return exit.TryAgain, "the bridge was stopped meanwhile"
	default:
		return exit.Unavailable, "see that the database is there and works"
	}
}

func classifySQLite(err sqlite3.Error) (exit.Code, string) {
	switch err.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return exit.Data, "restore the file from a backup, or name another one"
	case sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return exit.CannotWrite, "make its folder exist and writable for this user"
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return exit.TryAgain, "another program uses it; stop that"
	default:
		return exit.Unavailable, "see that the file and its disk work"
	}
}

// classifyPostgres reads a SQLSTATE (PostgreSQL docs: "PostgreSQL Error Codes").
func classifyPostgres(err *pq.Error) (exit.Code, string) {
	switch err.Code.Class() {
	case "28": // invalid authorization
		return exit.Refused, "let this user in: its role, its password, pg_hba.conf"
	case "3D": // no such database
		return exit.Unavailable, "create it, or write the name of the one there is"
	case "53", "57": // out of resources, shutting down or starting up
		return exit.TryAgain, "wait until the server is ready"
	}
	if err.Code == "42501" { // insufficient privilege
		return exit.Refused, "make the bridge's role the owner of the database"
	}
	return exit.Unavailable, "see that the server works"
}

// withoutPassword is the text of an error without the passwords of the URI and
// anything else shaped like a secret. An error about the URI itself may quote any part
// of it, so that nothing of that is told; what is wrong with it, settings say.
func withoutPassword(uri string, err error) string {
	var syntaxError *url.Error
	if errors.As(err, &syntaxError) {
		return "is no address"
	}
	text := err.Error()
	for _, hidden := range settings.DatabaseSecrets(uri) {
		text = strings.ReplaceAll(text, hidden, secret.Mask)
	}
	return secret.Redact(text)
}

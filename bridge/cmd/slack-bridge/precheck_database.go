package main

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/mattn/go-sqlite3"
	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream" // the driver sqlite3-fk-wal
	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
)

// databaseOwner is what the framework notes in a database about the program it
// belongs to. It is mautrix-slack's, so that its databases can be taken over.
const databaseOwner = "megabridge/mautrix-slack"

// databaseTimeout bounds the first contact with the database.
const databaseTimeout = 15 * time.Second

// openDatabase connects to the database, sees that it is this bridge's and brings the
// framework's tables up to date. The caller closes it.
func openDatabase(ctx context.Context, config *settings.Config, log zerolog.Logger) (*dbutil.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	logger := dbutil.ZeroLogger(log.With().Str("db_section", "main").Logger())
	db, err := dbutil.NewFromConfig(databaseOwner, config.Database, logger)
	if err != nil {
		return nil, databaseError(config, err)
	}
	if err = db.RawDB.PingContext(ctx); err == nil {
		err = database.New("", database.MetaTypes{}, db).Upgrade(ctx)
	}
	if err != nil {
		return nil, errors.Join(databaseError(config, err), db.Close())
	}
	return db, nil
}

// databaseError says which exit code and which cure belong to an error of the
// database.
func databaseError(config *settings.Config, err error) error {
	code, cure := classify(err)
	return &exit.Error{
		Code: code, Err: err,
		Line: config.Path + ": database.uri: " + withoutPassword(config.Database.URI, err) + "; " + cure,
	}
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

// withoutPassword is the text of an error without the password of the URI and
// anything else shaped like a secret. An error about the URI itself quotes it whole,
// so that only its cause is told.
func withoutPassword(uri string, err error) string {
	var syntaxError *url.Error
	if errors.As(err, &syntaxError) {
		return "is no address: " + syntaxError.Err.Error()
	}
	text := err.Error()
	if parsed, parseError := url.Parse(uri); parseError == nil {
		if password, set := parsed.User.Password(); set && password != "" {
			text = strings.ReplaceAll(text, password, secret.Mask)
		}
	}
	return secret.Redact(text)
}

package app

import (
	"context"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream" // the driver sqlite3-fk-wal

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
)

// databaseOwner is mautrix-slack's name for itself, so that either program
// accepts a database of the other.
const databaseOwner = "megabridge/mautrix-slack"

// openDatabase opens the bridge's database and asks it one question, so that a
// database that is not there is named before anything else happens.
func openDatabase(ctx context.Context, config *settings.Config, log zerolog.Logger) (*dbutil.Database, error) {
	section := log.With().Str("db_section", "main").Logger()
	db, err := dbutil.NewFromConfig(databaseOwner, config.Database, dbutil.ZeroLogger(section))
	if err != nil {
		return nil, exit.New(exit.Config, "%s: database.uri: the database cannot be opened: %s; check database.type and database.uri",
			config.Path, secret.Redact(err.Error()))
	}
	if err := db.RawDB.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, exit.New(exit.Unavailable, "%s: database.uri: the database does not answer: %s; is it running, and may this user connect?",
			config.Path, secret.Redact(err.Error()))
	}
	return db, nil
}

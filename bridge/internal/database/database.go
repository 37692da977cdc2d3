// Package database owns the way to the bridge's database: opening it, a look at it
// that changes nothing, and the one line with exit code and cure for whatever stands
// in the way. It must not know what is kept in the tables, nor which there are: callers
// say that (see package tables).
package database

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream" // the driver sqlite3-fk-wal
	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/settings"
)

// Owner is what the framework notes in a database about the program it belongs to.
// It is mautrix-slack's, so that its databases can be taken over.
const Owner = "megabridge/mautrix-slack"

// postgres is the type of a database on a server.
const postgres = "postgres"

// patience bounds the first contact with the database.
const patience = 15 * time.Second

// Open connects to the database, sees that it is this bridge's and brings the
// framework's tables up to date. The caller closes it. Errors are of type *Error.
func Open(ctx context.Context, config *settings.Config, log zerolog.Logger) (*dbutil.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	logger := dbutil.ZeroLogger(log.With().Str("db_section", "main").Logger())
	db, err := dbutil.NewFromConfig(Owner, config.Database, logger)
	if err != nil {
		return nil, Explain(config, err)
	}
	if err = db.RawDB.PingContext(ctx); err == nil {
		err = database.New("", database.MetaTypes{}, db).Upgrade(ctx)
	}
	if err == nil && db.Dialect == dbutil.Postgres {
		err = deferFlushes(db, config.Database.URI)
	}
	if err != nil {
		return nil, errors.Join(Explain(config, err), db.Close())
	}
	return db, nil
}

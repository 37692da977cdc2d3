// Package takeover owns the way from another bridge's database to this one: what of it
// carries over, what stays behind and why, and the writing of it. It knows the databases
// of mautrix-slack, which become this bridge's own, and of matrix-appservice-slack, whose
// rooms become plumbed rooms. It must not know Slack's API, writes nothing into another
// bridge's database that is to stay another's, and changes nothing on a dry run.
//
// [Mautrix] and [Appservice] return a [Report]. A report with refusals means that nothing
// was changed; both may be repeated, whatever an earlier run did.
package takeover

import (
	"context"
	"time"

	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/settings"
)

// Options are what both kinds of takeover need.
type Options struct {
	// Config is this bridge's configuration.
	Config *settings.Config
	// Registration is the file of the old bridge's registration, "" if none was given.
	Registration string
	// DryRun says that nothing is changed.
	DryRun bool
}

// lockPatience is how long a process that has just ended may still have the database.
const lockPatience = 5 * time.Second

// writing opens this bridge's database, brings its tables up to date and does something
// in it while no other process uses it.
func (o Options) writing(ctx context.Context, do func(context.Context, *dbutil.Database) error) error {
	db, err := database.OpenAlone(ctx, o.Config, logging.Zerolog(zap.NewNop()), lockPatience)
	if err != nil {
		return err
	}
	err = do(ctx, db.Database)
	if closing := db.Close(); err == nil {
		err = closing
	}
	if unlocking := db.Unlock(); err == nil {
		err = unlocking
	}
	return err
}

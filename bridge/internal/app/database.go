package app

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/settings"
)

// OpenDatabase opens the bridge's database for Run. A server that does not answer
// yet is waited for as long as the homeserver, since all of them start together
// after a boot; what is waited for is said when it changes. Whatever time does not
// cure is an error at once. A ctx that ends first is told by ctx.Err, whatever the
// error is.
//
// The database is this process's alone until it is closed and unlocked.
func OpenDatabase(ctx context.Context, config *settings.Config, log *zap.Logger, status Notifier) (*database.Locked, error) {
	open := func(ctx context.Context) (*database.Locked, error) {
		return database.OpenAlone(ctx, config, logging.Zerolog(log.Named("database")), predecessorTime)
	}
	return awaitDatabase(ctx, config.StartupWait, open, func(reason string) {
		log.Info("Waiting for the database", zap.String("reason", reason), zap.Duration("at_most", config.StartupWait))
		status.Status("waiting for the database: " + reason)
	})
}

// predecessorTime is how long the database may still be in use by a process that is
// ending, or by a command that looks into it.
const predecessorTime = 5 * time.Second

// awaitDatabase tries to open a database until that works or fails permanently, for
// patience at most. It tells say what is in the way, when that changes.
func awaitDatabase(
	ctx context.Context, patience time.Duration, open func(context.Context) (*database.Locked, error), say func(reason string),
) (*database.Locked, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	said := ""
	for {
		db, err := open(ctx)
		if err == nil || ctx.Err() != nil || !mayCome(err) {
			return db, err
		}
		if reason := err.Error(); reason != said {
			said = reason
			say(reason)
		}
		select {
		case <-waiting.Done():
			return nil, err
		case <-time.After(pollEvery):
		}
	}
}

// mayCome says whether a server may answer later. A file does not change by itself, and
// another bridge does not end by itself.
func mayCome(err error) bool {
	var refused *database.Error
	return !errors.Is(err, database.ErrInUse) && errors.As(err, &refused) && refused.Server && (refused.Code == exit.Unavailable || refused.Code == exit.TryAgain)
}

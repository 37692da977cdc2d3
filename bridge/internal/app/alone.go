package app

import (
	"context"
	"errors"
	"sync"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// keepAlone returns a context that ends with ctx, or when another bridge got the
// database while the connection to it was lost. end unlocks the database, and returns
// an error in the latter case.
func keepAlone(ctx context.Context, config *settings.Config, db *database.Locked) (alone context.Context, end func() error) {
	alone, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	var lost error
	watching.Go(func() {
		if err := db.Watch(alone); err != nil {
			lost = exit.New(exit.Unavailable, "%s: database.uri: while the database was away another bridge took it: %w; stop one of the two", config.Path, err)
			stop()
		}
	})
	return alone, func() error {
		stop()
		watching.Wait()
		return errors.Join(lost, db.Unlock())
	}
}

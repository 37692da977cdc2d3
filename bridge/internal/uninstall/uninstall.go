// Package uninstall owns leaving for good: which rooms of the homeserver the bridge is in,
// emptying those that it made and leaving those that people made, taking back its aliases,
// and revoking the bot tokens. It must not know what is in the rooms, deletes neither the
// database nor a configuration, and changes nothing on a dry run.
//
// [Uninstall] returns a [Report]. It may be repeated: what an earlier run could not do is
// tried again.
package uninstall

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/settings"
)

// Options are what it takes to leave.
type Options struct {
	// Config is the bridge's configuration.
	Config *settings.Config
	// KeepRooms says that people stay in the rooms that the bridge made.
	KeepRooms bool
	// KeepTokens says that the bot tokens are not revoked.
	KeepTokens bool
	// DryRun says that nothing is changed.
	DryRun bool
}

// lockPatience is how long a process that has just ended may still have the database.
const lockPatience = 5 * time.Second

// Uninstall empties and leaves the bridge's rooms, and revokes its tokens. No other process
// may use the bridge's database. The error says why nothing could be done; what failed for
// a single room or token is in the report.
func Uninstall(ctx context.Context, options Options) (*Report, error) {
	release, err := options.alone(ctx)
	if err != nil {
		return nil, err
	}
	report, err := options.uninstall(ctx)
	return report, errors.Join(err, release())
}

// alone has the bridge's database to itself, unless nothing is changed. A database that is
// gone already is none that a bridge runs on.
func (o Options) alone(ctx context.Context) (release func() error, err error) {
	nothing := func() error { return nil }
	if o.DryRun {
		return nothing, nil
	}
	look, err := database.Look(ctx, o.Config)
	if errors.Is(err, database.ErrUnused) {
		return nothing, nil
	}
	if err != nil {
		return nil, err
	}
	if err := look.Close(); err != nil {
		return nil, err
	}
	db, err := database.OpenAlone(ctx, o.Config, logging.Zerolog(zap.NewNop()), lockPatience)
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(db.Close(), db.Unlock()) }, nil
}

func (o Options) uninstall(ctx context.Context) (*Report, error) {
	known, err := readKnown(ctx, o.Config)
	if err != nil {
		return nil, err
	}
	home, err := newHomeserver(ctx, o)
	if err != nil {
		return nil, err
	}
	report := &Report{DryRun: o.DryRun, KeepRooms: o.KeepRooms, appservice: o.Config.AppService.ID, database: o.Config.Database.Type}
	if err := home.leave(ctx, known, report); err != nil {
		return report, err
	}
	if o.KeepTokens {
		return report, nil
	}
	return report, o.revoke(ctx, known, report)
}

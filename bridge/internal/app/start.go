package app

import (
	"context"
	"errors"

	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/matrixevent"
)

// start brings the bridge up to taking messages in both directions.
func (a *App) start(ctx context.Context) error {
	a.life.Ready()
	if err := a.awaitHomeserver(ctx); err != nil {
		return err
	}
	ctx = a.frameworkLog().WithContext(ctx)
	if err := a.bridge.StartConnectors(ctx); err != nil {
		return a.startError(err)
	}
	if err := a.bridge.StartLogins(ctx); err != nil {
		return exit.New(exit.Unavailable, "the logins cannot be loaded from the database: %w", err)
	}
	if err := a.slack.ParkOrphans(ctx); err != nil {
		return exit.New(exit.Unavailable, "the inbox cannot be read: %w", err)
	}
	a.handleMatrix()
	a.server.Ready()
	a.watchDeliveries()
	a.watchTroubles()
	a.life.Up()
	a.handled.Go(func() { a.bridge.PostStart(a.background) })
	return nil
}

// handleMatrix has the homeserver's rows handled until the stop.
func (a *App) handleMatrix() {
	a.background, a.handling = context.WithCancel(a.frameworkLog().WithContext(context.Background()))
	a.handled.Go(func() {
		if err := a.slack.Inbox().Run(a.background, matrixevent.Source, a.slack.HandleMatrix, a.slack.MatrixPolicy()); err != nil {
			a.log.Error("The homeserver's rows are not handled", zap.Error(err))
		}
	})
}

// watchDeliveries sees until the stop that the homeserver delivers.
func (a *App) watchDeliveries() { a.handled.Go(func() { a.watch.Run(a.background) }) }

// Exit codes of the framework's Matrix connector (bridgev2/matrix/connector.go).
const (
	exitPing      = 13
	exitWhoami    = 16
	exitWrongBot  = 17
	exitOldServer = 18
)

// startError gives an error of the framework's start its line and exit code.
func (a *App) startError(err error) error {
	var upgrade bridgev2.DBUpgradeError
	var matrixExit matrix.ExitError
	switch {
	case errors.As(err, &upgrade):
		return a.upgradeError(upgrade)
	case errors.As(err, &matrixExit):
		return a.matrixError(matrixExit.ExitCode, err)
	case errors.Is(err, bridgev2.ErrCannotDisableSplitPortals):
		return exit.New(exit.Config, "%s: bridge.split_portals: it was on for this database and cannot be turned off again", a.config.Path)
	default:
		return exit.New(exit.Software, "the bridge cannot start: %w", err)
	}
}

func (a *App) upgradeError(err bridgev2.DBUpgradeError) error {
	switch {
	case errors.Is(err, dbutil.ErrForeignTables), errors.Is(err, dbutil.ErrNotOwned), errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion):
		return database.Explain(a.config, err.Err) // what the doctor says of it
	default:
		return exit.New(exit.Unavailable, "%s: database.uri: the tables of section %q cannot be brought up to date: %w", a.config.Path, err.Section, err.Err)
	}
}

func (a *App) matrixError(code int, err error) error {
	address, path := a.config.Homeserver.Address, a.config.Path
	switch code {
	case exitPing:
		return exit.New(exit.Unavailable, "homeserver → bridge: the homeserver cannot reach the bridge; appservice.address in %s and url in the registration must be http://%s", path, a.server.Addr())
	case exitWhoami:
		return exit.New(exit.Unavailable, "bridge → homeserver: %s does not accept the bridge: %w", address, err)
	case exitWrongBot:
		return exit.New(exit.Config, "the registration at %s is for another bot than appservice.bot.username in %s; run `slack-bridge registration` and install what it writes", address, path)
	case exitOldServer:
		return exit.New(exit.Unavailable, "the homeserver at %s is too old: it must support Matrix v1.4", address)
	default:
		return exit.New(exit.Software, "the Matrix side cannot start: %w", err)
	}
}

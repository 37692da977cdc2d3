package app

import (
	"context"
	"errors"
	"os"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/tables"
)

// listenToOperators answers on the operators' socket. A bridge that cannot have one
// bridges all the same, and says so.
func (a *App) listenToOperators() {
	server, err := operator.Listen(a.config.OperatorSocket(os.LookupEnv))
	if err != nil {
		a.log.Warn("Commands such as `slack-bridge inbox list` cannot reach this bridge", zap.Error(err))
		return
	}
	a.operators = server
	a.handled.Go(func() {
		if err := server.Serve(operator.Verbs{Inbox: a.slack.Desk(), Status: a.Status, SelfTest: a.slack.SelfTest, Erase: a.slack.Erase}, a.log); err != nil {
			a.log.Error("Commands such as `slack-bridge inbox list` cannot reach this bridge any more", zap.Error(err))
		}
	})
}

func (a *App) closeToOperators(ctx context.Context) {
	if a.operators == nil {
		return
	}
	if err := a.operators.Close(ctx); err != nil {
		a.log.Warn("The operators' socket was not closed cleanly", zap.Error(err))
	}
}

// OpenInbox returns the inbox for an operator: that of the bridge that runs, or else
// that of its database, which then is this process's alone until close. running says
// which. Errors are *exit.Error or *database.Error.
func OpenInbox(ctx context.Context, config *settings.Config) (box operator.Inbox, running bool, closeInbox func() error, err error) {
	socket := config.OperatorSocket(os.LookupEnv)
	client, err := operator.Connect(ctx, socket)
	if !errors.Is(err, operator.ErrNobody) {
		return client, true, func() error { return nil }, err
	}
	if err := ownsDatabase(config, socket); err != nil {
		return nil, false, nil, err
	}
	if _, err := database.Inspect(ctx, config, tables.Known()); err != nil {
		return nil, false, nil, err // an operator makes no tables
	}
	db, err := database.OpenAlone(ctx, config, zerolog.Nop(), 0)
	if errors.Is(err, database.ErrInUse) {
		return nil, false, nil, exit.New(exit.Unavailable, "a bridge uses the database of %s, but none answers at %s: it is starting, its log says why there is no socket, or operator.socket is another one there", config.Path, socket)
	}
	if err != nil {
		return nil, false, nil, err
	}
	desk, closeDesk, err := openDesk(ctx, config, db.Database)
	if err != nil {
		return nil, false, nil, errors.Join(err, db.Close(), db.Unlock())
	}
	return desk, false, func() error { return errors.Join(closeDesk(), db.Close(), db.Unlock()) }, nil
}

// openDesk opens the inbox in a database that is this process's alone.
func openDesk(ctx context.Context, config *settings.Config, db *dbutil.Database) (operator.Inbox, func() error, error) {
	box, err := inbox.Open(ctx, inbox.Options{DB: db, DBLog: dbutil.NoopLogger})
	if err != nil {
		return nil, nil, exit.New(exit.Unavailable, "%s: database.uri: %w", config.Path, err)
	}
	desk := operator.Desk{
		Box:   func() *inbox.Inbox { return box },
		Names: connector.NewRowNames(db, config.Bridge.CommandPrefix),
	}
	return desk, func() error { return box.Close(context.WithoutCancel(ctx)) }, nil
}

// ownsDatabase refuses to open a file that belongs to another user: what SQLite puts
// next to it would be this user's, and the bridge could not open it any more.
func ownsDatabase(config *settings.Config, socket string) error {
	owner, known := database.FileOwner(config)
	if !known || owner == os.Geteuid() {
		return nil
	}
	return exit.New(exit.Refused, "no bridge answers at %s, and its database belongs to %s; run this as that user, as with `sudo -u`", socket, operator.UserName(owner))
}

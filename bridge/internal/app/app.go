// Package app puts the bridge together and runs it: the database, the framework
// with its Matrix connector, our Slack connector, and the listener for the
// homeserver. It owns the order in which they start and stop, and which exit code
// each failure has. It must not know how a message is bridged.
package app

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/delivery"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/health"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/matrixin"
	"ops-jrz1/bridge/internal/media"
	"ops-jrz1/bridge/internal/metrics"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/trouble"
	"ops-jrz1/bridge/internal/watchdog"
)

// App is one running bridge.
type App struct {
	config  *settings.Config
	log     *zap.Logger
	version string
	started time.Time
	life    *life

	slack  *connector.Connector
	matrix *matrix.Connector
	bridge *bridgev2.Bridge
	server *matrixin.Server
	watch  *delivery.Watch
	// operators is nil if there can be no socket for them, health if there is no address
	// for it.
	operators *operator.Server
	health    *health.Server
	metrics   *metrics.Metrics
	watchdog  *watchdog.Watchdog
	unwatch   context.CancelFunc
	troubles  *trouble.Watch
	// tellLogins says that owners are told of logins by us, and not by the framework, and
	// tellUnmade that they are told of those that there are not.
	tellLogins, tellUnmade bool

	// handling ends what runs next to the framework: the handling of the homeserver's
	// rows and the watch over its deliveries. handled waits for it.
	background context.Context
	handling   context.CancelFunc
	handled    sync.WaitGroup
}

// Run starts the bridge on an open database and keeps it up until ctx ends, then
// stops it; what was acknowledged stays in the inbox. It closes the database and
// unlocks it. Its errors are *exit.Error.
//
// The listener is taken before the homeserver is contacted; status is told when
// it is there, and after that what is waited for. version is what the bridge says of itself.
func Run(ctx context.Context, config *settings.Config, db *database.Locked, log *zap.Logger, status Notifier, version string) error {
	a := &App{config: config, log: log, version: version, started: time.Now(), life: newLife(status)}
	alone, end := keepAlone(ctx, config, db)
	err := a.run(alone, db.Database)
	return errors.Join(err, end())
}

func (a *App) run(ctx context.Context, db *dbutil.Database) error {
	if err := a.build(db); err != nil {
		return errors.Join(err, db.Close())
	}
	a.listenToOperators()
	a.listenForHealth()
	a.keepWatch()
	serving := make(chan error, 1)
	a.handled.Go(func() { serving <- a.server.Serve() })
	if err := a.start(ctx); err != nil && ctx.Err() == nil {
		a.stop()
		return err
	}
	if ctx.Err() != nil {
		a.log.Info("Stopping before the start is over")
		a.stop()
		return nil
	}
	a.log.Info("The bridge is up", zap.Stringer("listen", a.server.Addr()))
	select {
	case <-ctx.Done():
		a.log.Info("Stopping")
		a.stop()
		return nil
	case err := <-serving:
		a.stop()
		return exit.New(exit.Software, "the listener for the homeserver ended: %w", err)
	}
}

// build makes the parts and connects them; nothing runs yet but the listener's
// socket is taken.
func (a *App) build(db *dbutil.Database) error {
	// Portals handle an event when it is given to them, without a time limit:
	// only then does the caller learn how it went.
	bridgev2.PortalEventBuffer = 0
	bridgev2.EventHandlingTimeoutTicks = math.MaxInt

	spool, err := media.OpenSpool(a.config.SpoolFolder(os.LookupEnv), int64(a.config.Media.SpoolSize))
	if err != nil {
		return exit.New(exit.CannotWrite, "%s: media.spool_folder: %w", a.config.Path, err)
	}
	frameworkLog := a.frameworkLog()
	a.metrics = metrics.New(a.snapshot)
	a.config.AppService.NoServer = true
	files, err := a.files()
	if err != nil {
		return err
	}
	a.slack = connector.New(connector.Options{
		Network:        a.config.Network,
		Backfill:       a.config.Backfill,
		AliasLocalpart: a.config.AliasLocalpart,
		Files:          files,
		Encryption:     a.encryption,
		History:        roomHistory{a},
		Faces:          a.faceLinks(),
		Spool:          spool,
		MaxFileSize:    int64(a.config.Media.MaxSize),
		Media:          &homeserverMedia{app: a},
		ErrorNotices:   a.config.Matrix.MessageErrorNotices,
		Status:         a.Status,
		Doctor:         a.Examine,
		Done:           a.rowDone,
		HTTP:           &http.Client{Transport: a.timedCalls(http.DefaultTransport)},
		ForgetTold:     a.forgetTold,
		Log:            a.log,
	})
	a.config.Matrix.MessageErrorNotices = false // the connector tells, see ErrorNotices
	a.takeNotices()
	a.matrix = matrix.NewConnector(&a.config.Config)
	a.bridge = bridgev2.NewBridge("", db, frameworkLog, &a.config.Bridge, a.matrix, a.slack, commands.NewProcessor)
	a.keepNoErased()
	if a.matrix.Crypto != nil {
		a.matrix.Crypto = ownCrypto{a.matrix.Crypto}
	}
	a.watch, a.troubles = a.newWatch(), a.newTroubles()
	a.watchdog = a.newWatchdog()
	transport := a.matrix.AS.HTTPClient.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	a.matrix.AS.HTTPClient.Transport = connector.StableTransactions(a.slack.GuardRooms(pingOnce{a.timed(metrics.ToHomeserver, reachable{transport, a.watch}, all)}))
	a.matrix.AS.QueryHandler = a.slack
	a.inlineEvents()
	a.server = matrixin.New(matrixin.Config{
		AS: a.matrix.AS, Log: a.log.Named("matrixin"), Ours: a.slack.Ours, Encryption: a.config.Encryption.Allow,
		Put:     func(ctx context.Context, batch inbox.Batch) (int, error) { return a.slack.Inbox().PutBatch(ctx, batch) },
		Waiting: a.waiting, Await: func(ctx context.Context, rooms []id.RoomID, end <-chan struct{}) { a.watch.Await(ctx, rooms, end) }, Received: a.received,
		Pages: a.pages(),
	})
	address := net.JoinHostPort(a.config.AppService.Hostname, strconv.Itoa(int(a.config.AppService.Port)))
	if err := a.server.Listen(address); err != nil {
		return exit.New(exit.Unavailable, "%w", err)
	}
	return nil
}

// inlineEvents has the framework's event processor handle an event completely within
// Dispatch: its own time limit would let a second event of a lane overtake a slow first
// one.
func (a *App) inlineEvents() {
	events := a.matrix.EventProcessor
	events.ExecMode = appservice.Sync
	events.ExecSyncWarnTime, events.ExecSyncTimeout = 0, 0
}

// waiting counts the homeserver's rows that are not done.
func (a *App) waiting() int {
	if box := a.slack.Inbox(); box != nil {
		return box.Waiting(matrixevent.Source)
	}
	return 0
}

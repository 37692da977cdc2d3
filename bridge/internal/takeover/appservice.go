package takeover

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/lib/pq"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/appservice"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
)

// Appservice takes over matrix-appservice-slack's rooms from its PostgreSQL database, of
// which nothing is changed. They become plumbed rooms: people made them, so that the
// bridge leaves name, topic, power levels and join rules alone. With the old registration
// the bridge's bot enters them and the old bridge's users leave.
func Appservice(ctx context.Context, options Options, from string) (*Report, error) {
	found, err := readAppserviceFrom(ctx, from)
	if err != nil {
		return nil, err
	}
	known, err := readKnown(ctx, options.Config)
	if err != nil {
		return nil, err
	}
	var old *appservice.Registration
	if options.Registration != "" {
		if old, err = readRegistration(options.Registration); err != nil {
			return nil, err
		}
	}
	report, plan := options.planAppservice(found, known, old)
	if options.DryRun || len(report.Refused) > 0 {
		return report, nil
	}
	var move *move
	if old != nil {
		if move, err = newMove(ctx, options.Config, old); err != nil {
			return nil, err
		}
		if err := move.leaveOutEdits(ctx, found, plan); err != nil {
			return nil, err
		}
		report, plan = options.planAppservice(found, known, old)
	}
	err = options.writing(ctx, func(ctx context.Context, db *dbutil.Database) error {
		if err := writeAppservice(ctx, db, botMXID(options.Config), plan); err != nil || move == nil {
			return err
		}
		return move.rooms(ctx, db, report, found, plan)
	})
	return report, err
}

// readAppserviceFrom reads a database of matrix-appservice-slack's as it is at one moment.
func readAppserviceFrom(ctx context.Context, from string) (found *appserviceData, err error) {
	if !strings.HasPrefix(from, "postgres://") && !strings.HasPrefix(from, "postgresql://") {
		return nil, exit.New(exit.Usage, "--from wants a PostgreSQL address, such as postgresql:///slack_bridge_old?host=/run/postgresql; files of NeDB are brought into PostgreSQL by matrix-appservice-slack's own script first")
	}
	db, err := dbutil.NewWithDialect(from, "postgres")
	if err != nil {
		return nil, exit.New(exit.Usage, "--from is no address of a PostgreSQL database")
	}
	db.Log = dbutil.NoopLogger
	defer func() { err = errors.Join(err, db.Close()) }()
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	if err := db.RawDB.PingContext(ctx); err != nil {
		return nil, explainSource(from, err)
	}
	err = db.DoTxn(ctx, &dbutil.TxnOptions{ReadOnly: true, Isolation: isolation}, func(ctx context.Context) error {
		found, err = readAppservice(ctx, db)
		return err
	})
	var refused *pq.Error
	if errors.As(err, &refused) {
		return nil, explainSource(from, err)
	}
	return found, err
}

// readPatience bounds the reading of the old database.
const readPatience = time.Hour

// explainSource is an error of the old database for an operator.
func explainSource(from string, err error) error {
	text := err.Error()
	for _, hidden := range settings.DatabaseSecrets(from) {
		text = strings.ReplaceAll(text, hidden, secret.Mask)
	}
	if parsed := (*url.Error)(nil); errors.As(err, &parsed) {
		text = "it is no address"
	}
	return &exit.Error{Code: exit.Unavailable, Err: err, Line: "cannot read matrix-appservice-slack's database (--from): " + secret.Redact(text)}
}

// readKnown reads which rooms this bridge has already. A database that no bridge has used
// has none.
func readKnown(ctx context.Context, config *settings.Config) (known []portal, err error) {
	db, err := database.Look(ctx, config)
	if errors.Is(err, database.ErrUnused) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	exists, err := db.TableExists(ctx, "portal")
	if err != nil || !exists {
		return nil, err
	}
	m := &mautrixData{}
	return m.portals, m.readPortals(ctx, db)
}

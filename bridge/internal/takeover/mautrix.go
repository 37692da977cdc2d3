package takeover

import (
	"context"
	"errors"

	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/tables"
)

// Mautrix takes over mautrix-slack's database, which the configuration names as this
// bridge's own: it has the same framework's tables and the same ids, so that rooms,
// people and messages stay where they are. What this bridge could not go on with is
// refused, and portals of its split_portals are put together again.
func Mautrix(ctx context.Context, options Options) (*Report, error) {
	report, err := lookAtMautrix(ctx, options)
	if err != nil || options.DryRun || len(report.Refused) > 0 {
		return report, err
	}
	err = options.writing(ctx, func(ctx context.Context, db *dbutil.Database) error {
		found, err := readMautrix(ctx, db)
		if err != nil {
			return err
		}
		if report, err = options.planMautrix(found); err != nil || len(report.Refused) > 0 {
			return err
		}
		return writeMautrix(ctx, db, found)
	})
	return report, err
}

// lookAtMautrix reads the database as it is and changes nothing.
func lookAtMautrix(ctx context.Context, options Options) (report *Report, err error) {
	_, err = database.Inspect(ctx, options.Config, tables.Known()[:1])
	if errors.Is(err, database.ErrUnused) {
		return nil, exit.New(exit.Config, "%s: database.uri does not lead to a database of mautrix-slack's: name it there, or give --from for one of matrix-appservice-slack's", options.Config.Path)
	}
	if err != nil {
		return nil, err
	}
	db, err := database.Look(ctx, options.Config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	found, err := readMautrix(ctx, db)
	if err != nil {
		return nil, err
	}
	return options.planMautrix(found)
}

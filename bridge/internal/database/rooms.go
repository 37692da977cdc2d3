package database

import (
	"context"
	"errors"

	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/settings"
)

// Rooms are the rooms that the bridge's database names, by their ids.
type Rooms struct {
	// Portals are those of Slack conversations.
	Portals []string
	// Others are spaces and the rooms in which people speak to the bot.
	Others []string
}

// ReadRooms returns the rooms that the database names, without changing anything. Errors are
// of type *Error.
func ReadRooms(ctx context.Context, config *settings.Config) (rooms Rooms, err error) {
	db, err := Look(ctx, config)
	if err != nil {
		return Rooms{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if rooms.Portals, err = readIDs(ctx, db, `SELECT mxid FROM portal WHERE mxid<>'' ORDER BY mxid`); err != nil {
		return Rooms{}, Explain(config, err)
	}
	rooms.Others, err = readIDs(ctx, db, `
		SELECT space_room FROM user_login WHERE space_room<>''
		UNION SELECT management_room FROM "user" WHERE management_room<>''`)
	if err != nil {
		return Rooms{}, Explain(config, err)
	}
	return rooms, nil
}

func readIDs(ctx context.Context, db *dbutil.Database, query string) ([]string, error) {
	rows, err := db.Query(ctx, query)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

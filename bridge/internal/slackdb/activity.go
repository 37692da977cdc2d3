package slackdb

import (
	"context"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/id"
)

// RoomsByActivity returns the rooms of all portals, the one with the newest message
// first. It reads the framework's tables.
func (db *DB) RoomsByActivity(ctx context.Context) ([]id.RoomID, error) {
	rows, err := db.db.Query(ctx, `
		SELECT portal.mxid FROM portal LEFT JOIN message ON message.bridge_id=portal.bridge_id
			AND message.room_id=portal.id AND message.room_receiver=portal.receiver
		WHERE portal.mxid IS NOT NULL AND portal.mxid<>'' AND portal.room_type<>'space'
		GROUP BY portal.mxid ORDER BY COALESCE(MAX(message.timestamp), 0) DESC, portal.mxid`)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[id.RoomID], err).AsList()
	return list, wrap(err, "list the rooms")
}

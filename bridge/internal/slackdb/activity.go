package slackdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"
)

// bridged are the rows of portals that have a room and are not a space.
const bridged = "portal.mxid IS NOT NULL AND portal.mxid<>'' AND portal.room_type<>'space'"

// RoomsByActivity returns the rooms of all portals, the one with the newest message
// first. It reads the framework's tables.
func (db *DB) RoomsByActivity(ctx context.Context) ([]id.RoomID, error) {
	rows, err := db.db.Query(ctx, `
		SELECT portal.mxid FROM portal LEFT JOIN message ON message.bridge_id=portal.bridge_id
			AND message.room_id=portal.id AND message.room_receiver=portal.receiver
		WHERE `+bridged+`
		GROUP BY portal.mxid ORDER BY COALESCE(MAX(message.timestamp), 0) DESC, portal.mxid`)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[id.RoomID], err).AsList()
	return list, wrap(err, "list the rooms")
}

// CountRooms counts the portals that have a room.
func (db *DB) CountRooms(ctx context.Context) (count int, err error) {
	err = db.db.QueryRow(ctx, "SELECT COUNT(*) FROM portal WHERE "+bridged).Scan(&count)
	return count, wrap(err, "count the rooms")
}

// Activity is when something was said last in a conversation, from each side; the zero time
// if nothing was.
type Activity struct {
	Name string
	// Direct conversations have the names of people.
	Direct                bool
	FromSlack, FromMatrix time.Time
}

// LastMessages returns the conversations in which something was said last, at most so many.
// What one of the bots said comes from Matrix. It reads the framework's tables, and all
// messages in them.
func (db *DB) LastMessages(ctx context.Context, bots []networkid.UserID, most int) ([]Activity, error) {
	args, holders := []any{most}, []string{"''"}
	for _, bot := range bots {
		args = append(args, bot)
		holders = append(holders, fmt.Sprintf("$%d", len(args)))
	}
	ours := "message.sender_id IN (" + strings.Join(holders, ", ") + ")"
	rows, err := db.db.Query(ctx, `
		SELECT portal.name, portal.room_type, COALESCE(MAX(CASE WHEN `+ours+` THEN 0 ELSE message.timestamp END), 0),
			COALESCE(MAX(CASE WHEN `+ours+` THEN message.timestamp ELSE 0 END), 0)
		FROM portal LEFT JOIN message ON message.bridge_id=portal.bridge_id
			AND message.room_id=portal.id AND message.room_receiver=portal.receiver
		WHERE `+bridged+`
		GROUP BY portal.mxid, portal.name, portal.room_type ORDER BY COALESCE(MAX(message.timestamp), 0) DESC, portal.mxid LIMIT $1`, args...)
	list, err := dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (a Activity, err error) {
		var kind database.RoomType
		var slack, matrix int64
		err = row.Scan(&a.Name, &kind, &slack, &matrix)
		a.Direct = kind == database.RoomTypeDM || kind == database.RoomTypeGroupDM
		a.FromSlack, a.FromMatrix = nano(slack), nano(matrix)
		return a, err
	}, err).AsList()
	return list, wrap(err, "find the last messages")
}

// nano is a time as the framework stores it, the zero time for 0.
func nano(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at)
}

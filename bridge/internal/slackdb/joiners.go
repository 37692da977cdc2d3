package slackdb

import (
	"context"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

// PutJoiners notes whose ghosts are to join a portal's room later, in that order. Who is
// noted already stays.
func (db *DB) PutJoiners(ctx context.Context, portal networkid.PortalKey, ghosts []networkid.UserID) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		for place, ghost := range ghosts {
			_, err := db.db.Exec(ctx, `INSERT INTO slack_joiner (portal_id, portal_receiver, ghost_id, place) VALUES ($1, $2, $3, $4)
				ON CONFLICT (portal_id, portal_receiver, ghost_id) DO NOTHING`, portal.ID, portal.Receiver, ghost, place)
			if err != nil {
				return wrap(err, "note who joins %s", portal)
			}
		}
		return nil
	})
}

// NextJoiners returns the next ghosts that are to join a portal's room, n at most.
func (db *DB) NextJoiners(ctx context.Context, portal networkid.PortalKey, n int) ([]networkid.UserID, error) {
	rows, err := db.db.Query(ctx, `SELECT ghost_id FROM slack_joiner WHERE portal_id=$1 AND portal_receiver=$2
		ORDER BY place, ghost_id LIMIT $3`, portal.ID, portal.Receiver, n)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[networkid.UserID], err).AsList()
	return list, wrap(err, "look up who joins %s", portal)
}

// IsJoiner says whether a ghost is still to join a portal's room.
func (db *DB) IsJoiner(ctx context.Context, portal networkid.PortalKey, ghost networkid.UserID) (bool, error) {
	var count int
	err := db.db.QueryRow(ctx, `SELECT COUNT(*) FROM slack_joiner WHERE portal_id=$1 AND portal_receiver=$2 AND ghost_id=$3`,
		portal.ID, portal.Receiver, ghost).Scan(&count)
	return count > 0, wrap(err, "look up whether %s joins %s", ghost, portal)
}

// DropJoiner notes that a ghost is not to join a portal's room any more.
func (db *DB) DropJoiner(ctx context.Context, portal networkid.PortalKey, ghost networkid.UserID) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_joiner WHERE portal_id=$1 AND portal_receiver=$2 AND ghost_id=$3`,
		portal.ID, portal.Receiver, ghost)
	return wrap(err, "forget that %s joins %s", ghost, portal)
}

// DropJoiners does so for all ghosts.
func (db *DB) DropJoiners(ctx context.Context, portal networkid.PortalKey) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_joiner WHERE portal_id=$1 AND portal_receiver=$2`, portal.ID, portal.Receiver)
	return wrap(err, "forget who joins %s", portal)
}

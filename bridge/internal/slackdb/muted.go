package slackdb

import (
	"context"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/id"
)

// PutMuted notes that an admin has muted a person in Matrix. The first note counts.
func (db *DB) PutMuted(ctx context.Context, person, admin id.UserID) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_muted (user_mxid, admin, since_ms) VALUES ($1, $2, $3)
		ON CONFLICT (user_mxid) DO NOTHING`, person, admin, time.Now().UnixMilli())
	return wrap(err, "note that %s is muted", person)
}

// DropMuted notes that a person is not muted any more.
func (db *DB) DropMuted(ctx context.Context, person id.UserID) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_muted WHERE user_mxid=$1`, person)
	return wrap(err, "forget that %s is muted", person)
}

// Muted returns who is muted.
func (db *DB) Muted(ctx context.Context) ([]id.UserID, error) {
	rows, err := db.db.Query(ctx, `SELECT user_mxid FROM slack_muted ORDER BY user_mxid`)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[id.UserID], err).AsList()
	return list, wrap(err, "look up who is muted")
}

package slackdb

import (
	"context"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/id"
)

// OptOut notes that what a person says is not carried. person is a Matrix user id, or a
// ghost's id for a person in Slack.
func (db *DB) OptOut(ctx context.Context, person string, at time.Time) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_opted_out (person, since_ms) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING`, person, at.UnixMilli())
	return wrap(err, "note that %s has opted out", person)
}

// OptIn forgets that, also that they were erased, and which rooms were told.
func (db *DB) OptIn(ctx context.Context, person string) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		if _, err := db.db.Exec(ctx, `DELETE FROM slack_opted_out_told WHERE person=$1`, person); err != nil {
			return wrap(err, "forget who was told that %s has opted out", person)
		}
		_, err := db.db.Exec(ctx, `DELETE FROM slack_opted_out WHERE person=$1`, person)
		return wrap(err, "forget that %s has opted out", person)
	})
}

// OptedOut returns everyone who has opted out.
func (db *DB) OptedOut(ctx context.Context) ([]string, error) {
	rows, err := db.db.Query(ctx, `SELECT person FROM slack_opted_out`)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	return list, wrap(err, "look up who has opted out")
}

// PutErased notes that people were erased: they have opted out, and nothing else is kept of them.
func (db *DB) PutErased(ctx context.Context, people []string, at time.Time) error {
	for _, person := range people {
		_, err := db.db.Exec(ctx, `INSERT INTO slack_opted_out (person, since_ms, erased) VALUES ($1, $2, true)
			ON CONFLICT (person) DO UPDATE SET erased=true`, person, at.UnixMilli())
		if err != nil {
			return wrap(err, "note that %s is erased", person)
		}
	}
	return nil
}

// Erased returns everyone who was erased.
func (db *DB) Erased(ctx context.Context) ([]string, error) {
	rows, err := db.db.Query(ctx, `SELECT person FROM slack_opted_out WHERE erased`)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	return list, wrap(err, "look up who was erased")
}

// IsErased says whether a person was erased, and has not opted in again.
func (db *DB) IsErased(ctx context.Context, person string) (bool, error) {
	var count int
	err := db.db.QueryRow(ctx, `SELECT COUNT(*) FROM slack_opted_out WHERE person=$1 AND erased`, person).Scan(&count)
	return count > 0, wrap(err, "look up whether %s was erased", person)
}

// PutOptOutTold notes that a room was told that a person has opted out.
func (db *DB) PutOptOutTold(ctx context.Context, person string, room id.RoomID) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_opted_out_told (person, room) VALUES ($1, $2) ON CONFLICT (person, room) DO NOTHING`, person, room)
	return wrap(err, "note that %s was told", room)
}

// IsOptOutTold says whether a room was told so.
func (db *DB) IsOptOutTold(ctx context.Context, person string, room id.RoomID) (bool, error) {
	var count int
	err := db.db.QueryRow(ctx, `SELECT COUNT(*) FROM slack_opted_out_told WHERE person=$1 AND room=$2`, person, room).Scan(&count)
	return count > 0, wrap(err, "look up whether %s was told", room)
}

package slackdb

import (
	"context"

	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"
)

// HoldDirect notes that a person in Matrix holds a direct conversation, unless one does
// already, and returns who does.
func (db *DB) HoldDirect(ctx context.Context, portal networkid.PortalKey, by id.UserID) (holder id.UserID, err error) {
	_, err = db.db.Exec(ctx, `INSERT INTO slack_holder (portal_id, portal_receiver, holder) VALUES ($1, $2, $3)
		ON CONFLICT (portal_id, portal_receiver) DO NOTHING`, portal.ID, portal.Receiver, by)
	if err != nil {
		return "", wrap(err, "note who holds %s", portal)
	}
	err = db.db.QueryRow(ctx, `SELECT holder FROM slack_holder WHERE portal_id=$1 AND portal_receiver=$2`, portal.ID, portal.Receiver).Scan(&holder)
	return holder, wrap(err, "look up who holds %s", portal)
}

// PutGreeted notes that a person was told what the app's bot is.
func (db *DB) PutGreeted(ctx context.Context, team, bot, person string) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_greeted (team_id, bot_id, person_id) VALUES ($1, $2, $3)
		ON CONFLICT (team_id, bot_id, person_id) DO NOTHING`, team, bot, person)
	return wrap(err, "note that %s was greeted", person)
}

// IsGreeted says whether a person was told what the app's bot is.
func (db *DB) IsGreeted(ctx context.Context, team, bot, person string) (bool, error) {
	var count int
	err := db.db.QueryRow(ctx, `SELECT COUNT(*) FROM slack_greeted WHERE team_id=$1 AND bot_id=$2 AND person_id=$3`,
		team, bot, person).Scan(&count)
	return count > 0, wrap(err, "look up whether %s was greeted", person)
}

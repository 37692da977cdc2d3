package slackdb

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// Consent is whether the people of a channel agree that it is bridged.
type Consent struct {
	Team, Channel string
	// Asked is the ts of the question in the channel, or "", and AskedBy the bot user of the
	// app that asked, "" where it is not known.
	Asked, AskedBy string
	// By is who said yes: a user of Slack, or a person in Matrix who made the channel; "" as
	// long as that is open.
	By string
}

// PutConsent stores that a channel was asked, or has agreed.
func (db *DB) PutConsent(ctx context.Context, c Consent) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_consent (team_id, channel_id, asked_ts, asked_by, agreed_by) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (team_id, channel_id) DO UPDATE SET asked_ts=excluded.asked_ts, asked_by=excluded.asked_by, agreed_by=excluded.agreed_by`,
		c.Team, c.Channel, c.Asked, c.AskedBy, c.By)
	return wrap(err, "note whether %s agrees", c.Channel)
}

// DropConsent forgets it.
func (db *DB) DropConsent(ctx context.Context, team, channel string) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_consent WHERE team_id=$1 AND channel_id=$2`, team, channel)
	return wrap(err, "forget whether %s agrees", channel)
}

// Consents returns all of them.
func (db *DB) Consents(ctx context.Context) ([]Consent, error) {
	rows, err := db.db.Query(ctx, `SELECT team_id, channel_id, asked_ts, asked_by, agreed_by FROM slack_consent ORDER BY team_id, channel_id`)
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (c Consent, err error) {
		return c, from.Scan(&c.Team, &c.Channel, &c.Asked, &c.AskedBy, &c.By)
	}, err).AsList()
	return list, wrap(err, "look up which channels agree")
}

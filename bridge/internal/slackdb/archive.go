package slackdb

import (
	"context"
	"database/sql"
	"errors"

	"maunium.net/go/mautrix/bridgev2/networkid"
)

// What an archive holds of a conversation is kept under its workspace instead of a login,
// until a login of that workspace makes the conversation's room.

// PutArchived keeps what an archive holds of a conversation, instead of what an earlier
// archive did.
func (db *DB) PutArchived(ctx context.Context, team string, b Backfill, messages []OldMessage) error {
	kept := networkid.UserLoginID(team)
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		if err := db.DropBackfill(ctx, kept, b.Channel); err != nil {
			return err
		}
		if err := db.PutBackfill(ctx, kept, b); err != nil {
			return err
		}
		return db.PutOldMessages(ctx, kept, b.Channel, messages)
	})
}

// Archived returns the conversations of a workspace of which an archive is kept.
func (db *DB) Archived(ctx context.Context, team string) ([]Backfill, error) {
	return db.Backfills(ctx, networkid.UserLoginID(team))
}

// ClaimArchived gives a login what is kept of a conversation, instead of what it may have
// itself, and returns the state. It is nil if nothing is kept any more.
func (db *DB) ClaimArchived(ctx context.Context, team string, login networkid.UserLoginID, channel string) (state []byte, err error) {
	err = db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		err := db.db.QueryRow(ctx, `SELECT state FROM slack_backfill WHERE login_id=$1 AND channel=$2`, team, channel).Scan(&state)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return wrap(err, "look up what an archive holds of %s", channel)
		}
		if err := db.DropBackfill(ctx, login, channel); err != nil {
			return err
		}
		for _, query := range []string{
			`UPDATE slack_backfill SET login_id=$1 WHERE login_id=$2 AND channel=$3`,
			`UPDATE slack_backfill_message SET login_id=$1 WHERE login_id=$2 AND channel=$3`,
		} {
			if _, err := db.db.Exec(ctx, query, login, team, channel); err != nil {
				return wrap(err, "take over what an archive holds of %s", channel)
			}
		}
		return nil
	})
	return state, err
}

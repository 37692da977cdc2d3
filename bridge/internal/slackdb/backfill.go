package slackdb

import (
	"context"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

// Backfill is a conversation whose new room gets its history.
type Backfill struct {
	Channel string
	// State is how far that is, in the connector's form.
	State []byte
}

// Backfills returns the conversations of a login whose rooms still get their history.
func (db *DB) Backfills(ctx context.Context, login networkid.UserLoginID) ([]Backfill, error) {
	rows, err := db.db.Query(ctx, `SELECT channel, state FROM slack_backfill WHERE login_id=$1 ORDER BY channel`, login)
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (b Backfill, err error) {
		return b, from.Scan(&b.Channel, &b.State)
	}, err).AsList()
	return list, wrap(err, "list the rooms of %s that get their history", login)
}

// PutBackfill notes how far the history of a conversation is.
func (db *DB) PutBackfill(ctx context.Context, login networkid.UserLoginID, b Backfill) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_backfill (login_id, channel, state) VALUES ($1, $2, $3)
		ON CONFLICT (login_id, channel) DO UPDATE SET state=excluded.state`, login, b.Channel, b.State)
	return wrap(err, "note how far the history of %s is", b.Channel)
}

// DropBackfill forgets a conversation whose room has its history, and what of it was
// left out.
func (db *DB) DropBackfill(ctx context.Context, login networkid.UserLoginID, channel string) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		for _, query := range []string{
			`DELETE FROM slack_backfill_message WHERE login_id=$1 AND channel=$2`,
			`DELETE FROM slack_backfill WHERE login_id=$1 AND channel=$2`,
		} {
			if _, err := db.db.Exec(ctx, query, login, channel); err != nil {
				return wrap(err, "forget the history of %s", channel)
			}
		}
		return nil
	})
}

// OldMessage is a message of a conversation's history, as Slack gave it.
type OldMessage struct {
	TS      string
	Payload []byte
}

// PutOldMessages keeps messages of a conversation's history until the room is filled.
// One that is there already stays as it is.
func (db *DB) PutOldMessages(ctx context.Context, login networkid.UserLoginID, channel string, messages []OldMessage) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		for _, m := range messages {
			_, err := db.db.Exec(ctx, `INSERT INTO slack_backfill_message (login_id, channel, ts, payload) VALUES ($1, $2, $3, $4)
				ON CONFLICT (login_id, channel, ts) DO NOTHING`, login, channel, m.TS, hidden(m.Payload))
			if err != nil {
				return wrap(err, "keep the history of %s", channel)
			}
		}
		return nil
	})
}

// OldMessages returns the oldest messages that are kept and not in the room yet, n at most.
func (db *DB) OldMessages(ctx context.Context, login networkid.UserLoginID, channel string, n int) ([]OldMessage, error) {
	rows, err := db.db.Query(ctx, `SELECT ts, payload FROM slack_backfill_message WHERE login_id=$1 AND channel=$2 AND NOT sent
		ORDER BY ts LIMIT $3`, login, channel, n)
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (m OldMessage, err error) {
		return m, from.Scan(&m.TS, &m.Payload)
	}, err).AsList()
	return list, wrap(err, "read the history of %s", channel)
}

// CountOldMessages returns how many messages are kept, and how many of them are not in the room
// yet.
func (db *DB) CountOldMessages(ctx context.Context, login networkid.UserLoginID, channel string) (found, left int, err error) {
	err = db.db.QueryRow(ctx, `SELECT COUNT(*), COUNT(CASE WHEN NOT sent THEN 1 END) FROM slack_backfill_message
		WHERE login_id=$1 AND channel=$2`, login, channel).Scan(&found, &left)
	return found, left, wrap(err, "count the history of %s", channel)
}

// CountAllOldMessages returns how many messages are kept for rooms that are being filled, and
// not in them yet.
func (db *DB) CountAllOldMessages(ctx context.Context) (left int, err error) {
	err = db.db.QueryRow(ctx, `SELECT COUNT(*) FROM slack_backfill_message WHERE NOT sent AND login_id IN (SELECT id FROM user_login)`).Scan(&left)
	return left, wrap(err, "count the history of new rooms")
}

// DropOldMessagesAfter forgets the messages that are kept and newer than a ts, all for "".
func (db *DB) DropOldMessagesAfter(ctx context.Context, login networkid.UserLoginID, channel, ts string) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_backfill_message WHERE login_id=$1 AND channel=$2 AND ts>$3`, login, channel, ts)
	return wrap(err, "forget the history of %s", channel)
}

// MarkOldMessageSent notes that a message is in the room. It is kept until the room is filled.
func (db *DB) MarkOldMessageSent(ctx context.Context, login networkid.UserLoginID, channel, ts string) error {
	_, err := db.db.Exec(ctx, `UPDATE slack_backfill_message SET sent=true WHERE login_id=$1 AND channel=$2 AND ts=$3`, login, channel, ts)
	return wrap(err, "note that a message of the history of %s is in its room", channel)
}

// MarkNoneSent notes that no message of a conversation's history is in the room.
func (db *DB) MarkNoneSent(ctx context.Context, login networkid.UserLoginID, channel string) error {
	_, err := db.db.Exec(ctx, `UPDATE slack_backfill_message SET sent=false WHERE login_id=$1 AND channel=$2`, login, channel)
	return wrap(err, "begin anew with the history of %s", channel)
}

package slackdb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

// Reactors returns who in Matrix reacted to a message, by emoji and person.
func (db *DB) Reactors(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID) ([]Reactor, error) {
	rows, err := db.db.Query(ctx, `SELECT event_id, emoji, sender FROM slack_reactor
		WHERE room_receiver=$1 AND message_id=$2`, receiver, message)
	list, err := dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (Reactor, error) {
		r := Reactor{Receiver: receiver, Message: message}
		return r, row.Scan(&r.EventID, &r.Emoji, &r.Sender)
	}, err).AsList()
	slices.SortFunc(list, func(a, b Reactor) int { // databases differ in how they order text
		return cmp.Or(cmp.Compare(a.Emoji, b.Emoji), cmp.Compare(a.Sender, b.Sender), cmp.Compare(a.EventID, b.EventID))
	})
	return list, wrap(err, "look up who reacted to %s", message)
}

// ReactorNote is the message in Slack that says who in Matrix reacted to another.
type ReactorNote struct{ TS, Text string }

// ReactorNote returns the note of a message, or nil.
func (db *DB) ReactorNote(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID) (*ReactorNote, error) {
	var note ReactorNote
	err := db.db.QueryRow(ctx, `SELECT note_ts, text FROM slack_reactor_note WHERE room_receiver=$1 AND message_id=$2`, receiver, message).
		Scan(&note.TS, &note.Text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &note, wrap(err, "look up the note of who reacted to %s", message)
}

// PutReactorNote stores the note of a message in the place of an earlier one.
func (db *DB) PutReactorNote(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID, note ReactorNote) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_reactor_note (room_receiver, message_id, note_ts, text) VALUES ($1, $2, $3, $4)
		ON CONFLICT (room_receiver, message_id) DO UPDATE SET note_ts=excluded.note_ts, text=excluded.text`, receiver, message, note.TS, note.Text)
	return wrap(err, "store the note of who reacted to %s", message)
}

// DropReactorNote forgets the note of a message.
func (db *DB) DropReactorNote(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_reactor_note WHERE room_receiver=$1 AND message_id=$2`, receiver, message)
	return wrap(err, "forget the note of who reacted to %s", message)
}

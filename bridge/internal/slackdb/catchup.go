package slackdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

// PutMark notes until when everything that Slack told a login is stored.
func (db *DB) PutMark(ctx context.Context, login networkid.UserLoginID, stored time.Time) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_mark (login_id, stored_ms) VALUES ($1, $2)
		ON CONFLICT (login_id) DO UPDATE SET stored_ms=excluded.stored_ms`, login, stored.UnixMilli())
	return wrap(err, "note until when the events of %s are stored", login)
}

// Mark returns until when everything that Slack told a login is stored; the zero time
// if nothing was noted.
func (db *DB) Mark(ctx context.Context, login networkid.UserLoginID) (time.Time, error) {
	var stored int64
	err := db.db.QueryRow(ctx, `SELECT stored_ms FROM slack_mark WHERE login_id=$1`, login).Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return time.UnixMilli(stored), wrap(err, "look up until when the events of %s are stored", login)
}

// Staged is something that was read from Slack's history and is not handled yet.
type Staged struct {
	// Place orders what is staged for one row, as text.
	Place string
	Kind  string
	// Payload is what was read, in the reader's form.
	Payload []byte
}

// Stage stores what was read for an inbox row. Staging it again changes nothing.
func (db *DB) Stage(ctx context.Context, row int64, staged []Staged) error {
	for _, s := range staged {
		_, err := db.db.Exec(ctx, `INSERT INTO slack_staged (row_id, place, kind, payload) VALUES ($1, $2, $3, $4)
			ON CONFLICT (row_id, place, kind) DO NOTHING`, row, s.Place, s.Kind, hidden(s.Payload))
		if err != nil {
			return fmt.Errorf("stage what was read for row %d: %w", row, err)
		}
	}
	return nil
}

// NextStaged returns what comes first of what is staged for a row, n at most.
func (db *DB) NextStaged(ctx context.Context, row int64, n int) ([]Staged, error) {
	rows, err := db.db.Query(ctx, `SELECT place, kind, payload FROM slack_staged WHERE row_id=$1 ORDER BY place, kind LIMIT $2`, row, n)
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (s Staged, err error) {
		return s, from.Scan(&s.Place, &s.Kind, &s.Payload)
	}, err).AsList()
	return list, wrap(err, "read what is staged for row %d", row)
}

// DropStaged forgets one thing that is staged.
func (db *DB) DropStaged(ctx context.Context, row int64, s Staged) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_staged WHERE row_id=$1 AND place=$2 AND kind=$3`, row, s.Place, s.Kind)
	return wrap(err, "forget what is staged for row %d", row)
}

// StagedRows returns the inbox rows for which something is staged.
func (db *DB) StagedRows(ctx context.Context) ([]int64, error) {
	rows, err := db.db.Query(ctx, `SELECT DISTINCT row_id FROM slack_staged`)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[int64], err).AsList()
	return list, wrap(err, "list for which rows something is staged")
}

// DropAllStaged forgets what is staged for a row.
func (db *DB) DropAllStaged(ctx context.Context, row int64) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_staged WHERE row_id=$1`, row)
	return wrap(err, "forget what is staged for row %d", row)
}

// PortalsOf returns the portals that have a room and for which a login speaks, the one
// with the newest message first. It reads the framework's tables.
func (db *DB) PortalsOf(ctx context.Context, login networkid.UserLoginID) ([]networkid.PortalKey, error) {
	rows, err := db.db.Query(ctx, `
		SELECT portal.id, portal.receiver FROM portal LEFT JOIN message ON message.bridge_id=portal.bridge_id
			AND message.room_id=portal.id AND message.room_receiver=portal.receiver
		WHERE portal.mxid IS NOT NULL AND portal.mxid<>'' AND portal.room_type<>'space'
			AND (portal.relay_login_id=$1 OR portal.receiver=$1)
		GROUP BY portal.id, portal.receiver ORDER BY COALESCE(MAX(message.timestamp), 0) DESC, portal.id`, login)
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (key networkid.PortalKey, err error) {
		return key, from.Scan(&key.ID, &key.Receiver)
	}, err).AsList()
	return list, wrap(err, "list the portals of %s", login)
}

// ThreadsSince returns the roots of a portal's threads in which something was said
// since a time. It reads the framework's tables.
func (db *DB) ThreadsSince(ctx context.Context, portal networkid.PortalKey, since time.Time) ([]networkid.MessageID, error) {
	rows, err := db.db.Query(ctx, `SELECT thread_root_id FROM message WHERE room_id=$1 AND room_receiver=$2
		AND thread_root_id<>'' AND timestamp>=$3 GROUP BY thread_root_id ORDER BY MAX(timestamp) DESC`, portal.ID, portal.Receiver, since.UnixNano())
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[networkid.MessageID], err).AsList()
	return list, wrap(err, "list the threads of %s", portal)
}

// Held is a reaction in Matrix that belongs to a person in Slack.
type Held struct {
	Message networkid.MessageID
	Sender  networkid.UserID
	// Name is Slack's name of the emoji, without colons.
	Name networkid.EmojiID
}

// HeldSince returns the reactions in a portal to messages said since a time. It reads
// the framework's tables.
func (db *DB) HeldSince(ctx context.Context, portal networkid.PortalKey, since time.Time) ([]Held, error) {
	rows, err := db.db.Query(ctx, `SELECT reaction.message_id, reaction.sender_id, reaction.emoji_id FROM reaction
		JOIN message ON message.bridge_id=reaction.bridge_id AND message.room_receiver=reaction.room_receiver
			AND message.id=reaction.message_id AND message.part_id=reaction.message_part_id
		WHERE reaction.room_id=$1 AND reaction.room_receiver=$2 AND message.timestamp>=$3`, portal.ID, portal.Receiver, since.UnixNano())
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (h Held, err error) {
		return h, from.Scan(&h.Message, &h.Sender, &h.Name)
	}, err).AsList()
	return list, wrap(err, "list the reactions in %s", portal)
}

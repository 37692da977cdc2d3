// Package slackdb owns the connector's own tables in the bridge's database: the
// pieces of a long Matrix message in Slack, who in Matrix holds a reaction that
// Slack knows as the bot's, what Slack said of people, whose ghosts join a room
// later, which event begins a thread, what is gone, which channels have other ids, and what
// catching up has read.
// Everything else lives in bridgev2's tables: of those it reads what the framework has
// no query for, and writes only the owner of a login ([DB.MoveLogin]), the ids of a
// channel that has another ([DB.FinishMove]) and what they hold of a person who is erased
// ([DB.ForgetInSlack], [DB.ForgetInMatrix]). It must not know Slack's or Matrix's APIs.
package slackdb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"
)

//go:embed upgrades/*.sql
var upgradeFiles embed.FS

// DB reads and writes the connector's tables.
type DB struct{ db *dbutil.Database }

// VersionTable holds the version of the connector's tables.
const VersionTable = "slack_connector_version"

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().WithFSPath(upgradeFiles, "upgrades").Finish()
}

// Version is the newest version of the tables that this program knows.
func Version() int { return len(upgrades()) }

// Open brings the tables to the newest version, counted in VersionTable, and returns
// access to them.
func Open(ctx context.Context, parent *dbutil.Database, log dbutil.DatabaseLogger) (*DB, error) {
	db := parent.Child(VersionTable, upgrades(), log)
	if err := db.Upgrade(ctx); err != nil {
		return nil, fmt.Errorf("upgrade the connector's tables: %w", err)
	}
	return &DB{db: db}, nil
}

// PutPieces notes that the Slack messages pieces carry further text of message:
// an edit, a reaction or a thread on any of them is meant for message. Repeating
// it changes nothing.
func (db *DB) PutPieces(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID, pieces ...networkid.MessageID) error {
	const query = `INSERT INTO slack_piece (room_receiver, piece_id, message_id) VALUES ($1, $2, $3)
		ON CONFLICT (room_receiver, piece_id) DO UPDATE SET message_id=excluded.message_id`
	for _, piece := range pieces {
		if _, err := db.db.Exec(ctx, query, receiver, piece, message); err != nil {
			return fmt.Errorf("store piece %s of %s: %w", piece, message, err)
		}
	}
	return nil
}

// MessageOf returns the message that piece belongs to; piece itself if it is no
// further piece of any.
func (db *DB) MessageOf(ctx context.Context, receiver networkid.UserLoginID, piece networkid.MessageID) (networkid.MessageID, error) {
	message := piece
	err := db.db.QueryRow(ctx, `SELECT message_id FROM slack_piece WHERE room_receiver=$1 AND piece_id=$2`, receiver, piece).Scan(&message)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("look up piece %s: %w", piece, err)
	}
	return message, nil
}

// PiecesOf returns the further pieces of message, in no order.
func (db *DB) PiecesOf(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID) ([]networkid.MessageID, error) {
	rows, err := db.db.Query(ctx, `SELECT piece_id FROM slack_piece WHERE room_receiver=$1 AND message_id=$2`, receiver, message)
	pieces, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[networkid.MessageID], err).AsList()
	return pieces, wrap(err, "look up the pieces of %s", message)
}

// DropPieces forgets further pieces of message: those named, or all when none is.
func (db *DB) DropPieces(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID, pieces ...networkid.MessageID) error {
	if len(pieces) == 0 {
		_, err := db.db.Exec(ctx, `DELETE FROM slack_piece WHERE room_receiver=$1 AND message_id=$2`, receiver, message)
		return wrap(err, "forget the pieces of %s", message)
	}
	for _, piece := range pieces {
		if _, err := db.db.Exec(ctx, `DELETE FROM slack_piece WHERE room_receiver=$1 AND piece_id=$2`, receiver, piece); err != nil {
			return fmt.Errorf("forget piece %s: %w", piece, err)
		}
	}
	return nil
}

// Reactor is one Matrix person's reaction, which Slack shows as the bot's.
type Reactor struct {
	EventID  id.EventID
	Receiver networkid.UserLoginID
	Message  networkid.MessageID
	// Emoji is Slack's name of the emoji, without colons.
	Emoji  string
	Sender id.UserID
}

// AddReactor stores r. Repeating it changes nothing.
func (db *DB) AddReactor(ctx context.Context, r Reactor) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_reactor (event_id, room_receiver, message_id, emoji, sender)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (event_id) DO NOTHING`, r.EventID, r.Receiver, r.Message, r.Emoji, r.Sender)
	return wrap(err, "store reaction %s", r.EventID)
}

// ReactorByEvent returns the reaction made by a Matrix event, or nil.
func (db *DB) ReactorByEvent(ctx context.Context, event id.EventID) (*Reactor, error) {
	r := Reactor{EventID: event}
	err := db.db.QueryRow(ctx, `SELECT room_receiver, message_id, emoji, sender FROM slack_reactor WHERE event_id=$1`, event).
		Scan(&r.Receiver, &r.Message, &r.Emoji, &r.Sender)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &r, wrap(err, "look up reaction %s", event)
}

// OtherReactors counts the Matrix reactions like r, not counting r itself.
func (db *DB) OtherReactors(ctx context.Context, r Reactor) (int, error) {
	var count int
	err := db.db.QueryRow(ctx, `SELECT COUNT(*) FROM slack_reactor
		WHERE room_receiver=$1 AND message_id=$2 AND emoji=$3 AND event_id<>$4`, r.Receiver, r.Message, r.Emoji, r.EventID).Scan(&count)
	return count, wrap(err, "count reactions like %s", r.EventID)
}

// RemoveReactor forgets the reaction of a Matrix event.
func (db *DB) RemoveReactor(ctx context.Context, event id.EventID) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_reactor WHERE event_id=$1`, event)
	return wrap(err, "forget reaction %s", event)
}

// DropReactorsIn forgets every Matrix reaction to the messages of a portal.
func (db *DB) DropReactorsIn(ctx context.Context, receiver networkid.UserLoginID, portal networkid.PortalID) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_reactor WHERE room_receiver=$1 AND message_id LIKE $2`, receiver, string(portal)+"-%")
	return wrap(err, "forget the reactors of %s", portal)
}

// DropReactors forgets every Matrix reaction to message.
func (db *DB) DropReactors(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_reactor WHERE room_receiver=$1 AND message_id=$2`, receiver, message)
	return wrap(err, "forget the reactions to %s", message)
}

// MoveLogin makes owner the Matrix user whose login this is, with its rooms and the direct
// conversations that the earlier owner holds.
// owner's row in bridgev2's user table must exist, and the bridge must not have
// loaded the login yet.
func (db *DB) MoveLogin(ctx context.Context, login networkid.UserLoginID, owner id.UserID) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		if _, err := db.db.Exec(ctx, `UPDATE slack_holder SET holder=$1
			WHERE portal_receiver=$2 AND holder=(SELECT user_mxid FROM user_login WHERE id=$2)`, owner, login); err != nil {
			return fmt.Errorf("move the direct conversations of login %s to %s: %w", login, owner, err)
		}
		if _, err := db.db.Exec(ctx, `UPDATE user_login SET user_mxid=$1 WHERE id=$2`, owner, login); err != nil {
			return fmt.Errorf("move login %s to %s: %w", login, owner, err)
		}
		_, err := db.db.Exec(ctx, `UPDATE user_portal SET user_mxid=$1 WHERE login_id=$2`, owner, login)
		return wrap(err, "move the rooms of login %s to %s", login, owner)
	})
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

package slackdb

import (
	"context"
	"database/sql"
	"errors"

	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"
)

// PutThread notes which event begins the Matrix thread of the Slack thread on root,
// where that is not, or soon will not be, the event of root's row. The first note
// counts.
func (db *DB) PutThread(ctx context.Context, receiver networkid.UserLoginID, root networkid.MessageID, event id.EventID) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_thread (room_receiver, root_id, event_id) VALUES ($1, $2, $3)
		ON CONFLICT (room_receiver, root_id) DO NOTHING`, receiver, root, event)
	return wrap(err, "store the thread on %s", root)
}

// ThreadEvent returns the event that begins the Matrix thread of the Slack thread on
// root, or "" if none is noted.
func (db *DB) ThreadEvent(ctx context.Context, receiver networkid.UserLoginID, root networkid.MessageID) (id.EventID, error) {
	var event id.EventID
	err := db.db.QueryRow(ctx, `SELECT event_id FROM slack_thread WHERE room_receiver=$1 AND root_id=$2`, receiver, root).Scan(&event)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return event, wrap(err, "look up the Matrix thread on %s", root)
}

// ThreadRoot returns the root in Slack of the thread that event begins in Matrix: the
// oldest if several are noted, "" if none is.
func (db *DB) ThreadRoot(ctx context.Context, receiver networkid.UserLoginID, event id.EventID) (networkid.MessageID, error) {
	var root networkid.MessageID
	err := db.db.QueryRow(ctx, `SELECT root_id FROM slack_thread WHERE room_receiver=$1 AND event_id=$2
		ORDER BY root_id LIMIT 1`, receiver, event).Scan(&root)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return root, wrap(err, "look up the Slack thread of %s", event)
}

// DropThreads forgets what is noted of the threads of a conversation, named by its
// portal, as when its room is gone.
func (db *DB) DropThreads(ctx context.Context, receiver networkid.UserLoginID, portal networkid.PortalID) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_thread WHERE room_receiver=$1 AND root_id LIKE $2`, receiver, string(portal)+"-%")
	return wrap(err, "forget the threads of %s", portal)
}

// DropMessages forgets which messages of a conversation, named by its portal, are in Matrix, and
// the reactions to them, as when its room is gone. The framework's DeleteInChunks only prepares the
// deletion of the portal: of few messages, and on PostgreSQL, it deletes none.
func (db *DB) DropMessages(ctx context.Context, receiver networkid.UserLoginID, portal networkid.PortalID) error {
	_, err := db.db.Exec(ctx, `DELETE FROM message WHERE bridge_id='' AND room_id=$1 AND room_receiver=$2`, portal, receiver)
	return wrap(err, "forget the messages of %s", portal)
}

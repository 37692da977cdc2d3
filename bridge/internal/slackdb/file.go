package slackdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

// File is a file of a message: one that the homeserver has, or a line of the message's text.
type File struct {
	Receiver networkid.UserLoginID
	Message  networkid.MessageID
	// ID is Slack's.
	ID string
	// Content is the JSON of what shows it in Matrix, nil for a line.
	Content json.RawMessage
}

// PutFile notes a file, or what shows it now.
func (db *DB) PutFile(ctx context.Context, f File) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_file (room_receiver, message_id, file_id, content) VALUES ($1, $2, $3, $4)
		ON CONFLICT (room_receiver, message_id, file_id) DO UPDATE SET content=excluded.content`, f.Receiver, f.Message, f.ID, string(f.Content))
	return wrap(err, "store file %s of %s", f.ID, f.Message)
}

// FileOf returns what shows a file of a message, or nil if the homeserver does not have it.
func (db *DB) FileOf(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID, file string) (json.RawMessage, error) {
	var content string
	err := db.db.QueryRow(ctx, `SELECT content FROM slack_file WHERE room_receiver=$1 AND message_id=$2 AND file_id=$3 AND content<>''`, receiver, message, file).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return json.RawMessage(content), wrap(err, "look up file %s of %s", file, message)
}

// MessagesWithFile returns the messages that a file is in, without what shows it.
func (db *DB) MessagesWithFile(ctx context.Context, file string) ([]File, error) {
	rows, err := db.db.Query(ctx, `SELECT room_receiver, message_id FROM slack_file WHERE file_id=$1 ORDER BY message_id, room_receiver`, file)
	files, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (File, error) {
		f := File{ID: file}
		return f, from.Scan(&f.Receiver, &f.Message)
	}, err).AsList()
	return files, wrap(err, "look up the messages with file %s", file)
}

// DropFiles forgets files of a message: the one named, or all when none is.
func (db *DB) DropFiles(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID, file string) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_file WHERE room_receiver=$1 AND message_id=$2 AND ($3='' OR file_id=$3)`, receiver, message, file)
	return wrap(err, "forget the files of %s", message)
}

package slackdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/id"
)

// Upload is a file of Slack's that was made for a Matrix event.
type Upload struct {
	FileID string
	Event  id.EventID
	// Content is where Matrix has it, an mxc address.
	Content id.ContentURIString
	At      time.Time
}

// PutUpload notes an upload, before anything of it can be seen in Slack.
func (db *DB) PutUpload(ctx context.Context, u Upload) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_upload (file_id, event_id, content, noted_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (file_id) DO NOTHING`, u.FileID, u.Event, u.Content, u.At.UnixMilli())
	return wrap(err, "store the upload %s", u.FileID)
}

// UploadsFor returns the uploads that were made for a message, the oldest first.
func (db *DB) UploadsFor(ctx context.Context, event id.EventID) ([]Upload, error) {
	rows, err := db.db.Query(ctx, `SELECT file_id, event_id, content, noted_ms FROM slack_upload WHERE event_id=$1 ORDER BY noted_ms, file_id`, event)
	uploads, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (u Upload, err error) {
		var at int64
		err = from.Scan(&u.FileID, &u.Event, &u.Content, &at)
		u.At = time.UnixMilli(at)
		return u, err
	}, err).AsList()
	return uploads, wrap(err, "look up the uploads for %s", event)
}

// UploadOf returns the upload of a file, or nil if the bridge did not upload it.
func (db *DB) UploadOf(ctx context.Context, file string) (*Upload, error) {
	u, at := &Upload{}, int64(0)
	err := db.db.QueryRow(ctx, `SELECT file_id, event_id, content, noted_ms FROM slack_upload WHERE file_id=$1`, file).Scan(&u.FileID, &u.Event, &u.Content, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	u.At = time.UnixMilli(at)
	return u, wrap(err, "look up the upload %s", file)
}

// NewestUploads returns the ids of the files that were noted last, the oldest of them first.
func (db *DB) NewestUploads(ctx context.Context, limit int) ([]string, error) {
	rows, err := db.db.Query(ctx, `SELECT file_id FROM (SELECT file_id, noted_ms FROM slack_upload ORDER BY noted_ms DESC, file_id LIMIT $1) AS newest
		ORDER BY noted_ms, file_id`, limit)
	files, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	return files, wrap(err, "load the newest uploads")
}

// DropUploads forgets uploads that are not in Slack any more, or never will be.
func (db *DB) DropUploads(ctx context.Context, files ...string) error {
	for _, file := range files {
		if _, err := db.db.Exec(ctx, `DELETE FROM slack_upload WHERE file_id=$1`, file); err != nil {
			return fmt.Errorf("forget the upload %s: %w", file, err)
		}
	}
	return nil
}

package slackdb

import (
	"context"
	"time"

	"maunium.net/go/mautrix/id"
)

// PutFace notes that a message is posted with a picture of a person in Matrix.
func (db *DB) PutFace(ctx context.Context, picture id.ContentURI, person id.UserID, at time.Time) error {
	err := db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		if _, err := db.db.Exec(ctx, `INSERT INTO slack_face (picture, since_ms) VALUES ($1, $2) ON CONFLICT (picture) DO NOTHING`,
			picture.String(), at.UnixMilli()); err != nil {
			return err
		}
		_, err := db.db.Exec(ctx, `INSERT INTO slack_face_of (picture, person) VALUES ($1, $2) ON CONFLICT (picture, person) DO NOTHING`,
			picture.String(), person)
		return err
	})
	return wrap(err, "note that a message has the picture %s", picture)
}

// IsFace says whether a message was posted with a picture.
func (db *DB) IsFace(ctx context.Context, picture id.ContentURI) (bool, error) {
	var count int
	err := db.db.QueryRow(ctx, `SELECT COUNT(*) FROM slack_face WHERE picture=$1`, picture.String()).Scan(&count)
	return count > 0, wrap(err, "look up whether a message has the picture %s", picture)
}

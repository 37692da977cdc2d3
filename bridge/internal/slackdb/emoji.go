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

// SetEmoji makes emoji all that a workspace has of its own, as Slack listed them at a time:
// by name, the address of a picture or alias:name.
func (db *DB) SetEmoji(ctx context.Context, team string, emoji map[string]string, listed time.Time) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		known, err := db.AllEmoji(ctx, team)
		if err != nil {
			return err
		}
		for name := range known {
			if _, stays := emoji[name]; stays {
				continue
			}
			if err := db.DropEmoji(ctx, team, name); err != nil {
				return err
			}
		}
		for name, value := range emoji {
			if known[name] == value {
				continue
			}
			if err := db.PutEmoji(ctx, team, name, value); err != nil {
				return err
			}
		}
		_, err = db.db.Exec(ctx, `INSERT INTO slack_emoji_list (team_id, listed_ms) VALUES ($1, $2)
			ON CONFLICT (team_id) DO UPDATE SET listed_ms=excluded.listed_ms`, team, listed.UnixMilli())
		return wrap(err, "note when the emoji were listed")
	})
}

// EmojiListed returns when Slack last listed a workspace's emoji; the zero time if changes
// may have been missed since.
func (db *DB) EmojiListed(ctx context.Context, team string) (time.Time, error) {
	var listed int64
	err := db.db.QueryRow(ctx, `SELECT listed_ms FROM slack_emoji_list WHERE team_id=$1`, team).Scan(&listed)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return time.UnixMilli(listed), wrap(err, "look up when the emoji were listed")
}

// EmojiMissed notes that changes of a workspace's emoji may have been missed.
func (db *DB) EmojiMissed(ctx context.Context, team string) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_emoji_list WHERE team_id=$1`, team)
	return wrap(err, "note that changes of the emoji may have been missed")
}

// PutEmoji adds an emoji to those of a workspace, or gives it another value.
func (db *DB) PutEmoji(ctx context.Context, team, name, value string) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_emoji (team_id, name, value) VALUES ($1, $2, $3)
		ON CONFLICT (team_id, name) DO UPDATE SET value=excluded.value`, team, name, value)
	return wrap(err, "store the emoji %s", name)
}

// DropEmoji removes an emoji from those of a workspace.
func (db *DB) DropEmoji(ctx context.Context, team, name string) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_emoji WHERE team_id=$1 AND name=$2`, team, name)
	return wrap(err, "forget the emoji %s", name)
}

// Emoji returns the value of one of a workspace's own emoji, "" if there is none of that
// name.
func (db *DB) Emoji(ctx context.Context, team, name string) (value string, err error) {
	return db.text(ctx, fmt.Sprintf("look up the emoji %s", name), `SELECT value FROM slack_emoji WHERE team_id=$1 AND name=$2`, team, name)
}

// AllEmoji returns the values of a workspace's own emoji by their names.
func (db *DB) AllEmoji(ctx context.Context, team string) (map[string]string, error) {
	return db.texts(ctx, "list the emoji", `SELECT name, value FROM slack_emoji WHERE team_id=$1`, team)
}

// EmojiOf returns the name of a workspace's own emoji that has a picture, "" if there is
// none.
func (db *DB) EmojiOf(ctx context.Context, team string, picture id.ContentURIString) (name string, err error) {
	return db.text(ctx, "look up whose emoji a picture is", `SELECT name FROM slack_emoji JOIN slack_emoji_picture ON address=value
		WHERE team_id=$1 AND picture=$2 ORDER BY name LIMIT 1`, team, picture)
}

// PutEmojiPicture notes where in Matrix the picture of an address is.
func (db *DB) PutEmojiPicture(ctx context.Context, address string, picture id.ContentURIString) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_emoji_picture (address, picture) VALUES ($1, $2)
		ON CONFLICT (address) DO UPDATE SET picture=excluded.picture`, address, picture)
	return wrap(err, "note where the picture of an emoji is")
}

// EmojiPicture returns where in Matrix the picture of an address is, "" if it was not
// uploaded.
func (db *DB) EmojiPicture(ctx context.Context, address string) (id.ContentURIString, error) {
	picture, err := db.text(ctx, "look up the picture of an emoji", `SELECT picture FROM slack_emoji_picture WHERE address=$1`, address)
	return id.ContentURIString(picture), err
}

// EmojiPictures returns where in Matrix the pictures of a workspace's emoji are, by address.
func (db *DB) EmojiPictures(ctx context.Context, team string) (map[string]string, error) {
	return db.texts(ctx, "list the pictures of emoji", `SELECT DISTINCT address, picture FROM slack_emoji_picture JOIN slack_emoji ON value=address
		WHERE team_id=$1`, team)
}

// EmojiPacks returns the hashes of what the image packs in a room hold, by state key.
func (db *DB) EmojiPacks(ctx context.Context, room id.RoomID) (map[string]string, error) {
	return db.texts(ctx, "list the image packs", `SELECT state_key, hash FROM slack_emoji_pack WHERE room_id=$1`, room)
}

// PutEmojiPack notes what an image pack in a room holds; an empty hash is nothing.
func (db *DB) PutEmojiPack(ctx context.Context, room id.RoomID, key, hash string) error {
	query := `INSERT INTO slack_emoji_pack (room_id, state_key, hash) VALUES ($1, $2, $3)
		ON CONFLICT (room_id, state_key) DO UPDATE SET hash=excluded.hash`
	args := []any{room, key, hash}
	if hash == "" {
		query, args = `DELETE FROM slack_emoji_pack WHERE room_id=$1 AND state_key=$2`, args[:2]
	}
	_, err := db.db.Exec(ctx, query, args...)
	return wrap(err, "note what the image pack %s holds", key)
}

// text returns the one text of a query, "" if there is no row.
func (db *DB) text(ctx context.Context, what, query string, args ...any) (text string, err error) {
	err = db.db.QueryRow(ctx, query, args...).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, wrap(err, "%s", what)
}

// texts returns the rows of a query, of two texts each.
func (db *DB) texts(ctx context.Context, what, query string, args ...any) (map[string]string, error) {
	rows, err := db.db.Query(ctx, query, args...)
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (pair [2]string, err error) {
		return pair, from.Scan(&pair[0], &pair[1])
	}, err).AsList()
	texts := make(map[string]string, len(list))
	for _, pair := range list {
		texts[pair[0]] = pair[1]
	}
	return texts, wrap(err, "%s", what)
}

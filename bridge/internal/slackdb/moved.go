package slackdb

import (
	"bytes"
	"context"
	"fmt"

	"go.mau.fi/util/dbutil"
)

// Moved is a channel that has another id now.
type Moved struct {
	Team, Old, New string
	// Done says that everything that is stored of the channel is under the new id.
	Done bool
}

// Moves returns the channels whose ids have changed.
func (db *DB) Moves(ctx context.Context) ([]Moved, error) {
	rows, err := db.db.Query(ctx, `SELECT team_id, old_id, new_id, done FROM slack_moved ORDER BY team_id, old_id`)
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (m Moved, err error) {
		return m, from.Scan(&m.Team, &m.Old, &m.New, &m.Done)
	}, err).AsList()
	return list, wrap(err, "read which channels have other ids now")
}

// PutMove notes that a channel has another id. Repeating it changes nothing. An id that
// comes back is not an old one any more.
func (db *DB) PutMove(ctx context.Context, m Moved) error {
	if _, err := db.db.Exec(ctx, `DELETE FROM slack_moved WHERE team_id=$1 AND old_id=$2`, m.Team, m.New); err != nil {
		return wrap(err, "note that %s has another id", m.Old)
	}
	_, err := db.db.Exec(ctx, `INSERT INTO slack_moved (team_id, old_id, new_id, done) VALUES ($1, $2, $3, $4)
		ON CONFLICT (team_id, old_id) DO NOTHING`, m.Team, m.Old, m.New, m.Done)
	return wrap(err, "note that %s has another id", m.Old)
}

// messageNames are the columns, the framework's and the connector's own, that hold the ids of
// messages, by their tables. That of a reaction follows its message.
func messageNames() map[string][]string {
	return map[string][]string{
		"message":     {"id", "thread_root_id", "reply_to_id"},
		"slack_piece": {"piece_id", "message_id"}, "slack_reactor": {"message_id"},
		"slack_thread": {"root_id"}, "slack_file": {"message_id"}, "slack_reactor_note": {"message_id"},
	}
}

// FinishMove brings everything that is stored of a channel under its new id, in the
// transaction of ctx: its portal, messages, threads, pieces, reactors and files, and what
// is still to be read or sent. What was stored under the new id for a room that was left is
// dropped. Repeating it changes nothing. It writes the framework's tables.
//
// If only the new id has a room, kept is true: that room and its history stay, and what is
// left of an earlier room of the old id is dropped.
func (db *DB) FinishMove(ctx context.Context, m Moved) (kept bool, err error) {
	var done, old, now int
	err = db.db.QueryRow(ctx, `SELECT
		(SELECT COUNT(*) FROM slack_moved WHERE team_id=$1 AND old_id=$2 AND done),
		(SELECT COUNT(*) FROM portal WHERE id=$3),
		(SELECT COUNT(*) FROM portal WHERE id=$4 AND mxid IS NOT NULL)`,
		m.Team, m.Old, m.portal(m.Old), m.portal(m.New)).Scan(&done, &old, &now)
	if err != nil || done > 0 {
		return false, m.wrap(err)
	}
	kept = old == 0 && now > 0
	if kept {
		err = db.dropRoomOf(ctx, m)
	} else {
		err = db.moveRoom(ctx, m)
	}
	if err != nil {
		return kept, err
	}
	if err := db.moveNotes(ctx, m, kept); err != nil {
		return kept, err
	}
	if err := db.moveStaged(ctx, m); err != nil {
		return kept, err
	}
	return kept, db.execMove(ctx, m, `UPDATE slack_moved SET done=true WHERE team_id=$1 AND old_id=$2`, m.Team, m.Old)
}

// moveRoom brings a portal and what is stored of its room under the new id.
func (db *DB) moveRoom(ctx context.Context, m Moved) error {
	from, to := m.portal(m.Old), m.portal(m.New)
	// Messages, reactions and members follow their portal (ON UPDATE CASCADE).
	if err := db.execMove(ctx, m, `UPDATE portal SET id=$2 WHERE id=$1`, from, to); err != nil {
		return err
	}
	for table, columns := range messageNames() {
		if err := db.execMove(ctx, m, `DELETE FROM `+table+` WHERE `+columns[0]+` LIKE $1`, to+"-%"); err != nil {
			return err
		}
		for _, column := range columns {
			query := fmt.Sprintf(`UPDATE %[1]s SET %[2]s=REPLACE(%[2]s, $1, $2) WHERE %[2]s LIKE $3`, table, column)
			if err := db.execMove(ctx, m, query, from+"-", to+"-", from+"-%"); err != nil {
				return err
			}
		}
	}
	// The same person may be noted, and the same message read, under both ids.
	for _, query := range []string{
		`DELETE FROM slack_joiner WHERE portal_id=$2 AND ghost_id IN (SELECT ghost_id FROM slack_joiner WHERE portal_id=$1)`,
		`UPDATE slack_joiner SET portal_id=$2 WHERE portal_id=$1`,
	} {
		if err := db.execMove(ctx, m, query, from, to); err != nil {
			return err
		}
	}
	for _, query := range []string{
		`DELETE FROM slack_backfill_message WHERE channel=$2 AND login_id IN (SELECT login_id FROM slack_backfill_message WHERE channel=$1)`,
		`DELETE FROM slack_backfill WHERE channel=$2 AND login_id IN (SELECT login_id FROM slack_backfill WHERE channel=$1)`,
		`UPDATE slack_backfill_message SET channel=$2 WHERE channel=$1`,
		`UPDATE slack_backfill SET channel=$2 WHERE channel=$1`,
	} {
		if err := db.execMove(ctx, m, query, m.Old, m.New); err != nil {
			return err
		}
	}
	return nil
}

// dropRoomOf drops what is left of an earlier room of the old id.
func (db *DB) dropRoomOf(ctx context.Context, m Moved) error {
	from := m.portal(m.Old)
	for table, columns := range messageNames() {
		if err := db.execMove(ctx, m, `DELETE FROM `+table+` WHERE `+columns[0]+` LIKE $1`, from+"-%"); err != nil {
			return err
		}
	}
	if err := db.execMove(ctx, m, `DELETE FROM slack_joiner WHERE portal_id=$1`, from); err != nil {
		return err
	}
	for _, table := range []string{"slack_backfill_message", "slack_backfill"} {
		if err := db.execMove(ctx, m, `DELETE FROM `+table+` WHERE channel=$1`, m.Old); err != nil {
			return err
		}
	}
	return nil
}

// moveNotes brings under the new id what is known of a channel with or without a room: what is
// gone in Slack, and whether its people agree. Of two answers that of the room that goes on
// counts.
func (db *DB) moveNotes(ctx context.Context, m Moved, kept bool) error {
	from, to := m.portal(m.Old), m.portal(m.New)
	for _, query := range []string{
		`DELETE FROM slack_gone WHERE what IN (SELECT REPLACE(what, $1, $2) FROM slack_gone WHERE what LIKE $3)`,
		`UPDATE slack_gone SET what=REPLACE(what, $1, $2) WHERE what LIKE $3`,
	} {
		if err := db.execMove(ctx, m, query, " "+from+"-", " "+to+"-", "% "+from+"-%"); err != nil {
			return err
		}
	}
	loser, winner := m.New, m.Old
	if kept {
		loser, winner = m.Old, m.New
	}
	err := db.execMove(ctx, m, `DELETE FROM slack_consent WHERE team_id=$1 AND channel_id=$2
		AND EXISTS (SELECT 1 FROM slack_consent AS other WHERE other.team_id=$1 AND other.channel_id=$3)`, m.Team, loser, winner)
	if err != nil {
		return err
	}
	return db.execMove(ctx, m, `UPDATE slack_consent SET channel_id=$3 WHERE team_id=$1 AND channel_id=$2`, m.Team, m.Old, m.New)
}

func (db *DB) execMove(ctx context.Context, m Moved, query string, args ...any) error {
	_, err := db.db.Exec(ctx, query, args...)
	return m.wrap(err)
}

// portal is the id of the portal of one of the channel's ids.
func (m Moved) portal(channel string) string { return m.Team + "-" + channel }

func (m Moved) wrap(err error) error { return wrap(err, "move %s to %s", m.Old, m.New) }

// moveStaged brings what was read of a channel's history under its new id.
func (db *DB) moveStaged(ctx context.Context, m Moved) error {
	rows, err := db.db.Query(ctx, `SELECT row_id, place, kind, payload FROM slack_staged`)
	type line struct {
		row int64
		Staged
	}
	all, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (l line, err error) {
		return l, from.Scan(&l.row, &l.Place, &l.Kind, &l.Payload)
	}, err).AsList()
	if err != nil {
		return wrap(err, "move what is staged of %s", m.Old)
	}
	for _, l := range all {
		payload := m.Rewrite(l.Payload)
		if bytes.Equal(payload, l.Payload) {
			continue
		}
		_, err := db.db.Exec(ctx, `UPDATE slack_staged SET payload=$4 WHERE row_id=$1 AND place=$2 AND kind=$3`, l.row, l.Place, l.Kind, hidden(payload))
		if err != nil {
			return wrap(err, "move what is staged of %s", m.Old)
		}
	}
	return nil
}

// Rewrite puts the new id, or that of the portal, into a piece of JSON, wherever the old one
// is a whole string of it.
func (m Moved) Rewrite(content []byte) []byte {
	for _, prefix := range []string{"", m.Team + "-"} {
		if old := []byte(`"` + prefix + m.Old + `"`); bytes.Contains(content, old) {
			content = bytes.ReplaceAll(content, old, []byte(`"`+prefix+m.New+`"`))
		}
	}
	return content
}

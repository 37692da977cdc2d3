package slackdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"
)

// What is stored of a person who is erased is forgotten here, in the connector's tables and in
// the framework's. docs/reference/data-model.md has what is kept, and why.

// erasedBy takes the place of a person who has agreed that a channel is bridged.
const erasedBy = "erased"

// ErasedInSlack is a person in Slack as the tables name them.
type ErasedInSlack struct {
	// User is their id, and Teams are the workspaces that see them.
	User  string
	Teams []string
	// Ghosts are their ghosts, and MXIDs the Matrix users of those.
	Ghosts []networkid.UserID
	MXIDs  []id.UserID
	// Said says whether they have said a message of Slack's history.
	Said func(payload []byte) bool
}

// statement is a query with its arguments.
type statement struct {
	query string
	args  []any
}

// ForgetInSlack forgets a person in Slack. The ghost whose id is empty must exist: messages
// that the person said are its afterwards. The person's own ghost stays as it is. Repeating
// it changes nothing.
func (db *DB) ForgetInSlack(ctx context.Context, who ErasedInSlack) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		var all []statement
		for _, team := range who.Teams {
			all = append(all,
				statement{`DELETE FROM slack_person WHERE person_id=$1 AND (team_id=$2 OR home_team=$2)`, []any{who.User, team}},
				statement{`DELETE FROM slack_greeted WHERE person_id=$1 AND team_id=$2`, []any{who.User, team}},
				statement{`UPDATE slack_consent SET agreed_by=$3 WHERE agreed_by=$1 AND team_id=$2`, []any{who.User, team, erasedBy}},
			)
		}
		for _, ghost := range who.Ghosts {
			all = append(all,
				statement{`DELETE FROM slack_joiner WHERE ghost_id=$1`, []any{ghost}},
				statement{`DELETE FROM slack_opted_out_told WHERE person=$1`, []any{ghost}},
				statement{`DELETE FROM slack_gone WHERE REPLACE(what, $1, '')<>what`, []any{" " + string(ghost) + " "}},
				statement{`DELETE FROM reaction WHERE sender_id=$1`, []any{ghost}},
				statement{`UPDATE message SET sender_id='', sender_mxid='' WHERE sender_id=$1`, []any{ghost}},
			)
		}
		if err := db.execAll(ctx, all); err != nil {
			return wrap(err, "forget %s", who.User)
		}
		if err := db.forgetProfiles(ctx, who.MXIDs...); err != nil {
			return err
		}
		return db.forgetHistory(ctx, who)
	})
}

func (db *DB) execAll(ctx context.Context, all []statement) error {
	for _, each := range all {
		if _, err := db.db.Exec(ctx, each.query, each.args...); err != nil {
			return fmt.Errorf("%s: %w", strings.Fields(each.query)[0]+" of "+tableOf(each.query), err)
		}
	}
	return nil
}

// tableOf is the table that a statement writes.
func tableOf(query string) string {
	words := strings.Fields(query)
	if words[0] == "UPDATE" {
		return words[1]
	}
	return words[2]
}

// forgetProfiles blanks the names and pictures that users have in rooms. Their memberships stay:
// they are the homeserver's to tell, and encryption needs them.
func (db *DB) forgetProfiles(ctx context.Context, users ...id.UserID) error {
	if there, err := db.db.TableExists(ctx, "mx_user_profile"); !there || err != nil {
		return wrap(err, "look for the table of the rooms' members") // the first start makes it
	}
	for _, user := range users {
		_, err := db.db.Exec(ctx, `UPDATE mx_user_profile SET displayname='', avatar_url='', name_skeleton=NULL WHERE user_id=$1`, user)
		if err != nil {
			return wrap(err, "forget what %s is called in rooms", user)
		}
	}
	return nil
}

// forgetHistory forgets what a person said in the history that is read and not in rooms yet.
func (db *DB) forgetHistory(ctx context.Context, who ErasedInSlack) error {
	type key [3]string
	for table, columns := range map[string][3]string{
		"slack_staged": {"row_id", "place", "kind"}, "slack_backfill_message": {"login_id", "channel", "ts"},
	} {
		var said []key
		rows, err := db.db.Query(ctx, fmt.Sprintf(`SELECT %s, %s, %s, payload FROM %s`, columns[0], columns[1], columns[2], table))
		err = dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (k key, err error) {
			var payload []byte
			if err = row.Scan(&k[0], &k[1], &k[2], &payload); err == nil && !who.Said(payload) {
				k = key{}
			}
			return k, err
		}, err).Iter(func(k key) (bool, error) {
			if k != (key{}) {
				said = append(said, k)
			}
			return true, nil
		})
		if err != nil {
			return wrap(err, "look for what %s said in %s", who.User, table)
		}
		query := fmt.Sprintf(`DELETE FROM %s WHERE %s=$1 AND %s=$2 AND %s=$3`, table, columns[0], columns[1], columns[2])
		for _, k := range said {
			if _, err := db.db.Exec(ctx, query, k[0], k[1], k[2]); err != nil {
				return wrap(err, "forget what %s said in %s", who.User, table)
			}
		}
	}
	return db.forgetInBackfills(ctx, who.User)
}

// forgetInBackfills takes a person out of the lists of people that the state of a new room's
// history has.
func (db *DB) forgetInBackfills(ctx context.Context, user string) error {
	type backfill struct {
		login networkid.UserLoginID
		Backfill
	}
	rows, err := db.db.Query(ctx, `SELECT login_id, channel, state FROM slack_backfill`)
	all, err := dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (b backfill, err error) {
		return b, row.Scan(&b.login, &b.Channel, &b.State)
	}, err).AsList()
	if err != nil {
		return wrap(err, "look for %s in the history of new rooms", user)
	}
	for _, b := range all {
		state, changed := withoutPerson(b.State, user)
		if !changed {
			continue
		}
		b.State = state
		if err := db.PutBackfill(ctx, b.login, b.Backfill); err != nil {
			return err
		}
	}
	return nil
}

// withoutPerson takes a person out of every list of an object in JSON.
func withoutPerson(object []byte, user string) (without []byte, changed bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(object, &fields) != nil {
		return object, false
	}
	for name, raw := range fields {
		var list []string
		if json.Unmarshal(raw, &list) != nil || !slices.Contains(list, user) {
			continue
		}
		list = slices.DeleteFunc(list, func(one string) bool { return one == user })
		fields[name], _ = json.Marshal(list)
		changed = true
	}
	if !changed {
		return object, false
	}
	without, err := json.Marshal(fields)
	return without, err == nil
}

// ForgetInMatrix forgets a person in Matrix, but for what they reacted with and who said their
// messages: see [DB.ForgetAuthor]. Who owns a login must not be forgotten. Repeating it
// changes nothing.
func (db *DB) ForgetInMatrix(ctx context.Context, person id.UserID) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		if err := db.forgetFaces(ctx, person); err != nil {
			return err
		}
		err := db.execAll(ctx, []statement{
			{`DELETE FROM slack_opted_out_told WHERE person=$1`, []any{person}},
			{`UPDATE slack_holder SET holder='' WHERE holder=$1`, []any{person}},
			{`UPDATE slack_muted SET admin='' WHERE admin=$1`, []any{person}},
			{`UPDATE slack_consent SET agreed_by=$2 WHERE agreed_by=$1`, []any{person, erasedBy}},
			{`DELETE FROM user_portal WHERE user_mxid=$1`, []any{person}},
			{`DELETE FROM "user" WHERE mxid=$1 AND NOT EXISTS (SELECT 1 FROM user_login WHERE user_mxid=$1)`, []any{person}},
		})
		if err != nil {
			return wrap(err, "forget %s", person)
		}
		return db.forgetProfiles(ctx, person)
	})
}

// forgetFaces forgets the pictures with which a person posted, and the one that they have in
// rooms now: of older posts it is not known whose pictures they have. A picture with which
// others posted, too, stays.
func (db *DB) forgetFaces(ctx context.Context, person id.UserID) error {
	pictures := `SELECT picture FROM slack_face_of WHERE person=$1`
	if there, err := db.db.TableExists(ctx, "mx_user_profile"); err != nil {
		return wrap(err, "look for the table of the rooms' members")
	} else if there {
		pictures += ` UNION SELECT avatar_url FROM mx_user_profile WHERE user_id=$1`
	}
	return wrap(db.execAll(ctx, []statement{
		{`DELETE FROM slack_face WHERE picture IN (` + pictures + `)
			AND NOT EXISTS (SELECT 1 FROM slack_face_of WHERE slack_face_of.picture=slack_face.picture AND person<>$1)`, []any{person}},
		{`DELETE FROM slack_face_of WHERE person=$1`, []any{person}},
	}), "forget the pictures of %s", person)
}

// ForgetAuthor forgets with what a person in Matrix reacted, and that they said their messages.
func (db *DB) ForgetAuthor(ctx context.Context, person id.UserID) error {
	return db.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		return wrap(db.execAll(ctx, []statement{
			{`DELETE FROM slack_reactor WHERE sender=$1`, []any{person}},
			{`UPDATE reaction SET sender_mxid='' WHERE sender_mxid=$1`, []any{person}},
			{`UPDATE message SET sender_mxid='' WHERE sender_mxid=$1`, []any{person}},
		}), "forget what %s said", person)
	})
}

// ReactorsOf returns with what a person in Matrix reacted.
func (db *DB) ReactorsOf(ctx context.Context, person id.UserID) ([]Reactor, error) {
	rows, err := db.db.Query(ctx, `SELECT event_id, room_receiver, message_id, emoji FROM slack_reactor WHERE sender=$1 ORDER BY event_id`, person)
	list, err := dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (Reactor, error) {
		r := Reactor{Sender: person}
		return r, row.Scan(&r.EventID, &r.Receiver, &r.Message, &r.Emoji)
	}, err).AsList()
	return list, wrap(err, "look up with what %s reacted", person)
}

// KeepUser sees to it that the framework's row of a person in Matrix exists, before they get a
// login: it goes when they are erased, and the framework may still have it in memory.
func (db *DB) KeepUser(ctx context.Context, person id.UserID, chat id.RoomID) error {
	_, err := db.db.Exec(ctx, `INSERT INTO "user" (bridge_id, mxid, management_room) VALUES ('', $1, NULLIF($2, '')) ON CONFLICT (bridge_id, mxid) DO NOTHING`, person, chat)
	return wrap(err, "keep the row of %s", person)
}

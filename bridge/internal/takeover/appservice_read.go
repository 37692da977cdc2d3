package takeover

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/exit"
)

// appserviceSchema is the version of the tables that are read: the last one.
const appserviceSchema = 16

// isolation has all tables read as they are at one moment.
const isolation = sql.LevelRepeatableRead

// appserviceData is what a database of matrix-appservice-slack holds.
type appserviceData struct {
	rooms  []oldRoom
	users  []oldUser
	events map[id.RoomID][]oldEvent
	// reactions are by room, too.
	reactions map[id.RoomID][]oldReaction
	// tokens are how many classic apps there are, people how many personal tokens.
	tokens, people int
}

// oldRoom is a row of rooms: a Matrix room that is bridged to a channel.
type oldRoom struct {
	Room id.RoomID `json:"-"`
	// Row is the row's own name, for one that has nothing else.
	Row     string `json:"-"`
	Team    string `json:"slack_team_id"`
	Channel string `json:"id"`
	Kind    string `json:"slack_type"`
	Name    string `json:"name"`
	Webhook string `json:"webhook_uri"`
	Puppet  string `json:"puppet_owner"`
}

// oldUser is a row of users that is a ghost.
type oldUser struct {
	User  id.UserID `json:"-"`
	Slack string    `json:"slack_id"`
	Team  string    `json:"team_id"`
}

// oldEvent says which event is which message.
type oldEvent struct {
	event       id.EventID
	channel, ts string
	// answers are the ts of the answers in the thread that the message begins: the old bridge
	// notes those of Slack's messages (slackThreadMessages in its src/BridgedRoom.ts, 2.1.2).
	answers []string
}

type oldReaction struct {
	event             id.EventID
	channel, ts, user string
	name              string
}

func readAppservice(ctx context.Context, db *dbutil.Database) (*appserviceData, error) {
	a := &appserviceData{events: map[id.RoomID][]oldEvent{}, reactions: map[id.RoomID][]oldReaction{}}
	for _, read := range []func(context.Context, *dbutil.Database) error{
		checkSchema, a.readRooms, a.readUsers, a.readEvents, a.readReactions, a.countTokens,
	} {
		if err := read(ctx, db); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func checkSchema(ctx context.Context, db *dbutil.Database) error {
	exists, err := db.TableExists(ctx, "schema")
	if err != nil {
		return wrap(err, "look for the old bridge's tables")
	}
	var version int
	if exists {
		if err = db.QueryRow(ctx, `SELECT version FROM schema`).Scan(&version); errors.Is(err, sql.ErrNoRows) {
			exists, err = false, nil
		}
	}
	switch {
	case err != nil:
		return wrap(err, "read the version of the old bridge's tables")
	case !exists:
		return exit.New(exit.Data, "the database at --from is not matrix-appservice-slack's: it has no version of its tables")
	case version != appserviceSchema:
		return exit.New(exit.Data, "matrix-appservice-slack's tables have the version %d, this program reads %d: start its last release, 2.1, once, which brings them there", version, appserviceSchema)
	}
	return nil
}

func (a *appserviceData) readRooms(ctx context.Context, db *dbutil.Database) error {
	rows, err := db.Query(ctx, `SELECT id, COALESCE(roomid, ''), json::text FROM rooms ORDER BY id`)
	a.rooms, err = dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (r oldRoom, err error) {
		var content []byte
		if err := row.Scan(&r.Row, &r.Room, &content); err != nil {
			return r, err
		}
		return r, json.Unmarshal(content, &r)
	}, err).AsList()
	return wrap(err, "read the old bridge's rooms")
}

func (a *appserviceData) readUsers(ctx context.Context, db *dbutil.Database) error {
	rows, err := db.Query(ctx, `SELECT userid, json::text FROM users WHERE isremote ORDER BY userid`)
	a.users, err = dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (u oldUser, err error) {
		var content []byte
		if err := row.Scan(&u.User, &content); err != nil {
			return u, err
		}
		return u, json.Unmarshal(content, &u)
	}, err).AsList()
	return wrap(err, "read the old bridge's users")
}

// readEvents reads messages in their order. The events of one ts are in the order in which they
// were written, as far as the table tells: an edit made in Matrix has the ts of its message. What
// has answers is a message, and was written anew with each.
func (a *appserviceData) readEvents(ctx context.Context, db *dbutil.Database) error {
	rows, err := db.Query(ctx, `SELECT roomid, eventid, slackchannel, slackts, extras FROM events ORDER BY slackts, LENGTH(extras) DESC, ctid`)
	return wrap(dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (struct{}, error) {
		var room id.RoomID
		var e oldEvent
		var content []byte
		if err := row.Scan(&room, &e.event, &e.channel, &e.ts, &content); err != nil {
			return struct{}{}, err
		}
		var extras struct {
			Answers []string `json:"slackThreadMessages"`
		}
		if err := json.Unmarshal(content, &extras); err != nil {
			return struct{}{}, err
		}
		e.answers = extras.Answers
		a.events[room] = append(a.events[room], e)
		return struct{}{}, nil
	}, err).Iter(func(struct{}) (bool, error) { return true, nil }), "read the old bridge's messages")
}

func (a *appserviceData) readReactions(ctx context.Context, db *dbutil.Database) error {
	rows, err := db.Query(ctx, `SELECT room_id, event_id, slack_channel_id, slack_message_ts, slack_user_id, reaction FROM reactions ORDER BY slack_message_ts, event_id`)
	return wrap(dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (struct{}, error) {
		var room id.RoomID
		var r oldReaction
		err := row.Scan(&room, &r.event, &r.channel, &r.ts, &r.user, &r.name)
		a.reactions[room] = append(a.reactions[room], r)
		return struct{}{}, err
	}, err).Iter(func(struct{}) (bool, error) { return true, nil }), "read the old bridge's reactions")
}

func (a *appserviceData) countTokens(ctx context.Context, db *dbutil.Database) error {
	if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM teams`).Scan(&a.tokens); err != nil {
		return wrap(err, "count the old bridge's apps")
	}
	for _, table := range []string{"puppets", "linked_accounts"} {
		var n int
		exists, err := db.TableExists(ctx, table)
		if err == nil && exists {
			err = db.QueryRow(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n)
		}
		if err != nil {
			return wrap(err, "count %s", table)
		}
		a.people += n
	}
	return nil
}

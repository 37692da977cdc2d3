package uninstall

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"
	bridgedb "maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
)

// known is what the bridge's database says of what it has in Matrix and Slack.
type known struct {
	rooms map[id.RoomID]room
	// members are the bridge's own users in each room, as far as it noted them.
	members map[id.RoomID][]id.UserID
	// tokens are the bot tokens of logins that were made in a chat, by login.
	tokens map[string]secret.String
}

// room is what is known of a room.
type room struct {
	name string
	// made says that the bridge made it. Others are people's.
	made bool
}

// readKnown reads the database. One that no bridge has used has nothing.
func readKnown(ctx context.Context, config *settings.Config) (k *known, err error) {
	k = &known{rooms: map[id.RoomID]room{}, members: map[id.RoomID][]id.UserID{}, tokens: map[string]secret.String{}}
	db, err := database.Look(ctx, config)
	if errors.Is(err, database.ErrUnused) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, read := range []func(context.Context, *dbutil.Database) error{k.readPortals, k.readChats, k.readMembers, k.readLogins} {
		if err := read(ctx, db); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *known) readPortals(ctx context.Context, db *dbutil.Database) error {
	portals, err := bridgedb.New("", (*connector.Connector)(nil).GetDBMetaTypes(), db).Portal.GetAllWithMXID(ctx)
	if err != nil {
		return fmt.Errorf("read the portals: %w", err)
	}
	for _, portal := range portals {
		k.rooms[portal.MXID] = room{name: portal.Name, made: !portal.Metadata.(*connector.PortalMetadata).Plumbed}
	}
	return nil
}

// readChats reads the chats of people with the bridge's bot.
func (k *known) readChats(ctx context.Context, db *dbutil.Database) error {
	rows, err := db.Query(ctx, `SELECT management_room FROM "user" WHERE management_room<>''`)
	chats, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[id.RoomID], err).AsList()
	if err != nil {
		return fmt.Errorf("read the management rooms: %w", err)
	}
	for _, chat := range chats {
		k.rooms[chat] = room{name: "the chat with the bot"}
	}
	return nil
}

// readMembers reads the store of the rooms' state, which is there once the bridge has run.
func (k *known) readMembers(ctx context.Context, db *dbutil.Database) error {
	if there, err := db.TableExists(ctx, "mx_user_profile"); err != nil || !there {
		return err
	}
	type membership struct {
		room id.RoomID
		user id.UserID
	}
	rows, err := db.Query(ctx, `SELECT room_id, user_id FROM mx_user_profile WHERE membership IN ('join', 'invite')`)
	all, err := dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (m membership, err error) {
		return m, row.Scan(&m.room, &m.user)
	}, err).AsList()
	if err != nil {
		return fmt.Errorf("read who is in the rooms: %w", err)
	}
	for _, each := range all {
		k.members[each.room] = append(k.members[each.room], each.user)
	}
	return nil
}

func (k *known) readLogins(ctx context.Context, db *dbutil.Database) error {
	logins := bridgedb.New("", (*connector.Connector)(nil).GetDBMetaTypes(), db).UserLogin
	owners, err := logins.GetAllUserIDsWithLogins(ctx)
	if err != nil {
		return fmt.Errorf("read the logins: %w", err)
	}
	for _, owner := range owners {
		all, err := logins.GetAllForUser(ctx, owner)
		if err != nil {
			return fmt.Errorf("read the logins of %s: %w", owner, err)
		}
		for _, login := range all {
			if token := login.Metadata.(*connector.LoginMetadata).Token; token != "" {
				k.tokens[string(login.ID)] = secret.New(token)
			}
		}
	}
	return nil
}

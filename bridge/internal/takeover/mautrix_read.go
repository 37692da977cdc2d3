package takeover

import (
	"context"
	"encoding/json"
	"strings"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
	_ "maunium.net/go/mautrix/crypto" // how olm is implemented
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/id"
)

// mautrixData is what a database of mautrix-slack holds, as far as it decides what carries
// over. Only columns are read that the framework's tables have had since their version 9.
type mautrixData struct {
	portals []portal
	logins  []login
	// ghosts are the ids of all.
	ghosts []string
	// spoke are the Matrix users under which ghosts have written.
	spoke []speaker
	// registered are the users that the bridge has made at the homeserver.
	registered map[id.UserID]bool
	// encrypted are the rooms with encryption.
	encrypted map[id.RoomID]bool

	// accounts are the pickled accounts of the encryption.
	accounts [][]byte

	messages, answers, threads, reactions int
	// split says that each login has portals of its own.
	split bool
	// foreign is how many portals are another bridge's, of a database with several.
	foreign int
}

type portal struct {
	key  networkid.PortalKey
	room id.RoomID
	name string
	kind string
}

// title is the portal for a person.
func (p portal) title() string {
	name := p.name
	if name == "" {
		name = string(p.key.ID)
	}
	if p.room == "" {
		return name
	}
	return name + " (" + p.room.String() + ")"
}

type login struct {
	id    networkid.UserLoginID
	owner id.UserID
	// token and appToken are Slack's. declared is the token file of a login that this bridge
	// has made since, which keeps no token.
	token, appToken, declared string
}

// isApp says whether a login is an app's: the bridge can go on with no other. mautrix-slack
// keeps a login that Slack refuses, a person's or an app's, without its token.
func (l login) isApp() bool {
	if l.token == "" {
		return strings.HasPrefix(l.appToken, "xapp-") || l.declared != ""
	}
	return strings.HasPrefix(l.token, "xoxb-")
}

type speaker struct {
	ghost string
	user  id.UserID
}

func readMautrix(ctx context.Context, db *dbutil.Database) (*mautrixData, error) {
	m := &mautrixData{registered: map[id.UserID]bool{}, encrypted: map[id.RoomID]bool{}}
	for _, read := range []func(context.Context, *dbutil.Database) error{
		m.readPortals, m.readLogins, m.readGhosts, m.readState, m.count,
	} {
		if err := read(ctx, db); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *mautrixData) readPortals(ctx context.Context, db *dbutil.Database) error {
	rows, err := db.Query(ctx, `SELECT id, receiver, COALESCE(mxid, ''), name, room_type FROM portal WHERE bridge_id='' ORDER BY id, receiver`)
	m.portals, err = dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (p portal, err error) {
		return p, row.Scan(&p.key.ID, &p.key.Receiver, &p.room, &p.name, &p.kind)
	}, err).AsList()
	if err != nil {
		return wrap(err, "read the portals")
	}
	return wrap(db.QueryRow(ctx, `SELECT COUNT(*) FROM portal WHERE bridge_id<>''`).Scan(&m.foreign), "count the portals of other bridges")
}

func (m *mautrixData) readLogins(ctx context.Context, db *dbutil.Database) error {
	rows, err := db.Query(ctx, `SELECT id, user_mxid, metadata FROM user_login WHERE bridge_id='' ORDER BY id`)
	m.logins, err = dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (l login, err error) {
		var metadata []byte
		if err := row.Scan(&l.id, &l.owner, &metadata); err != nil {
			return l, err
		}
		var known struct {
			Token    string `json:"token"`
			AppToken string `json:"app_token"`
			Declared string `json:"declared_by"`
		}
		err = json.Unmarshal(metadata, &known)
		l.token, l.appToken, l.declared = known.Token, known.AppToken, known.Declared
		return l, err
	}, err).AsList()
	return wrap(err, "read the logins")
}

func (m *mautrixData) readGhosts(ctx context.Context, db *dbutil.Database) error {
	rows, err := db.Query(ctx, `SELECT id FROM ghost WHERE bridge_id='' AND id<>'' ORDER BY id`)
	if m.ghosts, err = dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList(); err != nil {
		return wrap(err, "read the ghosts")
	}
	rows, err = db.Query(ctx, `SELECT DISTINCT sender_id, sender_mxid FROM message WHERE bridge_id='' AND sender_id<>''`)
	m.spoke, err = dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (s speaker, err error) {
		return s, row.Scan(&s.ghost, &s.user)
	}, err).AsList()
	return wrap(err, "read who has written")
}

// readState reads what the appservice's state store knows. A database without one is as
// good as one whose store is empty.
func (m *mautrixData) readState(ctx context.Context, db *dbutil.Database) error {
	users, err := optional(ctx, db, "mx_registrations", `SELECT user_id FROM mx_registrations`)
	if err != nil {
		return err
	}
	for _, user := range users {
		m.registered[id.UserID(user)] = true
	}
	rooms, err := optional(ctx, db, "mx_room_state", `SELECT room_id FROM mx_room_state WHERE encryption IS NOT NULL`)
	if err != nil {
		return err
	}
	for _, room := range rooms {
		m.encrypted[id.RoomID(room)] = true
	}
	exists, err := db.TableExists(ctx, "crypto_account")
	if err != nil || !exists {
		return wrap(err, "look for the encryption's account")
	}
	accounts, err := db.Query(ctx, `SELECT account FROM crypto_account`)
	m.accounts, err = dbutil.NewRowIterWithError(accounts, dbutil.ScanSingleColumn[[]byte], err).AsList()
	return wrap(err, "read the encryption's account")
}

// opens says whether a pickle key is the one that the encryption's keys are stored with.
func (m *mautrixData) opens(pickleKey string) bool {
	for _, account := range m.accounts {
		if olm.NewBlankAccount().Unpickle(account, []byte(pickleKey)) != nil {
			return false
		}
	}
	return true
}

// optional reads one column of a table that may not be there.
func optional(ctx context.Context, db *dbutil.Database, table, query string) ([]string, error) {
	exists, err := db.TableExists(ctx, table)
	if err != nil || !exists {
		return nil, wrap(err, "look for the table %s", table)
	}
	rows, err := db.Query(ctx, query)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	return list, wrap(err, "read %s", table)
}

func (m *mautrixData) count(ctx context.Context, db *dbutil.Database) error {
	for _, each := range []struct {
		into  *int
		query string
	}{
		{&m.messages, `SELECT COUNT(DISTINCT id) FROM message WHERE bridge_id=''`},
		{&m.answers, `SELECT COUNT(DISTINCT id) FROM message WHERE bridge_id='' AND thread_root_id<>''`},
		{&m.threads, `SELECT COUNT(DISTINCT thread_root_id) FROM message WHERE bridge_id='' AND thread_root_id<>''`},
		{&m.reactions, `SELECT COUNT(*) FROM reaction WHERE bridge_id=''`},
	} {
		if err := db.QueryRow(ctx, each.query).Scan(each.into); err != nil {
			return wrap(err, "count what was said")
		}
	}
	values, err := optional(ctx, db, "kv_store", `SELECT value FROM kv_store WHERE bridge_id='' AND key='split_portals_enabled'`)
	m.split = len(values) > 0 && values[0] == "true"
	return err
}

package takeover

import (
	"context"
	"database/sql"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackid"
)

// writeMautrix puts the portals together that mautrix-slack had split by login, and has
// the apps' logins go on where they were. What refers to a portal follows by itself.
func writeMautrix(ctx context.Context, db *dbutil.Database, found *mautrixData) error {
	return db.DoTxn(ctx, nil, func(ctx context.Context) error {
		for _, same := range found.together() {
			if err := rejoin(ctx, db, same); err != nil {
				return err
			}
		}
		_, err := db.Exec(ctx, `DELETE FROM kv_store WHERE bridge_id='' AND key='split_portals_enabled'`)
		if err != nil {
			return wrap(err, "take the mark of split portals away")
		}
		return resume(ctx, db, found)
	})
}

// resume has each app's login speak in the rooms of its workspace, where it is the only
// one, and read first what was said after the last message in them.
func resume(ctx context.Context, db *dbutil.Database, found *mautrixData) error {
	ours, err := slackdb.Open(ctx, db, nil)
	if err != nil {
		return err
	}
	for team, apps := range found.apps() {
		if len(apps) == 1 {
			_, err := db.Exec(ctx, `UPDATE portal SET relay_bridge_id='', relay_login_id=$1
				WHERE bridge_id='' AND receiver='' AND (relay_login_id IS NULL OR relay_login_id<>$1) AND (id=$2 OR id LIKE $3)`, apps[0], team, team+"-%")
			if err != nil {
				return wrap(err, "have %s speak in the rooms of %s", apps[0], team)
			}
		}
		for _, login := range apps {
			if err := putMark(ctx, db, ours, team, login); err != nil {
				return err
			}
		}
	}
	return nil
}

// putMark notes that a login has heard everything up to the last message of its workspace.
func putMark(ctx context.Context, db *dbutil.Database, ours *slackdb.DB, team string, login networkid.UserLoginID) error {
	mark, err := ours.Mark(ctx, login)
	if err != nil || !mark.IsZero() {
		return err
	}
	var last sql.NullInt64
	err = db.QueryRow(ctx, `SELECT MAX(timestamp) FROM message WHERE bridge_id='' AND room_id LIKE $1`, team+"-%").Scan(&last)
	if err != nil {
		return wrap(err, "look up the last message of %s", team)
	}
	if !last.Valid {
		return nil
	}
	return ours.PutMark(ctx, login, time.Unix(0, last.Int64))
}

// apps are the logins of apps by workspace.
func (m *mautrixData) apps() map[string][]networkid.UserLoginID {
	found := map[string][]networkid.UserLoginID{}
	for _, each := range m.logins {
		if team, _, err := slackid.ParseLoginID(each.id); err == nil && each.isApp() {
			found[team] = append(found[team], each.id)
		}
	}
	return found
}

// rejoin makes one portal of those of one conversation, of which one has a room at most.
func rejoin(ctx context.Context, db *dbutil.Database, same []portal) error {
	kept := same[0]
	for _, each := range same {
		if each.room != "" {
			kept = each
		}
	}
	for _, each := range same {
		if each.key == kept.key {
			continue
		}
		if _, err := db.Exec(ctx, `UPDATE portal SET parent_receiver=$3 WHERE bridge_id='' AND parent_id=$1 AND parent_receiver=$2`, each.key.ID, each.key.Receiver, kept.key.Receiver); err != nil {
			return wrap(err, "move what is in %s", each.key)
		}
		if _, err := db.Exec(ctx, `DELETE FROM portal WHERE bridge_id='' AND id=$1 AND receiver=$2`, each.key.ID, each.key.Receiver); err != nil {
			return wrap(err, "drop the portal %s, which has no room", each.key)
		}
	}
	if kept.key.Receiver == "" {
		return nil
	}
	_, err := db.Exec(ctx, `UPDATE portal SET receiver='' WHERE bridge_id='' AND id=$1 AND receiver=$2`, kept.key.ID, kept.key.Receiver)
	return wrap(err, "make %s the portal of every login", kept.key)
}

package slackdb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/sqlstatestore"

	"ops-jrz1/bridge/internal/database/databasetest"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

// onBoth runs a test on an empty SQLite file and on an empty PostgreSQL database.
func onBoth(t *testing.T, run func(t *testing.T, parent *dbutil.Database)) {
	t.Run("SQLite", func(t *testing.T) { run(t, databasetest.Open(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		server, err := postgres.Start(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, server.Remove()) })
		uri, err := server.NewDatabase(t.Context())
		require.NoError(t, err)
		parent, err := dbutil.NewWithDialect(uri, "postgres")
		require.NoError(t, err)
		t.Cleanup(func() { _ = parent.Close() })
		run(t, parent)
	})
}

// withAll makes the tables of the framework, of its Matrix connector and of the connector.
func withAll(t *testing.T, parent *dbutil.Database) (*slackdb.DB, *sqlstatestore.SQLStateStore) {
	t.Helper()
	log := dbutil.ZeroLogger(zerolog.New(secrettest.Log(t)))
	require.NoError(t, database.New("", database.MetaTypes{}, parent).Upgrade(t.Context()))
	members := sqlstatestore.NewSQLStateStore(parent, log, false)
	require.NoError(t, members.Upgrade(t.Context()))
	db, err := slackdb.Open(t.Context(), parent, log)
	require.NoError(t, err)
	return db, members
}

// execute runs statements.
func execute(t *testing.T, db *dbutil.Database, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := db.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// aRoom is a portal with the message of a ghost and its reaction to it.
func aRoom(ghost, mxid string) []string {
	return []string{
		`INSERT INTO ghost (bridge_id, id, name, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, contact_info_set, is_bot, identifiers, metadata)
			VALUES ('', '` + ghost + `', 'Erased person', '', '', '', true, true, true, false, '[]', '{}')`,
		`INSERT INTO portal (bridge_id, id, receiver, mxid, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata)
			VALUES ('', 'T1-C` + ghost + `', '', '!` + ghost + `', '', '', '', '', '', true, true, true, false, '', '{}')`,
		`INSERT INTO message (bridge_id, id, part_id, mxid, room_id, room_receiver, sender_id, sender_mxid, timestamp, edit_count, metadata)
			VALUES ('', 'T1-C1-` + ghost + `', '', '$m` + ghost + `', 'T1-C` + ghost + `', '', '` + ghost + `', '` + mxid + `', 1, 0, '{}')`,
		`INSERT INTO reaction (bridge_id, message_id, message_part_id, sender_id, sender_mxid, emoji_id, room_id, room_receiver, mxid, timestamp, emoji, metadata)
			VALUES ('', 'T1-C1-` + ghost + `', '', '` + ghost + `', '` + mxid + `', 'tada', 'T1-C` + ghost + `', '', '$r` + ghost + `', 1, '', '{}')`,
	}
}

// TestForgettingInSlack stores something of two people in every table, and forgets one.
func TestForgettingInSlack(t *testing.T) { onBoth(t, forgettingInSlack) }

func forgettingInSlack(t *testing.T, parent *dbutil.Database) {
	db, members := withAll(t, parent)
	ctx := t.Context()
	portal := networkid.PortalKey{ID: "T1-C1"}
	execute(t, parent, aRoom("", "")[0])
	var archived []string
	for _, who := range []string{"Alice", "Bob"} {
		user, ghost := "U0"+strings.ToUpper(who), networkid.UserID("t1-u0"+strings.ToLower(who))
		mxid := id.UserID("@slack_" + string(ghost) + ":test")
		execute(t, parent, aRoom(string(ghost), mxid.String())...)
		_, err := db.PutPerson(ctx, "T1", slackdb.Person{ID: user, Team: "T1", Name: who, RealName: who, Picture: "https://pictures/" + who})
		require.NoError(t, err)
		require.NoError(t, db.PutGreeted(ctx, "T1", "UBOT", user))
		require.NoError(t, db.PutJoiners(ctx, portal, []networkid.UserID{ghost}))
		require.NoError(t, db.PutConsent(ctx, slackdb.Consent{Team: "T1", Channel: "C" + user[2:], By: user}))
		require.NoError(t, db.PutGone(ctx, "reaction T1-C1-1.000001 "+string(ghost)+" tada", time.Unix(1, 0), time.Unix(2, 0)))
		require.NoError(t, db.PutOptOutTold(ctx, string(ghost), "!r:test"))
		said := []byte(fmt.Sprintf(`{"user":"%s","text":"%s speaks"}`, user, who))
		require.NoError(t, db.Stage(ctx, 7, []slackdb.Staged{{Place: user, Kind: "message", Payload: said}}))
		require.NoError(t, db.PutOldMessages(ctx, "T1", "C1", []slackdb.OldMessage{{TS: "1.00000" + fmt.Sprint(len(who)), Payload: said}}))
		require.NoError(t, members.SetMember(ctx, "!r:test", mxid, &event.MemberEventContent{
			Membership: event.MembershipJoin, Displayname: who, AvatarURL: id.ContentURIString("mxc://test/" + who),
		}))
		archived = append(archived, user)
	}
	require.NoError(t, db.PutBackfill(ctx, "T1", slackdb.Backfill{Channel: "C1", State: []byte(`{"found":2,"authors":["` + strings.Join(archived, `","`) + `"]}`)}))
	require.NoError(t, db.PutErased(ctx, []string{"t1-u0alice"}, time.Unix(1, 0)))
	before := databasetest.Holding(t, parent, "Bob")

	for range 2 {
		require.NoError(t, db.ForgetInSlack(ctx, slackdb.ErasedInSlack{
			User: "U0ALICE", Teams: []string{"T1"}, Ghosts: []networkid.UserID{"t1-u0alice"}, MXIDs: []id.UserID{"@slack_t1-u0alice:test"},
			Said: func(payload []byte) bool { return strings.Contains(string(payload), "U0ALICE") },
		}))
	}
	require.Equal(t, []string{
		// of the framework: the ghost, and the room that this test calls after it
		"ghost.id", "message.id", "message.mxid", "message.room_id", "mx_user_profile.user_id", "portal.id", "portal.mxid", "slack_opted_out.person",
	}, without(databasetest.Holding(t, parent, "Alice"), "slack_consent.channel_id"))
	require.Empty(t, databasetest.Holding(t, parent, "mxc://test/Alice"))
	require.Empty(t, databasetest.Holding(t, parent, "Alice speaks"))
	require.Equal(t, before, databasetest.Holding(t, parent, "Bob"), "everything of the other is there")
	consents, err := db.Consents(ctx)
	require.NoError(t, err)
	require.Equal(t, []slackdb.Consent{{Team: "T1", Channel: "CALICE", By: "erased"}, {Team: "T1", Channel: "CBOB", By: "U0BOB"}}, consents, "the channels agree all the same")
	backfills, err := db.Backfills(ctx, "T1")
	require.NoError(t, err)
	require.JSONEq(t, `{"found":2,"authors":["U0BOB"]}`, string(backfills[0].State))
}

// without is a list without one of its elements.
func without(list []string, one string) (others []string) {
	for _, each := range list {
		if each != one {
			others = append(others, each)
		}
	}
	return others
}

// TestForgettingInMatrix stores something of two people in every table, and forgets one.
func TestForgettingInMatrix(t *testing.T) { onBoth(t, forgettingInMatrix) }

func forgettingInMatrix(t *testing.T, parent *dbutil.Database) {
	db, members := withAll(t, parent)
	ctx := t.Context()
	shared := id.ContentURI{Homeserver: "test", FileID: "shared"}
	for n, who := range []string{"Ann", "Ben"} {
		person := id.UserID("@" + strings.ToLower(who) + ":test")
		execute(t, parent, aRoom(fmt.Sprintf("g%d", n), person.String())...)
		execute(t, parent, `INSERT INTO "user" (bridge_id, mxid, management_room) VALUES ('', '`+person.String()+`', '!chat`+who+`')`)
		for _, picture := range []id.ContentURI{{Homeserver: "test", FileID: "old" + who}, shared} {
			require.NoError(t, db.PutFace(ctx, picture, person, time.Unix(1, 0)))
		}
		// From before it was known whose pictures they are.
		execute(t, parent, `INSERT INTO slack_face (picture, since_ms) VALUES ('mxc://test/`+who+`', 1)`)
		require.NoError(t, members.SetMember(ctx, "!r:test", person, &event.MemberEventContent{
			Membership: event.MembershipJoin, Displayname: who, AvatarURL: id.ContentURIString("mxc://test/" + who),
		}))
		require.NoError(t, db.AddReactor(ctx, slackdb.Reactor{EventID: id.EventID(fmt.Sprint("$", n)), Message: "T1-C1-1.000001", Emoji: "tada", Sender: person}))
		_, err := db.HoldDirect(ctx, networkid.PortalKey{ID: networkid.PortalID(fmt.Sprint("T1-D", n))}, person)
		require.NoError(t, err)
		require.NoError(t, db.PutMuted(ctx, id.UserID(fmt.Sprintf("@muted%d:test", n)), person))
		require.NoError(t, db.PutConsent(ctx, slackdb.Consent{Team: "T1", Channel: fmt.Sprint("C", n), By: person.String()}))
		require.NoError(t, db.PutOptOutTold(ctx, person.String(), "!r:test"))
	}
	require.NoError(t, db.PutErased(ctx, []string{"@ann:test"}, time.Unix(1, 0)))
	before := databasetest.Holding(t, parent, "Ben")

	for range 2 {
		require.NoError(t, db.ForgetInMatrix(ctx, "@ann:test"))
	}
	require.Equal(t, []string{"message.sender_mxid", "mx_user_profile.user_id", "reaction.sender_mxid", "slack_opted_out.person", "slack_reactor.sender"},
		databasetest.Holding(t, parent, "@ann:"), "the rest is by another step")
	reactors, err := db.ReactorsOf(ctx, "@ann:test")
	require.NoError(t, err)
	require.Len(t, reactors, 1)
	require.NoError(t, db.ForgetAuthor(ctx, "@ann:test"))
	require.Equal(t, []string{"mx_user_profile.user_id", "slack_opted_out.person"}, databasetest.Holding(t, parent, "Ann"))
	require.Equal(t, before, databasetest.Holding(t, parent, "Ben"), "everything of the other is there")
	for picture, want := range map[string]bool{"oldAnn": false, "Ann": false, "shared": true, "oldBen": true, "Ben": true} {
		is, err := db.IsFace(ctx, id.ContentURI{Homeserver: "test", FileID: picture})
		require.NoError(t, err)
		require.Equal(t, want, is, picture)
	}
	holder, err := db.HoldDirect(ctx, networkid.PortalKey{ID: "T1-D0"}, "@ben:test")
	require.NoError(t, err)
	require.Empty(t, holder, "no one takes it over")

	for range 2 {
		require.NoError(t, db.KeepUser(ctx, "@ann:test", ""))
	}
	execute(t, parent, `INSERT INTO user_login (bridge_id, user_mxid, id, remote_name, metadata) VALUES ('', '@ann:test', 'T1-U1', '', '{}')`)
	require.NoError(t, db.ForgetInMatrix(ctx, "@ann:test"))
	require.Contains(t, databasetest.Holding(t, parent, "@ann:test"), "user.mxid", "a login needs its owner")
}

// TestErased: who was erased has opted out, until they opt in.
func TestErased(t *testing.T) {
	db, ctx := open(t), t.Context()
	require.NoError(t, db.OptOut(ctx, "t1-u1", time.Unix(1, 0)))
	require.NoError(t, db.OptOut(ctx, "@ann:test", time.Unix(1, 0)))
	require.NoError(t, db.PutErased(ctx, []string{"@ann:test", "@ben:test"}, time.Unix(2, 0)))
	require.NoError(t, db.OptOut(ctx, "@ben:test", time.Unix(3, 0)), "they stay erased")
	out, err := db.OptedOut(ctx)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"t1-u1", "@ann:test", "@ben:test"}, out)
	erased, err := db.Erased(ctx)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"@ann:test", "@ben:test"}, erased)
	for _, want := range []bool{true, false} {
		is, err := db.IsErased(ctx, "@ben:test")
		require.NoError(t, err)
		require.Equal(t, want, is)
		require.NoError(t, db.OptIn(ctx, "@ben:test"))
	}
	erased, err = db.Erased(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"@ann:test"}, erased)
}

package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream" // the driver sqlite3-fk-wal
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/testbed"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

// TestTakeoverOfMautrix has a database become mautrix-slack's, with portals split by
// login, and takes it over: the next message, an edit, a reply and a reaction on old
// messages land in the old rooms, and what was said while no bridge ran is read.
func TestTakeoverOfMautrix(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed, general := inGeneral(t, testbed.Options{Database: database})
		alice := bed.Slack.Person("alice")
		rootTS := alice.MustPost("general", "teh root")
		root := bed.Owner.AwaitText(general, "teh root")
		alice.MustThread("general", rootTS, "an old answer")
		bed.Owner.AwaitText(general, "an old answer")
		bed.Slack.Person("bob").MustReact("general", rootTS, "tada")
		tada := bed.Owner.AwaitReaction(general, root.ID, "🎉")
		own := bed.Owner.MustSend(general, "form Matrix")
		ownPost := bed.Slack.AwaitPost("general", "form Matrix")
		bed.Bridge.MustStop()
		rooms := roomsOf(t, bed.Owner)

		becomeMautrix(t, bed)
		missed := alice.MustPost("general", "said while no bridge ran")
		printed, code := bed.Bridge.Ask("takeover", "--dry-run")
		require.Zero(t, code, printed)
		require.Contains(t, printed, "nothing was changed: this was a dry run\n")
		for range 2 {
			printed, code = bed.Bridge.Ask("takeover")
			require.Zero(t, code, printed)
			require.Regexp(t, `(?m)^ +3 messages$`, printed)
		}
		bed.Bridge.MustStart()

		t.Run("55 old rooms go on", func(t *testing.T) {
			bed.Owner.AwaitText(general, "said while no bridge ran")
			alice.MustPost("general", "the next message")
			require.Equal(t, root.Sender, bed.Owner.AwaitText(general, "the next message").Sender)
			alice.MustEdit("general", rootTS, "the root")
			bed.Owner.AwaitEdit(general, root.ID, "the root")
			alice.MustThread("general", rootTS, "a new answer")
			answer := bed.Owner.AwaitText(general, "a new answer")
			require.Equal(t, root.ID, threadOf(t, bed.Owner, general, answer.ID))
			alice.MustReact("general", rootTS, "thumbsup")
			bed.Owner.AwaitReaction(general, root.ID, "👍")
			bed.Slack.Person("bob").MustUnreact("general", rootTS, "tada")
			bed.Owner.AwaitRedacted(general, tada.ID)
			alice.MustDelete("general", missed)

			bed.Owner.MustThread(general, root.ID, "from Matrix to the old thread")
			bed.Slack.AwaitReply("general", rootTS, "from Matrix to the old thread")
			bed.Owner.MustReact(general, root.ID, "🚀")
			bed.Slack.AwaitReaction("general", rootTS, "rocket")
			bed.Owner.MustEdit(general, own, "from Matrix")
			bed.Slack.AwaitEdit("general", ownPost.TS, "from Matrix")
			require.Equal(t, rooms, roomsOf(t, bed.Owner), "no other room")
		})
	})
}

// becomeMautrix has the bridge's database hold what mautrix-slack's would, where each
// login has portals of its own: none of this bridge's tables, and of the metadata only
// mautrix-slack's keys.
func becomeMautrix(t *testing.T, bed *testbed.Bed) {
	t.Helper()
	statements := []string{
		`UPDATE portal SET metadata='{"edit_max_age":null,"allow_delete":true}', relay_bridge_id=NULL, relay_login_id=NULL`,
		`UPDATE portal SET receiver='T0BED00001-U0BRIDGE01' WHERE receiver=''`,
		`INSERT INTO kv_store (bridge_id, key, value) VALUES ('', 'split_portals_enabled', 'true')`,
		`UPDATE ghost SET metadata='{"last_sync":1761506843}'`, `UPDATE message SET metadata='{}'`,
		`UPDATE user_login SET metadata='{"token":"` + "xoxb-" + `of-before","app_token":"` + "xapp-" + `of-before"}'`,
		`INSERT INTO user_login (bridge_id, user_mxid, id, remote_name, metadata)
			SELECT bridge_id, user_mxid, 'T0BED00001-U0ALICE001', 'alice', '{"token":"","cookie_token":""}' FROM user_login`, // expired
		`CREATE TABLE emoji (team_id TEXT, emoji_id TEXT, value TEXT, alias TEXT, image_mxc TEXT)`,
	}
	config, problems := settings.Read(filepath.Join(bed.Dir, "bridge", "config.yaml"))
	require.NoError(t, problems.Err())
	for _, table := range ownTables(t, config.Database.Type, config.Database.URI) {
		statements = append(statements, "DROP TABLE "+table)
	}
	execute(t, config.Database.Type, config.Database.URI, append(statements, `CREATE TABLE slack_version (version INTEGER, compat INTEGER)`)...)
}

// ownTables are the bridge's tables that no framework has made.
func ownTables(t *testing.T, kind, uri string) []string {
	t.Helper()
	db, err := dbutil.NewWithDialect(uri, kind)
	require.NoError(t, err)
	db.Log = dbutil.NoopLogger
	query := `SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'slack\_%' ESCAPE '\'`
	if kind == "postgres" {
		query = `SELECT tablename FROM pg_tables WHERE schemaname='public' AND tablename LIKE 'slack\_%'`
	}
	rows, err := db.Query(t.Context(), query)
	names, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	require.NoError(t, err)
	require.NotEmpty(t, names)
	require.NoError(t, db.Close())
	return names
}

// execute runs statements in a database.
func execute(t *testing.T, kind, uri string, statements ...string) {
	t.Helper()
	db, err := dbutil.NewWithDialect(uri, kind)
	require.NoError(t, err)
	db.Log = dbutil.NoopLogger
	require.NoError(t, db.DoTxn(t.Context(), nil, func(ctx context.Context) error {
		for _, statement := range statements {
			if _, err := db.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	}))
	require.NoError(t, db.Close())
}

// roomsOf counts the rooms that a person is in or invited to.
func roomsOf(t *testing.T, person *testbed.Person) int {
	t.Helper()
	sync, err := person.Client.FullSyncRequest(t.Context(), mautrix.ReqSync{})
	require.NoError(t, err)
	return len(sync.Rooms.Join) + len(sync.Rooms.Invite)
}

// threadOf is the event that begins the thread of another.
func threadOf(t *testing.T, person *testbed.Person, room id.RoomID, of id.EventID) id.EventID {
	t.Helper()
	relation := contentOf(t, person, room, of).RelatesTo
	require.NotNil(t, relation)
	return relation.GetThreadParent()
}

func contentOf(t *testing.T, person *testbed.Person, room id.RoomID, of id.EventID) *event.MessageEventContent {
	t.Helper()
	evt, err := person.Client.GetEvent(t.Context(), room, of)
	require.NoError(t, err)
	require.NoError(t, evt.Content.ParseRaw(evt.Type))
	return evt.Content.AsMessage()
}

// oldRegistration is matrix-appservice-slack's.
const oldRegistration = `
id: oldslack
url: null
as_token: old-as-token-of-this-test
hs_token: old-hs-token-of-this-test
sender_localpart: oldslackbot
rate_limited: false
namespaces:
  users: [{regex: '@oldslack_.*', exclusive: true}]
`

// oldBridge acts as the users of matrix-appservice-slack.
type oldBridge struct {
	t   *testing.T
	bed *testbed.Bed
}

// user is one of them, with an account.
func (o oldBridge) user(localpart string) *mautrix.Client {
	o.t.Helper()
	user := id.NewUserID(localpart, testbed.ServerName)
	client, err := mautrix.NewClient(o.bed.Owner.Client.HomeserverURL.String(), user, "old-as-token-of-this-test")
	require.NoError(o.t, err)
	client.SetAppServiceUserID = true
	_, err = client.MakeRequest(o.t.Context(), "POST", client.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "register"}, nil),
		map[string]any{"type": "m.login.application_service", "username": localpart, "inhibit_login": true}, nil)
	if err != nil {
		require.ErrorIs(o.t, err, mautrix.MUserInUse)
	}
	return client
}

// enter has a user join a room that it is invited to.
func (o oldBridge) enter(user *mautrix.Client, room id.RoomID) {
	o.t.Helper()
	o.bed.Owner.MustInvite(room, user.UserID)
	_, err := user.JoinRoomByID(o.t.Context(), room)
	require.NoError(o.t, err)
}

func (o oldBridge) say(user *mautrix.Client, room id.RoomID, kind event.Type, content any) id.EventID {
	o.t.Helper()
	sent, err := user.SendMessageEvent(o.t.Context(), room, kind, content)
	require.NoError(o.t, err)
	return sent.EventID
}

func text(body string) *event.MessageEventContent {
	return &event.MessageEventContent{MsgType: event.MsgText, Body: body}
}

// TestTakeoverOfAppservice takes over a room of matrix-appservice-slack's: what its users
// said stays, they leave, the new ghosts come in, and the next message, an edit, a reply
// and a reaction on old messages land there. What people made of the room stays, and they
// stay in it when it is unlinked.
func TestTakeoverOfAppservice(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed := testbed.Start(t, testbed.Options{Database: database, Stopped: true, OtherRegistration: oldRegistration})
		old := oldBridge{t, bed}
		bot, oldAlice, oldCleo := old.user("oldslackbot"), old.user("oldslack_acme_U0ALICE001"), old.user("oldslack_acme_U0CLEO0001")
		created, err := bed.Owner.Client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Preset: "private_chat", Name: "Our general talk", Topic: "ours"})
		require.NoError(t, err)
		room := created.RoomID
		for _, user := range []*mautrix.Client{bot, oldAlice, oldCleo} {
			old.enter(user, room)
		}
		alice := bed.Slack.Person("alice")
		rootTS := alice.MustPost("general", "teh root")
		root := old.say(oldAlice, room, event.EventMessage, text("teh root"))
		answerTS := alice.MustThread("general", rootTS, "an old answer")
		answer := old.say(oldAlice, room, event.EventMessage, text("an old answer"))
		bed.Slack.Person("cleo").MustReact("general", rootTS, "tada")
		tada := old.say(oldCleo, room, event.EventReaction, &event.ReactionEventContent{RelatesTo: *(&event.RelatesTo{}).SetAnnotation(root, "🎉")})
		edited := old.say(oldAlice, room, event.EventMessage, text("(edited) teh => the old"))
		own := bed.Owner.MustSend(room, "form Matrix")
		amended := bed.Owner.MustEdit(room, own, "from Matrix")
		ownTS := bed.Slack.Person("bob").MustPost("general", "from Matrix") // the old bridge's app did
		from := appserviceDatabase(t, bed,
			fmt.Sprintf(`INSERT INTO rooms VALUES ('INTEG-1', '%s', 'C0GENERAL1', '{"slack_team_id":"T0BED00001","slack_type":"channel","id":"C0GENERAL1","name":"general"}')`, room),
			fmt.Sprintf(`INSERT INTO users VALUES ('%s', true, '{"slack_id":"U0ALICE001","team_id":"T0BED00001"}'), ('%s', true, '{"slack_id":"U0CLEO0001","team_id":"T0BED00001"}')`, oldAlice.UserID, oldCleo.UserID),
			fmt.Sprintf(`INSERT INTO events VALUES ('%s', '%s', 'C0GENERAL1', '%s', '{"slackThreadMessages":["%s"]}'), ('%[1]s', '%[5]s', 'C0GENERAL1', '%[4]s', '{}')`, room, root, rootTS, answerTS, answer),
			// An edit made in Slack and a reaction have a ts of their own, an edit made in Matrix has its message's.
			fmt.Sprintf(`INSERT INTO events VALUES ('%s', '%s', 'C0GENERAL1', '%s', '{}'), ('%[1]s', '%[4]s', 'C0GENERAL1', '%s', '{}')`, room, edited, eventTS(t, answerTS, 10), tada, eventTS(t, answerTS, 20)),
			fmt.Sprintf(`INSERT INTO events VALUES ('%s', '%s', 'C0GENERAL1', '%s', '{}'), ('%[1]s', '%[4]s', 'C0GENERAL1', '%[3]s', '{}')`, room, amended, ownTS, own),
			fmt.Sprintf(`INSERT INTO reactions VALUES ('%s', '%s', 'C0GENERAL1', '%s', 'U0CLEO0001', 'tada')`, room, tada, rootTS),
		)
		args := []string{"takeover", "--from", from, "--registration", filepath.Join(bed.Dir, "other-registration.yaml")}
		printed, code := bed.Bridge.Ask(append(args, "--dry-run")...)
		require.Zero(t, code, printed)
		require.Regexp(t, `(?m)^ +1 thread\n +1 answer in a thread$`, printed)
		require.Contains(t, members(t, bed.Owner, room), oldAlice.UserID, "a dry run changes nothing")
		for range 2 {
			printed, code = bed.Bridge.Ask(args...)
			require.Zero(t, code, printed)
		}
		require.ElementsMatch(t, []id.UserID{bed.Owner.UserID, testbed.BotID}, members(t, bed.Owner, room))
		empower(t, bed.Owner, room, testbed.BotID) // it could change everything
		before := state(t, bed.Owner, room)
		bed.Bridge.MustStart()

		t.Run("55 old rooms go on", func(t *testing.T) {
			bed.Owner.AwaitMember(room, bed.Slack.Person("cleo").GhostID())
			alice.MustPost("general", "the next message")
			require.Equal(t, alice.GhostID(), bed.Owner.AwaitText(room, "the next message").Sender)
			alice.MustEdit("general", rootTS, "the root")
			answering := bed.Owner.AwaitText(room, "the root")
			require.Equal(t, root, contentOf(t, bed.Owner, room, answering.ID).RelatesTo.GetReplyTo(), "an edit of what another user has sent answers it")
			alice.MustEdit("general", rootTS, "the very root")
			bed.Owner.AwaitEdit(room, answering.ID, "the very root")
			alice.MustThread("general", rootTS, "a new answer")
			require.Equal(t, root, threadOf(t, bed.Owner, room, bed.Owner.AwaitText(room, "a new answer").ID))
			alice.MustReact("general", rootTS, "thumbsup")
			bed.Owner.AwaitReaction(room, root, "👍")
			alice.MustReact("general", ownTS, "thumbsup")
			bed.Owner.AwaitReaction(room, own, "👍")

			bed.Owner.MustThread(room, root, "from Matrix to the old thread")
			bed.Slack.AwaitReply("general", rootTS, "from Matrix to the old thread")
			bed.Owner.MustReply(room, answer, "from Matrix to the old answer")
			bed.Slack.AwaitReply("general", rootTS, "from Matrix to the old answer")
			bed.Owner.MustReact(room, root, "🚀")
			bed.Slack.AwaitReaction("general", rootTS, "rocket")
			bed.Owner.MustSend(room, "the next from Matrix")
			bed.Slack.AwaitPost("general", "the next from Matrix")

			bed.Bridge.MustStop()
			alice.MustPost("general", "said meanwhile")
			bed.Bridge.MustStart()
			bed.Owner.AwaitText(room, "said meanwhile")
			alice.MustPost("general", "said after that")
			bed.Owner.AwaitText(room, "said after that")
			for name, evt := range map[string]id.EventID{"root": root, "answer": answer, "reaction": tada, "edit in Slack": edited, "message from Matrix": own, "edit in Matrix": amended} {
				require.False(t, isRedacted(t, bed.Owner, room, evt), "Slack's history shows no %s, which it never did", name)
			}

			alice.MustRename("general", "renamed")
			alice.MustSetTopic("renamed", "another topic")
			alice.MustPost("renamed", "after that")
			bed.Owner.AwaitText(room, "after that")
			alice.MustDelete("renamed", answerTS)
			bed.Owner.AwaitRedacted(room, answer)
			bed.Slack.Person("cleo").MustUnreact("renamed", rootTS, "tada")
			bed.Owner.AwaitRedacted(room, tada)
			require.Equal(t, before, state(t, bed.Owner, room), "the room is people's")

			bed.Owner.MustSend(room, "!slack delete-portal")
			bed.Await("the bridge's users to leave", func() bool { return len(members(t, bed.Owner, room)) == 1 })
		})
	})
}

// appserviceDatabase is the address of a database of matrix-appservice-slack's.
func appserviceDatabase(t *testing.T, bed *testbed.Bed, rows ...string) string {
	t.Helper()
	server := bed.Postgres
	if server == nil {
		server = postgres.New(t)
	}
	from, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	tables, err := os.ReadFile("../internal/takeover/testdata/appservice.sql")
	require.NoError(t, err)
	execute(t, "postgres", from, append([]string{string(tables)}, rows...)...)
	return from
}

// eventTS is the ts of an event that is some microseconds after a message.
func eventTS(t *testing.T, ts string, later int) string {
	t.Helper()
	micros, err := strconv.Atoi(strings.Replace(ts, ".", "", 1))
	require.NoError(t, err)
	return fmt.Sprintf("%d.%06d", (micros+later)/1e6, (micros+later)%1e6)
}

func isRedacted(t *testing.T, person *testbed.Person, room id.RoomID, of id.EventID) bool {
	t.Helper()
	evt, err := person.Client.GetEvent(t.Context(), room, of)
	require.NoError(t, err)
	return evt.Unsigned.RedactedBecause != nil
}

func members(t *testing.T, person *testbed.Person, room id.RoomID) []id.UserID {
	t.Helper()
	answer, err := person.Client.JoinedMembers(t.Context(), room)
	require.NoError(t, err)
	var users []id.UserID
	for user := range answer.Joined {
		users = append(users, user)
	}
	return users
}

// empower gives a user the power to do everything in a room.
func empower(t *testing.T, person *testbed.Person, room id.RoomID, user id.UserID) {
	t.Helper()
	var levels event.PowerLevelsEventContent
	require.NoError(t, person.Client.StateEvent(t.Context(), room, event.StatePowerLevels, "", &levels))
	levels.SetUserLevel(user, 100)
	_, err := person.Client.SendStateEvent(t.Context(), room, event.StatePowerLevels, "", &levels)
	require.NoError(t, err)
}

// state is what people have made of a room: all of its state but members, and what the
// bridge says of itself.
func state(t *testing.T, person *testbed.Person, room id.RoomID) map[string]string {
	t.Helper()
	all, err := person.Client.State(t.Context(), room)
	require.NoError(t, err)
	found := map[string]string{}
	for kind, events := range all {
		for key, evt := range events {
			if strings.HasPrefix(kind.Type, "m.room.") && kind != event.StateMember {
				found[kind.Type+" "+key] = evt.ID.String()
			}
		}
	}
	return found
}

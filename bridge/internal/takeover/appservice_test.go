package takeover_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/takeover"
)

// appserviceTables are those of matrix-appservice-slack at their last version.
const appserviceTables = `
	CREATE TABLE schema (version INTEGER UNIQUE NOT NULL);
	INSERT INTO schema VALUES (16);
	CREATE TABLE rooms (id TEXT UNIQUE PRIMARY KEY, roomid TEXT NOT NULL, remoteid TEXT NOT NULL, json JSON);
	CREATE TABLE users (userid TEXT UNIQUE, isremote BOOLEAN NOT NULL, json JSON);
	CREATE TABLE events (roomid TEXT NOT NULL, eventid TEXT NOT NULL, slackchannel TEXT NOT NULL, slackts TEXT NOT NULL, extras JSON);
	CREATE TABLE reactions (room_id TEXT NOT NULL, event_id TEXT NOT NULL, slack_channel_id TEXT NOT NULL, slack_message_ts TEXT NOT NULL, slack_user_id TEXT NOT NULL, reaction TEXT NOT NULL);
	CREATE TABLE teams (id TEXT UNIQUE NOT NULL, name TEXT, token TEXT, bot_id TEXT, status TEXT, domain TEXT, scopes TEXT, user_id TEXT);
	CREATE TABLE puppets (slackuser TEXT, slackteam TEXT, matrixuser TEXT, token TEXT);
	CREATE TABLE linked_accounts (user_id TEXT, slack_id TEXT, team_id TEXT, access_token TEXT)`

const appserviceRows = `
	INSERT INTO teams VALUES ('T0ACME0001', 'Acme', 'xoxp-fake', 'B0OLD', 'ok', 'acme', '', 'U0OLD00001');
	INSERT INTO puppets VALUES ('U0ALICE001', 'T0ACME0001', '@ada:engines.test', 'xoxp-fake');
	INSERT INTO rooms VALUES
		('INTEG-1', '!general:engines.test', 'C0GENERAL1', '{"slack_team_id":"T0ACME0001","slack_type":"channel","id":"C0GENERAL1","name":"general","slack_private":false}'),
		('INTEG-2', '!secret:engines.test', 'C0SECRET01', '{"slack_team_id":"T0ACME0001","slack_type":"group","id":"C0SECRET01","name":"secret","slack_private":true}'),
		('INTEG-3', '!direct:engines.test', 'D0ALICE001', '{"slack_team_id":"T0ACME0001","slack_type":"im","id":"D0ALICE001","puppet_owner":"@ada:engines.test"}'),
		('INTEG-4', '!hook:engines.test', 'abcdef', '{"webhook_uri":"https://hooks.slack.com/services/T0/B0/x"}');
	INSERT INTO users VALUES
		('@oldslack_acme_U0ALICE001:engines.test', true, '{"slack_id":"U0ALICE001","team_id":"T0ACME0001","display_name":"Alice"}'),
		('@ada:engines.test', false, '{}');
	INSERT INTO events VALUES
		('!general:engines.test', '$root', 'C0GENERAL1', '1761506843.000100', '{"slackThreadMessages":["$answer","$second"]}'),
		('!general:engines.test', '$answer', 'C0GENERAL1', '1761506900.000200', '{}'),
		('!general:engines.test', '$second', 'C0GENERAL1', '1761506901.000200', NULL),
		('!general:engines.test', '$text', 'C0GENERAL1', '1761507000.000300', '{}'),
		('!general:engines.test', '$withfile', 'C0GENERAL1', '1761507000.000300', '{}'),
		('!general:engines.test', '$odd', 'C0GENERAL1', 'yesterday', '{}'),
		('!secret:engines.test', '$secret', 'C0SECRET01', '1761507100.000400', '{}'),
		('!gone:engines.test', '$gone', 'C0GONE0001', '1761507200.000500', '{}');
	INSERT INTO reactions VALUES
		('!general:engines.test', '$tada', 'C0GENERAL1', '1761506843.000100', 'U0ALICE001', 'tada'),
		('!general:engines.test', '$gopher', 'C0GENERAL1', '1761506843.000100', 'U0ALICE001', 'gopher'),
		('!general:engines.test', '$lost', 'C0GENERAL1', '1500000000.000000', 'U0ALICE001', 'tada')`

// appserviceRegistration is the old bridge's.
const appserviceRegistration = `
id: oldslack
as_token: old-as
hs_token: old-hs
sender_localpart: oldslackbot
namespaces:
  users: [{regex: '@oldslack_.*', exclusive: true}]
`

// source is an address of matrix-appservice-slack's database.
func source(t *testing.T, statements ...string) string {
	t.Helper()
	from := postgresql(t)
	db, err := dbutil.NewWithDialect(from, "postgres")
	require.NoError(t, err)
	db.Log = dbutil.NoopLogger
	for _, each := range statements {
		run(t, db, each)
	}
	require.NoError(t, db.Close())
	return from
}

func TestAppservice(t *testing.T) {
	on(t, func(t *testing.T, configure func(...string) *settings.Config) {
		config, from := configure(), source(t, appserviceTables, appserviceRows)
		options := takeover.Options{Config: config, DryRun: true}
		report, err := takeover.Appservice(t.Context(), options, from)
		require.NoError(t, err)
		require.Empty(t, report.Refused)
		require.Equal(t, map[string]int{
			"rooms, which become plumbed rooms": 2, "messages": 5, "thread": 1, "answers in threads": 2, "reactions": 2,
		}, carried(report))
		text := report.String()
		for _, want := range []string{
			"#D0ALICE001 (!direct:engines.test): it is a person's direct conversation",
			"!hook:engines.test: it is linked by a webhook only",
			"1 event without a place in the room's channel",
			"1 token of classic Slack apps", "1 token of people's own Slack accounts",
			"invite @slackbot:engines.test into the rooms", "#general, #secret", "this was a dry run",
		} {
			require.Contains(t, text, want)
		}
		if config.Database.Type != "postgres" {
			require.NoFileExists(t, databaseFile(config), "a dry run makes no database")
		}

		options.DryRun = false
		_, err = takeover.Appservice(t.Context(), options, from)
		require.NoError(t, err)
		rows := contents(t, config, "portal", "message", "reaction")
		require.Contains(t, rows, "id=T0ACME0001-C0GENERAL1 receiver= mxid=!general:engines.test")
		require.Equal(t, 2, strings.Count(rows, `metadata={"plumbed":true}`)+strings.Count(rows, `metadata={"plumbed": true}`))
		messages := contents(t, config, "message")
		require.Equal(t, 5, strings.Count(messages, "\n"), "six events of five messages: %s", messages)
		require.Regexp(t, `id=T0ACME0001-C0GENERAL1-1761506900.000200 part_id= mxid=\$answer .* thread_root_id=T0ACME0001-C0GENERAL1-1761506843.000100 `, messages)
		require.Regexp(t, `id=T0ACME0001-C0GENERAL1-1761507000.000300 part_id= mxid=\$text `, messages)
		require.Regexp(t, `id=T0ACME0001-C0GENERAL1-1761507000.000300 part_id=old-1 mxid=\$withfile `, messages)
		require.Regexp(t, `sender_id=t0acme0001-u0alice001 .*emoji_id=tada .*mxid=\$tada .*emoji=🎉`, contents(t, config, "reaction"))
		require.Regexp(t, `emoji_id=gopher .*emoji=:gopher:`, contents(t, config, "reaction"))

		again, err := takeover.Appservice(t.Context(), options, from)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"rooms were taken over before": 2}, carried(again))
		require.Equal(t, rows, contents(t, config, "portal", "message", "reaction"))
	})
}

// databaseFile is the file of an SQLite configuration.
func databaseFile(config *settings.Config) string {
	path, _, _ := strings.Cut(strings.TrimPrefix(config.Database.URI, "file:"), "?")
	return path
}

func TestAppserviceRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		sql, bridge, registration, want string
	}{
		"a channel with two rooms": {
			sql:  `INSERT INTO rooms VALUES ('INTEG-9', '!other:engines.test', 'C0GENERAL1', '{"slack_team_id":"T0ACME0001","slack_type":"channel","id":"C0GENERAL1","name":"general"}')`,
			want: `^#general \(!other:engines.test\): its channel has the room !general:engines.test already`,
		},
		"a room with two channels": {
			sql:  `INSERT INTO rooms VALUES ('INTEG-9', '!general:engines.test', 'C0OTHER001', '{"slack_team_id":"T0ACME0001","slack_type":"channel","id":"C0OTHER001","name":"other"}')`,
			want: `^#other \(!general:engines.test\): its room is that of T0ACME0001-C0GENERAL1 already`,
		},
		"a channel that this bridge has a room for": {
			bridge: `INSERT INTO portal (bridge_id, id, receiver, mxid, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata) VALUES ('', 'T0ACME0001-C0GENERAL1', '', '!ours:engines.test', '', '', '', '', '', false, false, false, false, '', '{}')`,
			want:   `^#general \(!general:engines.test\): its channel has the room !ours:engines.test already`,
		},
		"a registration that is not the old bridge's": {
			registration: registration,
			want:         `^--registration does not have @oldslack_acme_U0ALICE001:engines.test`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := sqlite(t, filepath.Join(t.TempDir(), "bridge.db"))
			within(t, config, func(_ context.Context, db *dbutil.Database) { run(t, db, tc.bridge) })
			before := contents(t, config, framework()...)
			options := takeover.Options{Config: config}
			if tc.registration != "" {
				options.Registration = file(t, strings.Replace(tc.registration, "0123456789abcdef-as", "another", 1))
			}
			report, err := takeover.Appservice(t.Context(), options, source(t, appserviceTables, appserviceRows, tc.sql))
			require.NoError(t, err)
			require.Len(t, report.Refused, 1)
			require.Regexp(t, tc.want, report.Refused[0])
			require.Equal(t, before, contents(t, config, framework()...))
		})
	}
}

func TestAppserviceIsNotReadable(t *testing.T) {
	config := sqlite(t, filepath.Join(t.TempDir(), "bridge.db"))
	for name, tc := range map[string]struct {
		from string
		code exit.Code
		want string
	}{
		"NeDB's files":       {"/var/lib/matrix-appservice-slack", exit.Usage, "NeDB"},
		"another database":   {source(t), exit.Data, "is not matrix-appservice-slack's"},
		"an older version":   {source(t, appserviceTables, `UPDATE schema SET version=12`), exit.Data, "have the version 12, this program reads 16"},
		"no server":          {"postgresql://ann:geheim123@127.0.0.1:1/x", exit.Unavailable, "cannot read matrix-appservice-slack's database"},
		"tables are missing": {source(t, appserviceTables, `DROP TABLE events`), exit.Unavailable, "cannot read matrix-appservice-slack's database"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := takeover.Appservice(t.Context(), takeover.Options{Config: config}, tc.from)
			require.Equal(t, tc.code, exit.Of(err), err)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "geheim123")
			require.NoFileExists(t, databaseFile(config))
		})
	}
}

// TestAppserviceWithItsRegistration: the homeserver has to take both bridges' tokens before
// anything is written.
func TestAppserviceWithItsRegistration(t *testing.T) {
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer old-as" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"errcode":"M_UNKNOWN_TOKEN","error":"Unrecognised access token"}`))
			return
		}
		_, _ = w.Write([]byte(`{"user_id":"@slackbot:engines.test"}`))
	}))
	t.Cleanup(home.Close)
	config := sqlite(t, filepath.Join(t.TempDir(), "bridge.db"), "homeserver: {", "homeserver: {address: \""+home.URL+"\", ")
	from := source(t, appserviceTables, appserviceRows)
	options := takeover.Options{Config: config, Registration: file(t, appserviceRegistration), DryRun: true}
	report, err := takeover.Appservice(t.Context(), options, from)
	require.NoError(t, err)
	require.Empty(t, report.Refused)
	require.Equal(t, []string{"@slackbot:engines.test enters the rooms, and the old bridge's users leave them: 1 and its bot"}, report.Changes)

	options.DryRun = false
	_, err = takeover.Appservice(t.Context(), options, from)
	require.Equal(t, exit.Unavailable, exit.Of(err))
	require.ErrorContains(t, err, "does not take the as_token of the old bridge")
	require.NotContains(t, err.Error(), "old-as")
	require.NoFileExists(t, databaseFile(config))
}

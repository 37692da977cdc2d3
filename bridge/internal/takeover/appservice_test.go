package takeover_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/takeover"
)

// appserviceTables are those of matrix-appservice-slack at their last version.
//
//go:embed testdata/appservice.sql
var appserviceTables string

// appserviceRows are what its source writes there. It notes the reactions of people in Slack in
// events too, with a ts of their own, and keeps those rows when they are withdrawn
// (SlackGhost.sendReaction); edits made in Slack with the ts of the edit's event, and edits made
// in Matrix with the ts of the message (BridgedRoom.handleSlackMessage, onMatrixEdit). Files come
// before the text of their message. The answers of a thread are noted by their ts.
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
		('!general:engines.test', '$root', 'C0GENERAL1', '1761506843.000100', '{"slackThreadMessages":["1761506900.000200","1761506901.000200"]}'),
		('!general:engines.test', '$answer', 'C0GENERAL1', '1761506900.000200', '{}'),
		('!general:engines.test', '$second', 'C0GENERAL1', '1761506901.000200', '{}'),
		('!general:engines.test', '$withfile', 'C0GENERAL1', '1761507000.000300', '{}'),
		('!general:engines.test', '$text', 'C0GENERAL1', '1761507000.000300', '{}'),
		('!general:engines.test', '$matrix', 'C0GENERAL1', '1761507010.000300', '{}'),
		('!general:engines.test', '$amended', 'C0GENERAL1', '1761507010.000300', '{}'),
		('!general:engines.test', '$slackedit', 'C0GENERAL1', '1761507020.000900', '{}'),
		('!general:engines.test', '$tada', 'C0GENERAL1', '1761507030.000900', '{}'),
		('!general:engines.test', '$withdrawn', 'C0GENERAL1', '1761507031.000900', '{}'),
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
			"rooms, which become plumbed rooms": 2, "messages": 8, "thread": 1, "answers in threads": 2, "reactions": 2,
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
		require.Equal(t, 9, strings.Count(messages, "\n"), "ten events: %s", messages)
		require.Equal(t, 10, strings.Count(strings.ReplaceAll(messages, ": ", ":"), `"taken_over":true`), "any of them may be no message in Slack")
		require.NotContains(t, messages, "$tada", "a reaction is no message")
		require.Regexp(t, `id=T0ACME0001-C0GENERAL1-1761506900.000200 part_id= mxid=\$answer .* thread_root_id=T0ACME0001-C0GENERAL1-1761506843.000100 `, messages)
		require.Equal(t, 2, strings.Count(messages, "thread_root_id=T0ACME0001-C0GENERAL1-1761506843.000100 "), messages)
		require.Regexp(t, `id=T0ACME0001-C0GENERAL1-1761507000.000300 part_id= mxid=\$withfile `, messages)
		require.Regexp(t, `id=T0ACME0001-C0GENERAL1-1761507000.000300 part_id=old-1 mxid=\$text `, messages)
		require.Regexp(t, `id=T0ACME0001-C0GENERAL1-1761507010.000300 part_id= mxid=\$matrix `, messages)
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

// homeserver answers as one that takes both bridges' tokens. edits are the events that
// replace another's content; every other one is a message.
func homeserver(t *testing.T, edits ...string) (address string) {
	mux := http.NewServeMux()
	reply := func(pattern, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
	}
	reply("POST /_matrix/client/v3/register", `{"user_id":"@slackbot:engines.test"}`)
	reply("GET /_matrix/client/v3/account/whoami", `{"user_id":"@slackbot:engines.test"}`)
	reply("POST /_matrix/client/v3/join/{room}", `{"room_id":"!general:engines.test"}`)
	reply("POST /_matrix/client/v3/rooms/{room}/leave", `{}`)
	reply("GET /_matrix/client/v3/rooms/{room}/joined_members", `{"joined":{}}`)
	mux.HandleFunc("GET /_matrix/client/v3/rooms/{room}/event/{event}", func(w http.ResponseWriter, r *http.Request) {
		evt := map[string]any{"type": "m.room.message", "event_id": r.PathValue("event"), "content": map[string]any{"msgtype": "m.text", "body": "said"}}
		if slices.Contains(edits, r.PathValue("event")) {
			evt["content"] = map[string]any{
				"msgtype": "m.text", "body": "* said", "m.new_content": map[string]any{"msgtype": "m.text", "body": "said"},
				"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": "$other"},
			}
		}
		assert.Equal(t, "Bearer old-as", r.Header.Get("Authorization"), "the old bot is in the room")
		assert.NoError(t, json.NewEncoder(w).Encode(evt))
	})
	home := httptest.NewServer(mux)
	t.Cleanup(home.Close)
	return home.URL
}

// TestAppserviceLeavesOutEdits: an edit that was made in Matrix is no part of its message. The
// homeserver knows it from a file, also where only edits are left of a message.
func TestAppserviceLeavesOutEdits(t *testing.T) {
	home := homeserver(t, "$amended", "$again", "$deleted", "$deletedtoo")
	config := sqlite(t, filepath.Join(t.TempDir(), "bridge.db"), "homeserver: {", "homeserver: {address: \""+home+"\", ")
	from := source(t, appserviceTables, appserviceRows, `
		DELETE FROM events WHERE eventid='$matrix';
		INSERT INTO events VALUES
			('!general:engines.test', '$again', 'C0GENERAL1', '1761507010.000300', '{}'),
			('!general:engines.test', '$matrix', 'C0GENERAL1', '1761507010.000300', '{}'),
			('!general:engines.test', '$deleted', 'C0GENERAL1', '1761507040.000300', '{}'),
			('!general:engines.test', '$deletedtoo', 'C0GENERAL1', '1761507040.000300', '{}');
		INSERT INTO reactions VALUES ('!general:engines.test', '$late', 'C0GENERAL1', '1761507040.000300', 'U0ALICE001', 'tada')`)
	report, err := takeover.Appservice(t.Context(), takeover.Options{Config: config, Registration: file(t, appserviceRegistration)}, from)
	require.NoError(t, err)
	require.Equal(t, 8, carried(report)["messages"])
	messages := contents(t, config, "message")
	require.Equal(t, 8, strings.Count(messages, "\n"), "nine events: %s", messages)
	require.Regexp(t, `-1761507010.000300 part_id= mxid=\$matrix `, messages)
	require.Regexp(t, `-1761507000.000300 part_id=old-1 mxid=\$text `, messages)
	require.NotRegexp(t, `\$amended|\$again|\$deleted`, messages)
	require.NotContains(t, contents(t, config, "reaction"), "$late")
}

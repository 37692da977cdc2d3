package takeover_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/crypto"
	_ "maunium.net/go/mautrix/crypto/olm"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/takeover"
)

func TestMautrix(t *testing.T) {
	on(t, func(t *testing.T, configure func(...string) *settings.Config) {
		config := configure()
		fill(t, config, usual)
		before := contents(t, config, framework()...)
		options := takeover.Options{Config: config, Registration: file(t, registration), DryRun: true}

		report, err := takeover.Mautrix(t.Context(), options)
		require.NoError(t, err)
		require.Empty(t, report.Refused)
		require.Equal(t, map[string]int{
			"login of an app": 1, "space of a workspace": 1, "rooms": 2, "people": 2, "messages": 2, "thread": 1,
			"answer in a thread": 1, "reaction": 1,
		}, carried(report))
		require.Len(t, report.Left, 1)
		require.Contains(t, report.Left[0], "TSW76H2Q0-U024BE7LH of @ada:engines.test")
		require.Equal(t, before, contents(t, config, framework()...), "a dry run changes nothing")
		require.False(t, has(t, config, "slack_mark"), "a dry run makes no table")

		options.DryRun = false
		for range 2 {
			report, err = takeover.Mautrix(t.Context(), options)
			require.NoError(t, err)
			require.Empty(t, report.Refused)
		}
		after := contents(t, config, framework()...)
		require.Equal(t, strings.Count(before, "\n"), strings.Count(after, "\n"), "no row is more or less")
		require.Equal(t, 2, strings.Count(after, "relay_login_id=TSW76H2Q0-UBOT00001"), "the app speaks in the space and the channel")
		require.Contains(t, contents(t, config, "slack_mark"), "stored_ms=1761506900000", "what was said since is read")
		require.Contains(t, contents(t, config, "emoji"), "gopher")
	})
}

// TestMautrixLogins: mautrix-slack keeps the login of a person, or of an app, that Slack does
// not take any more, without its token. Only an app's speaks in the rooms and reads what was
// said meanwhile.
func TestMautrixLogins(t *testing.T) {
	const app, person = `UPDATE user_login SET metadata='%s' WHERE id='TSW76H2Q0-UBOT00001'`, `UPDATE user_login SET metadata='%s' WHERE id='TSW76H2Q0-U024BE7LH'`
	expired := fmt.Sprintf(person, `{"email":"ada@engines.test","token":"","cookie_token":""}`)
	for name, tc := range map[string]struct {
		sql  string
		apps int
	}{
		"a person's has expired":                 {expired, 1},
		"a person's has expired, without an app": {expired + ";\n" + `DELETE FROM user_login WHERE id='TSW76H2Q0-UBOT00001'`, 0},
		"a person's holds no key":                {fmt.Sprintf(person, `{}`), 1},
		"an app's has expired":                   {fmt.Sprintf(app, `{"token":"","app_token":"xapp-fake"}`), 1},
		"an app's is declared since":             {fmt.Sprintf(app, `{"declared_by":"/run/secrets/bot"}`), 1},
		"each app's reads what was missed":       {fmt.Sprintf(person, `{"token":"xoxb-other","app_token":"xapp-other"}`), 2},
	} {
		t.Run(name, func(t *testing.T) {
			config := sqlite(t, filepath.Join(t.TempDir(), "bridge.db"))
			fill(t, config, usual, tc.sql)
			report, err := takeover.Mautrix(t.Context(), takeover.Options{Config: config})
			require.NoError(t, err)
			require.Empty(t, report.Refused)
			found := carried(report)
			require.Equal(t, tc.apps, found["login of an app"]+found["logins of apps"])
			portals, marks := contents(t, config, "portal"), contents(t, config, "slack_mark")
			require.NotContains(t, portals, "relay_login_id=TSW76H2Q0-U024BE7LH")
			speaks := 0 // where several could, none does
			if tc.apps == 1 {
				speaks = 2
				require.NotContains(t, marks, "TSW76H2Q0-U024BE7LH")
			}
			require.Equal(t, speaks, strings.Count(portals, "relay_login_id=TSW76H2Q0-UBOT00001"))
			require.Equal(t, tc.apps, strings.Count(marks, "stored_ms=1761506900000"), marks)
		})
	}
}

func has(t *testing.T, config *settings.Config, table string) (exists bool) {
	t.Helper()
	within(t, config, func(ctx context.Context, db *dbutil.Database) {
		var err error
		exists, err = db.TableExists(ctx, table)
		require.NoError(t, err)
	})
	return exists
}

// TestMautrixSplit: the portals of split_portals become those of every login, with all
// that refers to them.
func TestMautrixSplit(t *testing.T) {
	on(t, func(t *testing.T, configure func(...string) *settings.Config) {
		config := configure()
		fill(t, config, usual, `
			UPDATE portal SET receiver='TSW76H2Q0-U024BE7LH' WHERE receiver='';
			INSERT INTO kv_store (bridge_id, key, value) VALUES ('', 'split_portals_enabled', 'true');
			INSERT INTO portal (bridge_id, id, receiver, mxid, parent_id, parent_receiver, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata) VALUES
				('', 'TSW76H2Q0-CU7KVAT50', 'TSW76H2Q0-UBOT00001', NULL, NULL, '', '', '', '', '', '', false, false, false, false, '', '{}')`)
		require.Contains(t, contents(t, config, "message"), "room_receiver=TSW76H2Q0-U024BE7LH")

		report, err := takeover.Mautrix(t.Context(), takeover.Options{Config: config})
		require.NoError(t, err)
		require.Empty(t, report.Refused)
		require.Equal(t, []string{"2 rooms of bridge.split_portals become the conversation's for every login"}, report.Changes)
		after := contents(t, config, framework()...)
		require.NotContains(t, after, "split_portals")
		require.Equal(t, 1, strings.Count(after, " receiver=TSW76H2Q0-U024BE7LH"), "the direct conversation stays its login's")
		require.NotContains(t, contents(t, config, "message", "reaction"), "room_receiver=TSW76H2Q0")
		require.Equal(t, 3, strings.Count(contents(t, config, "portal"), "portal bridge_id="))
	})
}

func TestMautrixRefuses(t *testing.T) {
	const general = "!general:engines.test"
	for name, tc := range map[string]struct {
		changes, sql, registration, want string
	}{
		"two rooms of one channel": {
			sql: `UPDATE portal SET receiver='TSW76H2Q0-U024BE7LH' WHERE id='TSW76H2Q0-CU7KVAT50';
				INSERT INTO portal (bridge_id, id, receiver, mxid, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata) VALUES
				('', 'TSW76H2Q0-CU7KVAT50', 'TSW76H2Q0-UBOT00001', '!other:engines.test', '#general', '', '', '', '', false, false, false, false, '', '{}')`,
			want: `^TSW76H2Q0-CU7KVAT50 has 2 rooms, .*#general \(!general:engines.test\) of TSW76H2Q0-U024BE7LH, #general \(!other:engines.test\) of TSW76H2Q0-UBOT00001$`,
		},
		"a portal of another form": {
			sql:  `UPDATE portal SET id='C1.T2' WHERE id='TSW76H2Q0-DU7KVAT51'`,
			want: `^the portal Bob \(!direct:engines.test\) is not one of mautrix-slack's`,
		},
		"a ghost of another form": {
			sql:  `INSERT INTO ghost (bridge_id, id, name, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, contact_info_set, is_bot, identifiers, metadata) VALUES ('', 'ODD', '', '', '', '', false, false, false, false, '[]', '{}')`,
			want: `^1 ghost with an id that is not of mautrix-slack's form: ODD$`,
		},
		"another bridge's portals": {
			sql:  `INSERT INTO portal (bridge_id, id, receiver, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata) VALUES ('other', 'T1-C1', '', '', '', '', '', '', false, false, false, false, '', '{}')`,
			want: `^the database holds 1 portal of another bridge`,
		},
		"other names of people": {
			changes: `appservice: {|appservice: {username_template: 'slackpeople_{{.}}', `,
			want:    `^appservice.username_template, homeserver.domain: people would get .*@slack_tsw76h2q0-u0bob0001:engines.test would be @slackpeople_tsw76h2q0-u0bob0001:engines.test`,
		},
		"other names of people than in the registration": {
			changes: `appservice: {|appservice: {username_template: 'slackpeople_{{.}}', `, registration: registration,
			sql:  `DELETE FROM mx_registrations`,
			want: `^appservice.username_template, homeserver.domain: @slackpeople_t0-u0:engines.test does not belong to the old registration`,
		},
		"another bot": {
			registration: strings.Replace(registration, "sender_localpart: slackbot", "sender_localpart: slack", 1),
			want:         `^appservice.bot.username: the old registration has slack, the configuration slackbot: keep the old one$`,
		},
		"other tokens": {
			registration: strings.Replace(registration, "0123456789abcdef-hs", "another", 1),
			want:         "^appservice.as_token and hs_token are not those of the old registration: take them over with `slack-bridge config render --registration",
		},
		"encrypted rooms without encryption": {
			sql:  `INSERT INTO mx_room_state (room_id, encryption) VALUES ('` + general + `', '{"algorithm":"m.megolm.v1.aes-sha2"}')`,
			want: `^encryption.allow is off, and 1 room is encrypted: .*#general \(!general:engines.test\)$`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bridge.db")
			config := sqlite(t, path)
			fill(t, config, usual, tc.sql)
			before := contents(t, config, framework()...)
			options := takeover.Options{Config: sqlite(t, path, strings.Split(tc.changes, "|")...)}
			if tc.registration != "" {
				options.Registration = file(t, tc.registration)
			}
			report, err := takeover.Mautrix(t.Context(), options)
			require.NoError(t, err)
			require.Len(t, report.Refused, 1)
			require.Regexp(t, tc.want, report.Refused[0])
			require.Contains(t, report.String(), "nothing was changed\n")
			require.Equal(t, before, contents(t, config, framework()...))
			require.False(t, has(t, config, "slack_mark"))
		})
	}
}

// TestMautrixPickleKey: encrypted rooms go on with the key that theirs are stored with.
func TestMautrixPickleKey(t *testing.T) {
	for key, refused := range map[string]bool{"0123456789abcdef-pk": false, "another key of before": true} {
		path := filepath.Join(t.TempDir(), "bridge.db")
		config := sqlite(t, path, "encryption: {", "encryption: {allow: true, ")
		fill(t, config, usual, `INSERT INTO mx_room_state (room_id, encryption) VALUES ('!general:engines.test', '{"algorithm":"m.megolm.v1.aes-sha2"}')`)
		within(t, config, func(ctx context.Context, db *dbutil.Database) {
			store := crypto.NewSQLCryptoStore(db, dbutil.NoopLogger, "", "DEVICE", []byte(key))
			require.NoError(t, store.DB.Upgrade(ctx))
			require.NoError(t, store.PutAccount(ctx, crypto.NewOlmAccount()))
		})
		report, err := takeover.Mautrix(t.Context(), takeover.Options{Config: config, DryRun: true})
		require.NoError(t, err)
		require.Equal(t, refused, len(report.Refused) == 1, report.String())
	}
}

func TestMautrixIsNotThere(t *testing.T) {
	config := sqlite(t, filepath.Join(t.TempDir(), "bridge.db"))
	_, err := takeover.Mautrix(t.Context(), takeover.Options{Config: config})
	require.Equal(t, exit.Config, exit.Of(err))
	require.ErrorContains(t, err, "does not lead to a database of mautrix-slack's")
}

// sqlite returns a configuration with the database at a path; each change replaces a text
// in base.
func sqlite(t *testing.T, path string, changes ...string) *settings.Config {
	t.Helper()
	if len(changes)%2 == 1 {
		changes = nil
	}
	text := strings.NewReplacer(changes...).Replace(base) + `database: {type: sqlite3-fk-wal, uri: "file:` + path + `?_txlock=immediate"}`
	config, problems := settings.Parse("config.yaml", []byte(text))
	require.NoError(t, problems.Err())
	return config
}

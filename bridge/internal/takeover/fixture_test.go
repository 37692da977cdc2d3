package takeover_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/sqlstatestore"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/takeover"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

const base = `
homeserver: {domain: engines.test}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
encryption: {pickle_key: 0123456789abcdef-pk}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
`

// registration is the one that mautrix-slack made for that configuration.
const registration = `
id: slack
url: http://127.0.0.1:29335
as_token: 0123456789abcdef-as
hs_token: 0123456789abcdef-hs
sender_localpart: slackbot
rate_limited: false
namespaces:
  users:
    - {regex: '^@slackbot:engines\.test$', exclusive: true}
    - {regex: '^@slack_.*:engines\.test$', exclusive: true}
`

// server is the PostgreSQL server of the tests that ask for one.
var server struct {
	once sync.Once
	*postgres.Server
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if server.Server != nil {
		if err := server.Remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// postgresql is the address of an empty database.
func postgresql(t *testing.T) string {
	t.Helper()
	server.once.Do(func() { server.Server, server.err = postgres.Start(context.Background()) })
	require.NoError(t, server.err)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	return uri
}

// on runs a test on both kinds of database. configure returns a configuration with an
// empty one; each change replaces a text in base.
func on(t *testing.T, test func(t *testing.T, configure func(changes ...string) *settings.Config)) {
	t.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			uri, name := "file:"+filepath.Join(t.TempDir(), "bridge.db")+"?_txlock=immediate", "sqlite3-fk-wal"
			if kind == "postgres" {
				uri, name = postgresql(t), "postgres"
			}
			test(t, func(changes ...string) *settings.Config {
				text := strings.NewReplacer(changes...).Replace(base) + fmt.Sprintf("database: {type: %s, uri: %q}\n", name, uri)
				config, problems := settings.Parse("config.yaml", []byte(text))
				require.NoError(t, problems.Err())
				return config
			})
		})
	}
}

// soon is how long a connection that was just closed may still hold the database's lock.
const soon = time.Minute

// within does something in the configuration's database, as a bridge that runs on it.
func within(t *testing.T, config *settings.Config, do func(ctx context.Context, db *dbutil.Database)) {
	t.Helper()
	db, err := database.OpenAlone(t.Context(), config, zerolog.Nop(), soon)
	require.NoError(t, err)
	do(t.Context(), db.Database)
	require.NoError(t, errors.Join(db.Close(), db.Unlock()))
}

func run(t *testing.T, db *dbutil.Database, statements string) {
	t.Helper()
	for statement := range strings.SplitSeq(statements, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		_, err := db.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// mautrixTables makes the tables that mautrix-slack has, besides those of the framework
// that this bridge makes too.
func mautrixTables(t *testing.T, db *dbutil.Database) {
	t.Helper()
	require.NoError(t, sqlstatestore.NewSQLStateStore(db, dbutil.NoopLogger, false).Upgrade(t.Context()))
	run(t, db, `
		CREATE TABLE slack_version (version INTEGER, compat INTEGER);
		INSERT INTO slack_version (version, compat) VALUES (1, 1);
		CREATE TABLE emoji (team_id TEXT NOT NULL, emoji_id TEXT NOT NULL, value TEXT NOT NULL, alias TEXT, image_mxc TEXT, PRIMARY KEY (team_id, emoji_id));
		INSERT INTO emoji (team_id, emoji_id, value) VALUES ('TSW76H2Q0', 'gopher', 'https://emoji.slack-edge.com/gopher.png')`)
}

// usual is what a mautrix-slack with an app's login and a person's holds.
const usual = `
	INSERT INTO "user" (bridge_id, mxid) VALUES ('', '@ada:engines.test');
	INSERT INTO user_login (bridge_id, user_mxid, id, remote_name, metadata) VALUES
		('', '@ada:engines.test', 'TSW76H2Q0-UBOT00001', 'Acme', '{"token":"xoxb-fake","app_token":"xapp-fake"}'),
		('', '@ada:engines.test', 'TSW76H2Q0-U024BE7LH', 'Acme', '{"token":"xoxc-fake","cookie_token":"xoxd-fake"}');
	INSERT INTO portal (bridge_id, id, receiver, mxid, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata) VALUES
		('', 'TSW76H2Q0', '', '!space:engines.test', 'Acme', '', '', '', '', true, false, false, false, 'space', '{"team_domain":"acme"}');
	INSERT INTO portal (bridge_id, id, receiver, mxid, parent_id, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata) VALUES
		('', 'TSW76H2Q0-CU7KVAT50', '', '!general:engines.test', 'TSW76H2Q0', '#general', '', '', '', '', true, false, false, true, '', '{"edit_max_age":null,"allow_delete":true}'),
		('', 'TSW76H2Q0-DU7KVAT51', 'TSW76H2Q0-U024BE7LH', '!direct:engines.test', 'TSW76H2Q0', 'Bob', '', '', '', '', true, false, false, true, 'dm', '{}');
	INSERT INTO ghost (bridge_id, id, name, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, contact_info_set, is_bot, identifiers, metadata) VALUES
		('', 'tsw76h2q0-u024be7lh', 'Ada', '', '', '', true, false, true, false, '[]', '{"slack_updated_ts":1761506843,"last_sync":1761506843}'),
		('', 'tsw76h2q0-u0bob0001', 'Bob', '', '', '', true, false, true, false, '[]', '{}');
	INSERT INTO message (bridge_id, id, part_id, mxid, room_id, room_receiver, sender_id, sender_mxid, timestamp, edit_count, thread_root_id, metadata) VALUES
		('', 'TSW76H2Q0-CU7KVAT50-1761506843.000100', '', '$one', 'TSW76H2Q0-CU7KVAT50', '', 'tsw76h2q0-u0bob0001', '@slack_tsw76h2q0-u0bob0001:engines.test', 1761506843000100000, 0, NULL, '{"last_edit_ts":"1761506850.000000"}'),
		('', 'TSW76H2Q0-CU7KVAT50-1761506843.000100', 'file-0-F08A1B2C3', '$file', 'TSW76H2Q0-CU7KVAT50', '', 'tsw76h2q0-u0bob0001', '@slack_tsw76h2q0-u0bob0001:engines.test', 1761506843000100000, 0, NULL, '{}'),
		('', 'TSW76H2Q0-CU7KVAT50-1761506900.000200', '', '$two', 'TSW76H2Q0-CU7KVAT50', '', 'tsw76h2q0-u024be7lh', '@ada:engines.test', 1761506900000200000, 0, 'TSW76H2Q0-CU7KVAT50-1761506843.000100', '{}');
	INSERT INTO reaction (bridge_id, message_id, message_part_id, sender_id, sender_mxid, emoji_id, room_id, room_receiver, mxid, timestamp, emoji, metadata) VALUES
		('', 'TSW76H2Q0-CU7KVAT50-1761506843.000100', '', 'tsw76h2q0-u024be7lh', '@slack_tsw76h2q0-u024be7lh:engines.test', 'tada', 'TSW76H2Q0-CU7KVAT50', '', '$tada', 1761506860000000000, '', '{}');
	INSERT INTO mx_registrations (user_id) VALUES ('@slackbot:engines.test'), ('@slack_tsw76h2q0-u024be7lh:engines.test'), ('@slack_tsw76h2q0-u0bob0001:engines.test')`

func fill(t *testing.T, config *settings.Config, statements ...string) {
	t.Helper()
	within(t, config, func(_ context.Context, db *dbutil.Database) {
		mautrixTables(t, db)
		for _, each := range statements {
			run(t, db, each)
		}
	})
}

// contents is everything in some of the database's tables, as text.
func contents(t *testing.T, config *settings.Config, tables ...string) string {
	t.Helper()
	var all []string
	within(t, config, func(ctx context.Context, db *dbutil.Database) {
		for _, table := range tables {
			result, err := db.Query(ctx, `SELECT * FROM `+table)
			require.NoError(t, err)
			names, err := result.Columns()
			require.NoError(t, err)
			for result.Next() {
				values, into := make([]any, len(names)), make([]any, len(names))
				for i := range values {
					into[i] = &values[i]
				}
				require.NoError(t, result.Scan(into...))
				line := table
				for i, value := range values {
					if text, ok := value.([]byte); ok {
						value = string(text)
					}
					line += fmt.Sprintf(" %s=%v", names[i], value)
				}
				all = append(all, line)
			}
			require.NoError(t, result.Err())
			require.NoError(t, result.Close())
		}
	})
	sort.Strings(all)
	return strings.Join(all, "\n")
}

// framework are the tables that a takeover may write to.
func framework() []string {
	return []string{"portal", "ghost", "message", "reaction", "user_login", "kv_store"}
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registration.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func carried(report *takeover.Report) map[string]int {
	found := map[string]int{}
	for _, each := range report.Carried {
		found[each.What] = each.N
	}
	return found
}

package slackimport_test

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackimport"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

const base = `
homeserver: {domain: engines.test}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
encryption: {pickle_key: 0123456789abcdef-pk}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
`

const more = `network: {channels: {exclude: ["noise-*"], directions: [{channel: feed, direction: to_slack}]}}` + "\n"

// configuration has an empty database.
func configuration(t *testing.T, kind, uri, more string) *settings.Config {
	t.Helper()
	config, problems := settings.Parse("config.yaml", []byte(base+fmt.Sprintf("database: {type: %s, uri: %q}\n", kind, uri)+more))
	require.NoError(t, problems.Err())
	return config
}

func onSQLite(t *testing.T, more string) *settings.Config {
	t.Helper()
	return configuration(t, "sqlite3-fk-wal", "file:"+filepath.Join(t.TempDir(), "bridge.db")+"?_txlock=immediate", more)
}

// within does something in the configuration's database, as a bridge that runs on it.
func within(t *testing.T, config *settings.Config, do func(ctx context.Context, db *dbutil.Database)) {
	t.Helper()
	db, err := database.OpenAlone(t.Context(), config, zerolog.Nop(), time.Minute)
	require.NoError(t, err)
	do(t.Context(), db.Database)
	require.NoError(t, errors.Join(db.Close(), db.Unlock()))
}

// export makes an archive of files.
func export(t *testing.T, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.zip")
	archive, err := os.Create(path)
	require.NoError(t, err)
	writer := zip.NewWriter(archive)
	for name, text := range files {
		file, err := writer.Create(name)
		require.NoError(t, err)
		_, err = file.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(writer.Close(), archive.Close()))
	return path
}

// whole is an archive with a conversation of every kind.
func whole() map[string]string {
	const day = `[{"type":"message","user":"U0ADA00001","text":"hello","ts":"1761436800.000100"}]`
	return map[string]string{
		"users.json": `[{"id":"U0ADA00001","team_id":"T0ACME0001","name":"ada","real_name":"Ada"},
			{"id":"U0BOT00001","team_id":"T0ACME0001","name":"bridge","is_bot":true},{"id":"U0FAR00001","team_id":"T0FAR00001","name":"far"}]`,
		"channels.json": `[{"id":"C0GENERAL1","name":"general"},{"id":"C0ROOM0001","name":"bridged"},{"id":"C0OLD00001","name":"old","is_archived":true},
			{"id":"C0NOISE001","name":"noise-ci"},{"id":"C0FEED0001","name":"feed"},{"id":"C0EMPTY001","name":"empty"}]`,
		"groups.json": `[{"id":"C0SECRET01","name":"secret"}]`,
		"dms.json":    `[{"id":"D0ADABOT01","members":["U0ADA00001","U0BOT00001"]},{"id":"D0ADAFAR01","members":["U0ADA00001","U0FAR00001"]}]`,
		"general/2025-10-26.json": `[
			{"type":"message","user":"U0ADA00001","text":"root","ts":"1761436800.000100","thread_ts":"1761436800.000100","reactions":[{"name":"eyes","users":["U0ADA00001"],"count":1}]},
			{"type":"message","user":"U0ADA00001","text":"reply","ts":"1761436801.000100","thread_ts":"1761436800.000100","files":[{"id":"F1","name":"a.txt"}]},
			{"type":"message","subtype":"channel_join","user":"U0ADA00001","text":"has joined","ts":"1761436802.000100"}]`,
		"empty/2025-10-26.json":   `[{"type":"message","subtype":"channel_join","user":"U0ADA00001","text":"has joined","ts":"1761436802.000100"}]`,
		"bridged/2025-10-26.json": day, "old/2025-10-26.json": day, "noise-ci/2025-10-26.json": day, "secret/2025-10-26.json": day,
		"D0ADABOT01/2025-10-26.json": day, "D0ADAFAR01/2025-10-26.json": day,
	}
}

// used has the login of an app, and rooms.
func used(t *testing.T, config *settings.Config) {
	t.Helper()
	within(t, config, func(ctx context.Context, db *dbutil.Database) {
		for _, statement := range []string{
			`INSERT INTO "user" (bridge_id, mxid) VALUES ('', '@ada:engines.test')`,
			`INSERT INTO user_login (bridge_id, user_mxid, id, remote_name, metadata) VALUES ('', '@ada:engines.test', 'T0ACME0001-U0BOT00001', 'Acme', '{}')`,
			`INSERT INTO portal (bridge_id, id, receiver, mxid, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata) VALUES
				('', 'T0ACME0001-C0ROOM0001', '', '!bridged:engines.test', '#bridged', '', '', '', '', true, false, false, false, '', '{}'),
				('', 'T0ACME0001-C0SECRET01', '', NULL, '#secret', '', '', '', '', true, false, false, false, '', '{}')`,
		} {
			_, err := db.Exec(ctx, statement)
			require.NoError(t, err)
		}
	})
}

// kept is how many messages are kept of each conversation.
func kept(t *testing.T, config *settings.Config) map[string]int {
	t.Helper()
	found := map[string]int{}
	within(t, config, func(ctx context.Context, db *dbutil.Database) {
		own, err := slackdb.Open(ctx, db, nil)
		require.NoError(t, err)
		conversations, err := own.Archived(ctx, "T0ACME0001")
		require.NoError(t, err)
		for _, each := range conversations {
			require.True(t, json.Valid(each.State))
			found[each.Channel], _, err = own.CountOldMessages(ctx, "T0ACME0001", each.Channel)
			require.NoError(t, err)
		}
	})
	return found
}

const everything = `importing %s, of the workspace T0ACME0001
the room begins with it:
  - #general: 2 messages, 1 thread, 1 reaction, 1 file
  - #secret: 1 message
  - @ada, @bridge (D0ADABOT01): 1 message
nothing was said in:
  - #empty
refused:
  - #bridged: it has a room, and what is sent to one is shown after all that is in it
  - #old: it is archived in Slack: unarchive it there, and import what is exported then
  - #noise-ci: network.channels excludes it
  - #feed: by network.channels.directions nothing crosses from it
  - @ada, @far (D0ADAFAR01): the bridge's app is not in it
left to do:
  - a private channel gets its room when the app's bot is in it: #secret
`

func TestImport(t *testing.T) {
	server := postgres.New(t)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	for name, config := range map[string]*settings.Config{"SQLite": onSQLite(t, more), "PostgreSQL": configuration(t, "postgres", uri, more)} {
		t.Run(name, func(t *testing.T) {
			used(t, config)
			options := slackimport.Options{Config: config, File: export(t, whole()), DryRun: true}
			expected := fmt.Sprintf(everything, options.File)

			report, err := slackimport.Import(t.Context(), options)
			require.NoError(t, err)
			require.Equal(t, expected+"nothing was changed: this was a dry run\n", report.String())
			require.Empty(t, kept(t, config))

			options.DryRun = false
			for range 2 { // a second import is no other
				report, err = slackimport.Import(t.Context(), options)
				require.NoError(t, err)
				require.Equal(t, expected+"done: the rooms are made when the bridge runs\n", report.String())
				require.Equal(t, map[string]int{"C0GENERAL1": 2, "C0SECRET01": 1, "D0ADABOT01": 1}, kept(t, config))
			}
			within(t, config, func(ctx context.Context, db *dbutil.Database) {
				own, err := slackdb.Open(ctx, db, nil)
				require.NoError(t, err)
				ada, known, err := own.Person(ctx, "T0ACME0001", "U0ADA00001")
				require.NoError(t, err)
				require.True(t, known)
				require.Equal(t, "Ada", ada.RealName)
			})
		})
	}
}

// TestBeforeTheFirstStart: there is no database yet, and no login is known.
func TestBeforeTheFirstStart(t *testing.T) {
	config := onSQLite(t, "")
	options := slackimport.Options{Config: config, File: export(t, whole()), DryRun: true}
	report, err := slackimport.Import(t.Context(), options)
	require.NoError(t, err)
	require.Len(t, report.Filled, 4, report.String())
	options.DryRun = false
	again, err := slackimport.Import(t.Context(), options)
	require.NoError(t, err)
	require.Equal(t, report.Filled, again.Filled)
	require.Len(t, kept(t, config), 4)
}

func TestWhatIsRefusedAltogether(t *testing.T) {
	for name, tc := range map[string]struct {
		change    func(files map[string]string)
		encrypted bool
		used      bool
		why       string
	}{
		"of another workspace": {func(files map[string]string) {
			files["users.json"] = `[{"id":"U0ADA00001","team_id":"T0OTHER001"}]`
		}, false, true, "the archive is of the workspace T0OTHER001, and the bridge is logged in to T0ACME0001"},
		"of no workspace":      {func(files map[string]string) { files["users.json"] = `[{"id":"U0ADA00001"}]` }, false, false, "none of the people in users.json has a team_id"},
		"into encrypted rooms": {func(map[string]string) {}, true, false, "new rooms are encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			files := whole()
			tc.change(files)
			config := onSQLite(t, "")
			config.Encryption.Allow, config.Encryption.Default = tc.encrypted, tc.encrypted
			if tc.used {
				used(t, config)
			}
			report, err := slackimport.Import(t.Context(), slackimport.Options{Config: config, File: export(t, files)})
			require.NoError(t, err)
			require.Empty(t, report.Filled)
			require.Len(t, report.Refused, 1)
			require.Contains(t, report.Refused[0], tc.why)
		})
	}
}

// TestADamagedArchive: a conversation with a damaged day is refused by name, and the others are
// kept.
func TestADamagedArchive(t *testing.T) {
	files := whole()
	files["general/2025-10-27.json"] = `[{"type":"message"`
	config := onSQLite(t, "")
	report, err := slackimport.Import(t.Context(), slackimport.Options{Config: config, File: export(t, files)})
	require.NoError(t, err)
	require.Contains(t, report.String(), "  - #general: it is damaged: general/2025-10-27.json: not an archive that Slack has exported: unexpected EOF\n")
	require.Contains(t, kept(t, config), "C0SECRET01")
	require.NotContains(t, kept(t, config), "C0GENERAL1")

	delete(files, "users.json")
	_, err = slackimport.Import(t.Context(), slackimport.Options{Config: config, File: export(t, files)})
	require.Equal(t, exit.Data, exit.Of(err))

	_, err = slackimport.Import(t.Context(), slackimport.Options{Config: config, File: filepath.Join(t.TempDir(), "nowhere.zip")})
	require.Equal(t, exit.Usage, exit.Of(err))
}

// TestEntriesThatCannotBeRead: they are counted, and a few of them named.
func TestEntriesThatCannotBeRead(t *testing.T) {
	files := whole()
	files["users.json"] = strings.Replace(files["users.json"], "[", `[7,`, 1)
	files["general/2025-10-27.json"] = `[1,2,3,4,5,6,7]`
	config := onSQLite(t, "")
	report, err := slackimport.Import(t.Context(), slackimport.Options{Config: config, File: export(t, files)})
	require.NoError(t, err)
	require.Contains(t, report.String(), "left out:\n"+
		"  - people and conversations: 1 entry that cannot be read: no. 1 of users.json\n"+
		"  - #general: 7 entries that cannot be read: no. 1 of general/2025-10-27.json, no. 2 of general/2025-10-27.json, "+
		"no. 3 of general/2025-10-27.json, no. 4 of general/2025-10-27.json, no. 5 of general/2025-10-27.json, and 2 more\n")
	require.Equal(t, 2, kept(t, config)["C0GENERAL1"])
}

// TestChannelsWithARoomOfPeople are shown in it, and no other room is made for them.
func TestChannelsWithARoomOfPeople(t *testing.T) {
	for _, channel := range []string{"General", "C0GENERAL1"} {
		config := onSQLite(t, fmt.Sprintf("network: {channels: {rooms: [{channel: %s, room: \"#hall:engines.test\"}]}}\n", channel))
		report, err := slackimport.Import(t.Context(), slackimport.Options{Config: config, File: export(t, whole())})
		require.NoError(t, err)
		require.Contains(t, report.Refused, "#general: network.channels.rooms names a room of people for it, which holds messages already")
		require.NotContains(t, kept(t, config), "C0GENERAL1")
	}
}

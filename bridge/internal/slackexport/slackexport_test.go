package slackexport_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackexport"
)

// export makes an archive of files in a folder of the test's.
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
	require.NoError(t, writer.Close())
	require.NoError(t, archive.Close())
	return path
}

// whole is a made-up export in the form that Slack documents.
func whole() map[string]string {
	return map[string]string{
		"users.json":            `[{"id":"U0ANN00001","name":"ann","real_name":"Ann Archer","profile":{"display_name":"Ann"}},{"id":"U0BOT00001","name":"bot","is_bot":true}]`,
		"channels.json":         `[{"id":"C0GENERAL1","name":"general","members":["U0ANN00001"],"topic":{"value":"all of it"}},{"id":"C0EMPTY001","name":"empty"}]`,
		"groups.json":           `[{"id":"C0SECRET01","name":"secret"}]`,
		"dms.json":              `[{"id":"D0ANNBOT01","members":["U0ANN00001","U0BOT00001"]}]`,
		"integration_logs.json": `[]`,
		"general/2025-10-27.json": `[
			{"type":"message","user":"U0ANN00001","text":"next day","ts":"1761523200.000100"},
			{"type":"message","user":"U0ANN00001","text":"an answer","ts":"1761523201.000100","thread_ts":"1761436800.000100"}]`,
		"general/2025-10-26.json": `[
			{"type":"message","user":"U0ANN00001","text":"second","ts":"1761436801.000100"},
			{"type":"message","user":"U0ANN00001","text":"first","ts":"1761436800.000100","thread_ts":"1761436800.000100",
			 "reactions":[{"name":"tada","users":["U0BOT00001"],"count":1}],"edited":{"user":"U0ANN00001","ts":"1761436900.000000"}},
			{"type":"message","user":"U0ANN00001","text":"second","ts":"1761436801.000100"}]`,
		"general/canvas.json":        `{"not":"a day"}`,
		"D0ANNBOT01/2025-10-26.json": `[{"type":"message","user":"U0ANN00001","text":"psst","ts":"1761436800.000100"}]`,
	}
}

func TestArchive(t *testing.T) {
	archive, err := slackexport.Open(export(t, whole()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, archive.Close()) })
	require.Len(t, archive.Users, 2)
	require.Equal(t, "Ann", archive.Users[0].Profile.DisplayName)

	said := map[string][]string{}
	for _, conversation := range archive.Conversations {
		messages, unreadable, err := archive.Messages(conversation)
		require.NoError(t, err)
		require.Empty(t, unreadable)
		said[conversation.ID] = []string{}
		for _, message := range messages {
			require.Equal(t, conversation.ID, message.Channel)
			said[conversation.ID] = append(said[conversation.ID], message.Text)
		}
	}
	require.Equal(t, map[string][]string{
		"C0GENERAL1": {"first", "second", "next day", "an answer"}, "C0EMPTY001": {}, "C0SECRET01": {}, "D0ANNBOT01": {"psst"},
	}, said)

	general, secret, direct := archive.Conversations[0], archive.Conversations[2], archive.Conversations[3]
	require.True(t, general.IsChannel && !general.IsPrivate)
	require.True(t, secret.IsPrivate)
	require.True(t, direct.IsIM)
	require.Equal(t, []string{"U0ANN00001", "U0BOT00001"}, direct.Members)
	require.Equal(t, "all of it", general.Topic.Value)
	messages, _, err := archive.Messages(general)
	require.NoError(t, err)
	require.Equal(t, "tada", messages[0].Reactions[0].Name)
	require.Equal(t, "1761436900.000000", messages[0].Edited.TS)
	require.Equal(t, "1761436800.000100", messages[3].ThreadTS)
}

// TestTeam: an archive does not name its workspace, and has people of others too.
func TestTeam(t *testing.T) {
	for users, team := range map[string]string{
		`[]`: "", `[{"id":"U1"}]`: "", `[{"id":"U1"},{"id":"U2","team_id":"T1"}]`: "T1",
		`[{"id":"U1","team_id":"T2"},{"id":"U2","team_id":"T1"},{"id":"U3","team_id":"T1"}]`: "T1",
	} {
		files := whole()
		files["users.json"] = users
		archive, err := slackexport.Open(export(t, files))
		require.NoError(t, err)
		require.Equal(t, team, archive.Team(), users)
		require.NoError(t, archive.Close())
	}
}

func TestWhatIsNoArchive(t *testing.T) {
	_, err := slackexport.Open(filepath.Join(t.TempDir(), "nowhere.zip"))
	require.ErrorIs(t, err, os.ErrNotExist)
	text := filepath.Join(t.TempDir(), "text.zip")
	require.NoError(t, os.WriteFile(text, []byte("no archive"), 0o600))
	_, err = slackexport.Open(text)
	require.ErrorIs(t, err, slackexport.ErrForm)

	for name, change := range map[string]func(map[string]string){
		"without users":    func(files map[string]string) { delete(files, "users.json") },
		"without channels": func(files map[string]string) { delete(files, "channels.json") },
		"users as a map":   func(files map[string]string) { files["users.json"] = `{}` },
		"cut short":        func(files map[string]string) { files["channels.json"] = `[{"id":"C0GENERAL1"},` },
	} {
		t.Run(name, func(t *testing.T) {
			files := whole()
			change(files)
			_, err := slackexport.Open(export(t, files))
			require.ErrorIs(t, err, slackexport.ErrForm)
		})
	}
}

// TestADayThatIsDamaged: the file is named, and nothing is invented.
func TestADayThatIsDamaged(t *testing.T) {
	for name, day := range map[string]string{
		"cut short": `[{"type":"message","ts":"1761436800.000100"}`,
		"no list":   `null`,
	} {
		t.Run(name, func(t *testing.T) {
			files := whole()
			files["general/2025-10-26.json"] = day
			archive, err := slackexport.Open(export(t, files))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, archive.Close()) })
			messages, _, err := archive.Messages(archive.Conversations[0])
			require.ErrorIs(t, err, slackexport.ErrForm)
			require.ErrorContains(t, err, "general/2025-10-26.json")
			require.Nil(t, messages)
		})
	}
}

// TestEntriesThatCannotBeRead: they are named, and all others are there.
func TestEntriesThatCannotBeRead(t *testing.T) {
	files := whole()
	files["users.json"] = `[{"id":"U0ANN00001","name":"ann"},7,{"name":"who?"}]`
	files["channels.json"] = `[{"id":"C0BROKEN01","name":"broken","members":{}},{"id":"C0GENERAL1","name":"general"}]`
	files["general/2025-10-26.json"] = `[
		{"type":"message","user":"U0ANN00001","text":"first","ts":"1761436800.000100"},
		{"type":"message","text":"when?"},
		{"type":"message","text":"when?","ts":"yesterday"},
		{"type":"message","text":"where?","ts":"1761436801.000100","thread_ts":"yesterday"},
		{"type":"message","text":"a number","ts":1761436802},
		"no object", null,
		{"type":"message","user":"U0ANN00001","text":"last","ts":"1761436803.000100"}]`
	archive, err := slackexport.Open(export(t, files))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, archive.Close()) })
	require.Len(t, archive.Users, 1)
	require.Equal(t, []slackexport.Entry{
		{File: "users.json", Number: 2}, {File: "users.json", Number: 3}, {File: "channels.json", Number: 1},
	}, archive.Unreadable)

	messages, unreadable, err := archive.Messages(archive.Conversations[0])
	require.NoError(t, err)
	var texts []string
	for _, message := range messages {
		texts = append(texts, message.Text)
	}
	require.Equal(t, []string{"first", "last", "next day", "an answer"}, texts)
	var numbers []int
	for _, entry := range unreadable {
		require.Equal(t, "general/2025-10-26.json", entry.File)
		numbers = append(numbers, entry.Number)
	}
	require.Equal(t, []int{2, 3, 4, 5, 6, 7}, numbers)
}

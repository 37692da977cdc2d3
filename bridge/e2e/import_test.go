package e2e_test

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/testbed"
)

// TestImport has an archive made of #general before the bridge starts for the first time,
// and more said after that, also answers to what is in it. Its room begins with all of it, in
// order and as of the time at which it was said, although of Slack's history one message is
// wanted. The bridge is killed while it sends, between the parts of a message, and between a
// file and its note.
func TestImport(t *testing.T) {
	program := testbed.MustBuildWithFailpoints(t)
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed := testbed.Start(t, testbed.Options{
			Database: database, Bridge: program, Stopped: true,
			Settings: map[string]any{"backfill.max_initial_messages": 1},
		})
		past := talkBefore(bed)
		alice := bed.Slack.Person("alice")
		cat := picture(t, 40, 30)
		alice.MustShare("general", "", control.FileContent{Name: "cat.png", Content: cat})
		past.texts = append(past.texts, "cat.png")
		archive := export(t, bed)
		past.say("alice", "said since")
		past.answer("bob", "the first answer since", "old message 8")
		past.answer("alice", "one more answer since", "old message 100")
		past.say("alice", "and this")

		t.Run("55 a room begins with an archive of Slack's", func(t *testing.T) {
			printed, code := bed.Bridge.Ask("import", archive, "--dry-run")
			require.Zero(t, code, printed)
			require.Regexp(t, `(?m)^  - #general: \d+ messages, 5 threads, 6 reactions, 1 file$`, printed)
			require.Contains(t, printed, "nothing was changed: this was a dry run\n")
			for range 2 {
				printed, code = bed.Bridge.Ask("import", archive)
				require.Zero(t, code, printed)
			}
			for _, death := range []struct {
				at failpoint.Name
				n  int
			}{{failpoint.SendRow, 40}, {failpoint.BetweenParts, 1}, {failpoint.FileUploaded, 1}} {
				bed.Bridge.MustLaunchUntilHit(death.at, death.n)
				bed.Bridge.AwaitKilled()
			}
			bed.Bridge.MustStart()
			general := bed.Owner.AwaitRoom("#general")
			alice.MustPost("general", "and now live")
			bed.Owner.AwaitText(general, "and now live")
			past.check(t, general)
			shown := bed.Owner.AwaitMessage(general, "the picture", func(m testbed.Message) bool { return m.Body == "cat.png" })
			require.Equal(t, cat, content(t, bed.Owner, contentOf(t, bed.Owner, general, shown.ID).URL))

			bed.Bridge.MustStop()
			printed, code = bed.Bridge.Ask("import", archive)
			require.Equal(t, 65, code, printed)
			require.Contains(t, printed, "  - #general: it has a room, and what is sent to one is shown after all that is in it\n")
		})
	})
}

// export makes an archive of #general in the form that Slack documents, of what its Web
// API shows: a file for each day, and one each for people and channels.
func export(t *testing.T, bed *testbed.Bed) string {
	t.Helper()
	call := func(method string, form url.Values) (answer struct {
		Messages []map[string]any `json:"messages"`
		Members  json.RawMessage  `json:"members"`
		Channels json.RawMessage  `json:"channels"`
	},
	) {
		form.Set("token", bed.Slack.BridgeApp().BotToken)
		form.Set("limit", "999")
		response, err := http.PostForm(bed.Slack.APIURL()+method, form)
		require.NoError(t, err)
		defer response.Body.Close()
		require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
		return answer
	}
	general := url.Values{"channel": {"C0GENERAL1"}}
	messages := call("conversations.history", general).Messages
	for _, message := range slices.Clone(messages) {
		if message["reply_count"] != nil {
			general.Set("ts", message["ts"].(string))
			messages = append(messages, call("conversations.replies", general).Messages[1:]...)
		}
	}
	require.NotEmpty(t, messages)
	slices.SortFunc(messages, func(a, b map[string]any) int { return strings.Compare(a["ts"].(string), b["ts"].(string)) })
	days := map[string][]map[string]any{}
	for _, message := range messages {
		seconds, err := strconv.ParseInt(message["ts"].(string)[:10], 10, 64)
		require.NoError(t, err)
		day := time.Unix(seconds, 0).UTC().Format(time.DateOnly)
		days[day] = append(days[day], message)
	}

	path := filepath.Join(t.TempDir(), "Acme Slack export.zip")
	file, err := os.Create(path)
	require.NoError(t, err)
	archive := zip.NewWriter(file)
	write := func(name string, content any) {
		entry, err := archive.Create(name)
		require.NoError(t, err)
		require.NoError(t, json.NewEncoder(entry).Encode(content))
	}
	write("users.json", call("users.list", url.Values{}).Members)
	write("channels.json", call("conversations.list", url.Values{"types": {"public_channel"}}).Channels)
	for day, said := range days {
		write("general/"+day+".json", said)
	}
	require.NoError(t, errors.Join(archive.Close(), file.Close()))
	return path
}

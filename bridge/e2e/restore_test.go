package e2e_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/testbed"
)

// TestRestoredDatabase puts a backup of the bridge back while homeserver and Slack go on:
// what was said since is there once on each side, and so is what comes after.
func TestRestoredDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, kind testbed.Database) {
		bed, general := inGeneral(t, testbed.Options{Database: kind})
		bed.Slack.AwaitSocket()
		alice := bed.Slack.Person("alice")
		said := func(fromSlack, fromMatrix string) {
			t.Helper()
			alice.MustPost("general", fromSlack)
			bed.Owner.AwaitText(general, fromSlack)
			bed.Owner.MustSend(general, fromMatrix)
			bed.Slack.AwaitPost("general", fromMatrix)
		}
		said("before, from Slack", "before, from Matrix")
		archive := filepath.Join(t.TempDir(), "bridge.tar")
		out, code := bed.Bridge.Ask("backup", archive)
		require.Zero(t, code, out)
		bed.Owner.MustSendFile(general, event.MsgFile, "since.txt", "", []byte("the content of since.txt"))
		bed.Slack.AwaitFile("general", "since.txt")
		said("since, from Slack", "since, from Matrix")

		_, code = bed.Bridge.Ask("restore", archive, "--force")
		require.Equal(t, 69, code, "the bridge runs")
		bed.Bridge.MustStop()
		out, code = bed.Bridge.Ask("restore", archive, "--force")
		require.Zero(t, code, out)
		bed.Bridge.MustStart()
		said("after, from Slack", "after, from Matrix")

		want := []string{"before, from Slack", "since, from Slack", "after, from Slack"}
		require.Equal(t, want, fromSlack(bed, general))
		var posts []string
		for _, post := range bed.Slack.Posts("general") {
			posts = append(posts, post.Text)
		}
		for _, text := range []string{"before, from Matrix", "since, from Matrix", "after, from Matrix"} {
			count := 0
			for _, post := range posts {
				if post == text {
					count++
				}
			}
			require.Equal(t, 1, count, "%s: %q", text, posts)
		}
		files := 0
		for _, post := range bed.Slack.Posts("general") {
			files += len(post.Files)
		}
		require.Equal(t, 1, files, "a file that is in Slack already is not shown again")
	})
}

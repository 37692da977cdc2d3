package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestAskFirst has channels asked before they get a room: one says yes by a reaction, one in
// words while the bridge is away, and one is excluded meanwhile.
func TestAskFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		t.Run("52 a channel is asked first", func(t *testing.T) {
			bed := testbed.Start(t, testbed.Options{Database: database, Settings: map[string]any{"network.channels.ask": true}})
			bed.Slack.AwaitSocket()
			alice := bed.Slack.Person("alice")
			question := func(channel string) string {
				t.Helper()
				return bed.Slack.AwaitPostWith(channel, "the question", func(p testbed.Post) bool {
					return says("once one of you agrees")(testbed.Message{Body: p.Text})
				}).TS
			}
			for _, channel := range []string{"plans", "lunch", "quiet"} {
				alice.MustCreateChannel(channel, testbed.Bot)
			}
			asked := question("plans")
			question("lunch")
			question("quiet")
			alice.MustPost("plans", "before the answer")
			alice.MustReact("plans", asked, "white_check_mark")
			plans := bed.Owner.AwaitRoom("#plans")
			alice.MustPost("plans", "after the answer")
			bed.Owner.AwaitText(plans, "after the answer")

			bed.Bridge.MustStop()
			bed.Bridge.MustSet(map[string]any{"network.channels.exclude": []any{"quiet"}})
			alice.MustPost("lunch", "<@"+testbed.Bot+"> yes")
			bed.Bridge.MustStart()
			lunch := bed.Owner.AwaitRoom("#lunch")
			bed.Owner.MustSend(lunch, "soup")
			bed.Slack.AwaitPost("lunch", "soup")
			bed.Await("the question in an excluded channel to go", func() bool {
				for _, post := range bed.Slack.Posts("quiet") {
					if says("once one of you agrees")(testbed.Message{Body: post.Text}) {
						return false
					}
				}
				return true
			})
			questions := 0
			for _, post := range append(bed.Slack.Posts("plans"), bed.Slack.Posts("lunch")...) {
				if says("once one of you agrees")(testbed.Message{Body: post.Text}) {
					questions++
				}
			}
			require.Equal(t, 2, questions, "each is asked once")
			_, err := bed.Owner.Client.ResolveAlias(t.Context(), id.NewRoomAlias("slack_quiet", testbed.ServerName))
			require.ErrorContains(t, err, "M_NOT_FOUND")
		})
	})
}

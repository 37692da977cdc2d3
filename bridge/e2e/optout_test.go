package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestOptOut has a person of either side opt out, also over a restart, and in again.
func TestOptOut(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed, general := inGeneral(t, testbed.Options{Database: database})
		bed.Slack.AwaitSocket()
		alice, bob, owner := bed.Slack.Person("alice"), bed.Slack.Person("bob"), bed.Owner
		chat := owner.AwaitChat()
		t.Run("54 a person in Matrix opts out", func(t *testing.T) {
			owner.MustSend(chat, "opt-out")
			owner.AwaitMessage(chat, "the answer", says("has opted out"))
			owner.MustSend(general, "a secret")
			owner.AwaitMessage(general, "that it is not carried", says("is not in Slack: they have opted out"))
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			owner.MustSend(general, "another secret")
			owner.MustSend(chat, "opt-in")
			owner.AwaitMessage(chat, "the answer", says("is carried to Slack again"))
			owner.MustSend(general, "here I am")
			bed.Slack.AwaitPost("general", "here I am")
			require.Len(t, bed.Slack.PostsOf("general", "owner"), 1)
			require.Equal(t, 1, notices(bed, general, "is not in Slack"))
		})
		t.Run("54 a person in Slack opts out", func(t *testing.T) {
			direct := testbed.DirectWith("alice")
			alice.MustPost(direct, "opt out")
			bed.Slack.AwaitPostWith(direct, "the answer", func(p testbed.Post) bool {
				return says("You have opted out")(testbed.Message{Body: p.Text})
			})
			alice.MustPost("general", "a secret of mine")
			owner.AwaitMessage(general, "that it is not carried", says("What Alice says in Slack is not here"))
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			alice.MustPost("general", "another secret of mine")
			bob.MustPost("general", "I go on")
			owner.AwaitText(general, "I go on")
			for _, message := range owner.Messages(general) {
				require.NotContains(t, message.Body, "secret of mine")
			}
			alice.MustPost(direct, "opt in")
			bed.Slack.AwaitPostWith(direct, "the answer", func(p testbed.Post) bool {
				return says("is brought to Matrix again")(testbed.Message{Body: p.Text})
			})
			alice.MustPost("general", "here I am too")
			owner.AwaitText(general, "here I am too")
		})
	})
}

package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestSlashCommand: a person in Slack asks how the bridge is. They alone see the answer.
func TestSlashCommand(t *testing.T) {
	t.Run("26 the slash command tells how the bridge is", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{})
		alice := bed.Slack.Person("alice")
		alice.MustUse("general", "/matrix", "")
		shows := func(words ...string) func() bool {
			return func() bool {
				return slices.ContainsFunc(alice.Shown(), func(text string) bool {
					return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
				})
			}
		}
		bed.Await("the answer about the channel", shows("bridged with a <https://matrix.to/#/", "|room in Matrix>", "All is well."))
		alice.MustUse("general", "/matrix", "help")
		bed.Await("the list of what can be done", shows("`/matrix status`", "`opt out`"))
		alice.MustPost("general", "it works")
		bed.Owner.AwaitText(general, "it works")
		for _, post := range bed.Slack.Posts("general") {
			require.NotContains(t, post.Text, "room in Matrix")
		}
	})
}

package e2e_test

import (
	"context"
	"fmt"
	"image/color"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
	"ops-jrz1/bridge/internal/testbed/await"
)

// TestCustomEmoji gives the workspace an emoji of its own, which people on both sides then
// use in texts and as reactions.
func TestCustomEmoji(t *testing.T) {
	onManners(t, func(t *testing.T, options testbed.Options) {
		bed, general := inGeneral(t, options)
		require.NoError(t, bed.Slack.Control.DrawEmoji(t.Context(), "our_party", drawn(t, 32, color.White)))
		require.NoError(t, bed.Slack.Control.SetEmoji(t.Context(), "fiesta", "alias:our_party"))
		require.NoError(t, bed.Slack.Control.SetEmoji(t.Context(), "agreed", "alias:+1"))
		bed.Slack.AwaitDelivered()
		space := bed.Owner.AwaitRoom(testbed.TeamName)
		var picture id.ContentURIString
		alice := bed.Slack.Person("alice")

		t.Run("12 image packs", func(t *testing.T) {
			ctx := t.Context()
			require.NoError(t, await.Until(ctx, "the emoji in the space's image pack", func(ctx context.Context) (bool, error) {
				var pack event.ImagePackEventContent
				err := bed.Owner.Client.StateEvent(ctx, space, event.StateUnstableImagePack, "slack-0", &pack)
				if err != nil || pack.Images["our_party"] == nil || pack.Images["fiesta"] == nil {
					return false, nil // there is none at first
				}
				picture = pack.Images["our_party"].URL
				require.Equal(t, picture, pack.Images["fiesta"].URL, "two names, one picture")
				return true, nil
			}))
			content, err := bed.Owner.Client.DownloadBytes(ctx, picture.ParseOrIgnore())
			require.NoError(t, err)
			require.Equal(t, drawn(t, 32, color.White), content)
		})
		var ts string
		var message id.EventID
		t.Run("12 in text from Slack", func(t *testing.T) {
			ts = alice.MustPost("general", "look :our_party: :fiesta: :agreed: :not_ours:")
			shown := bed.Owner.AwaitText(general, "look :our_party: :fiesta: 👍 :not_ours:")
			message = shown.ID
			images := regexp.MustCompile(`<img data-mx-emoticon src="([^"]+)" alt="(:[a-z_]+:)"`).FindAllStringSubmatch(shown.HTML, -1)
			require.Len(t, images, 2, shown.HTML)
			for i, name := range []string{":our_party:", ":fiesta:"} {
				require.Equal(t, []string{string(picture), name}, images[i][1:])
			}
		})
		t.Run("12 in text from Matrix", func(*testing.T) {
			emoticon := func(src, alt string) string {
				return fmt.Sprintf(`<img data-mx-emoticon src="%s" alt="%s" title="%s" height="32">`, src, alt, alt)
			}
			bed.Owner.MustSendHTML(general, "mine", "hi "+emoticon(string(picture), ":mine:")+" "+emoticon("mxc://elsewhere.test/e", ":elsewhere:"))
			bed.Slack.AwaitPost("general", "hi :our_party: :elsewhere:")
		})
		t.Run("13 a custom emoji from Slack", func(t *testing.T) {
			alice.MustReact("general", ts, "our_party")
			reaction := bed.Owner.AwaitReaction(general, message, string(picture))
			require.Equal(t, alice.GhostID(), reaction.Sender)
			alice.MustUnreact("general", ts, "our_party")
			bed.Owner.AwaitRedacted(general, reaction.ID)
		})
		t.Run("14 a custom emoji from Matrix", func(*testing.T) {
			mine := bed.Owner.MustReact(general, message, string(picture))
			bed.Slack.AwaitReaction("general", ts, "our_party")
			bed.Owner.MustRedact(general, mine)
			bed.Slack.AwaitNoReaction("general", ts, "our_party")
		})
		t.Run("12 an emoji that is removed", func(t *testing.T) {
			require.NoError(t, bed.Slack.Control.SetEmoji(t.Context(), "our_party", ""))
			bed.Slack.AwaitDelivered()
			alice.MustPost("general", "no more :our_party:")
			gone := bed.Owner.AwaitText(general, "no more :our_party:")
			require.False(t, strings.Contains(gone.HTML, "<img"), gone.HTML)
		})
	})
}

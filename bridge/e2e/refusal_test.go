package e2e_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/testbed"
)

// TestRefusal: a person whose message Slack refuses is told so once, with the reason and
// what helps, and their client shows the message as failed.
func TestRefusal(t *testing.T) {
	t.Run("43 the sender is told what Slack refuses", func(t *testing.T) {
		onManners(t, func(t *testing.T, options testbed.Options) {
			options.Settings = map[string]any{"matrix.message_status_events": true}
			bed, general := inGeneral(t, options)
			bed.Owner.MustSend(general, "before")
			bed.Slack.AwaitPost("general", "before")
			bed.Slack.MustFailCalls(web.Fault{Method: "chat.postMessage", Channel: "general", Times: -1, Error: "restricted_action_read_only_channel"})
			refused := bed.Owner.MustSend(general, "hello?")
			bed.Owner.AwaitAnswer(general, refused, "the reason", says("not in Slack", "the channel is read-only", "its managers can let the bot post"))
			bed.Await("the message to be marked as failed", func() bool { return endOf(t, bed.Owner, general, refused) == event.MessageStatusFail })
			bed.Slack.MustClearFaults()
			after := bed.Owner.MustSend(general, "after")
			bed.Slack.AwaitPost("general", "after")
			bed.Await("the next message to be marked as sent", func() bool { return endOf(t, bed.Owner, general, after) == event.MessageStatusSuccess })
			told := 0
			for _, message := range bed.Owner.Messages(general) {
				if message.ReplyTo == refused {
					told++
				}
			}
			require.Equal(t, 1, told)
			for _, post := range bed.Slack.Posts("general") {
				require.NotEqual(t, "hello?", post.Text)
			}
		})
	})
}

// endOf is how a message ended, as its room says (com.beeper.message_send_status), ""
// while it does not.
func endOf(t *testing.T, person *testbed.Person, room id.RoomID, message id.EventID) event.MessageStatus {
	t.Helper()
	page, err := person.Client.Messages(t.Context(), room, "", "", mautrix.DirectionBackward, nil, 100)
	require.NoError(t, err)
	for _, evt := range page.Chunk {
		if evt.Type.Type != event.BeeperMessageStatus.Type || evt.Content.ParseRaw(event.BeeperMessageStatus) != nil {
			continue
		}
		if status, ok := evt.Content.Parsed.(*event.BeeperMessageStatusEventContent); ok && status.RelatesTo.EventID == message {
			return status.Status
		}
	}
	return ""
}

// TestMute: an admin mutes a person, who is told so once; others go on. What a person says
// above the limit comes later and in order, told once as well.
func TestMute(t *testing.T) {
	t.Run("43 a person is muted and one sends too much", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{Settings: map[string]any{"network.sender_limit": 6, "network.invite": []any{"@ann:" + testbed.ServerName}}})
		space := bed.Owner.AwaitRoom(testbed.TeamName)
		ann := bed.MustRegister("ann")
		bed.Owner.MustInvite(space, ann.UserID)
		ann.MustJoin(ann.AwaitInvite(testbed.TeamName).String())
		ann.MustJoin(general.String())
		ann.MustSend(general, "before")
		bed.Slack.AwaitPost("general", "before")
		chat := bed.Owner.AwaitChat()
		asked := bed.Owner.MustSend(chat, "mute "+ann.UserID.String())
		bed.Owner.AwaitAnswer(chat, asked, "the answer that she is muted", says("is muted", "told so once"))
		refused := ann.MustSend(general, "not carried")
		ann.AwaitAnswer(general, refused, "the reason", says("not in Slack", "has muted you"))
		own := ann.MustOpenChat()
		asked = ann.MustSend(own, "unmute "+ann.UserID.String())
		ann.AwaitAnswer(own, asked, "the answer that she may not", says("limited to bridge administrators"))
		bed.Bridge.MustRestart()
		bed.Slack.AwaitSocket()
		ann.MustSend(general, "nor this")
		bed.Owner.MustSend(general, "mine is")
		bed.Slack.AwaitPost("general", "mine is")
		asked = bed.Owner.MustSend(chat, "unmute "+ann.UserID.String())
		bed.Owner.AwaitAnswer(chat, asked, "the answer that she is not muted any more", says("no longer muted"))
		texts := []string{"one", "two", "three", "four", "five", "six", "seven", "eight"}
		var tooMuch id.EventID
		for n, text := range texts { // ten seconds for each that is above the limit
			if sent := ann.MustSend(general, text); n == 6 {
				tooMuch = sent
			}
		}
		bed.Owner.MustSend(general, "mine too")
		ann.AwaitAnswer(general, tooMuch, "that she is slowed", says("more than 6 messages within a minute", "Nothing is lost"))
		bed.Slack.AwaitPost("general", "mine too")
		var seen []string
		for _, post := range bed.Slack.Posts("general") {
			if post.BotID != "" {
				seen = append(seen, post.Text)
			}
		}
		require.Equal(t, slices.Concat([]string{"before", "mine is"}, texts, []string{"mine too"}), seen)
	})
}

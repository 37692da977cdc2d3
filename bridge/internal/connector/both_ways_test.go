package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

func TestMessageBothWays(t *testing.T) {
	w := newWorld(t)
	w.room()
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", Text: "from slack", TS: "1700000001.000100"}))
	require.Equal(t, []string{"from slack"}, w.home.bodies())
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "from matrix")))
	require.Equal(t, []string{"from matrix"}, w.api.posted(t))
	require.Empty(t, w.home.said())
}

// TestAnEditOfWhatWasSaidInMatrix has Slack leave the metadata by which the bridge
// recognizes its own posts out of message_changed.
func TestAnEditOfWhatWasSaidInMatrix(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "from matrix")))
	require.NoError(t, w.hear("Ev1", slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Hidden: true, TS: "1700000900.000100",
		Message: &slackevent.Message{
			Subtype: "bot_message", BotID: "BUBOT", TS: postTS(1), Text: "from matrix, changed",
			Edited: &slackevent.Edited{User: "BUBOT", TS: "1700000900.000000"},
		},
	}))
	require.Empty(t, w.home.bodies())
}

// TestAMessageThatComesAfterItsDeletion has Slack redeliver an unacknowledged event when
// the message is already gone.
func TestAMessageThatComesAfterItsDeletion(t *testing.T) {
	w := newWorld(t)
	w.room()
	said := slackevent.Message{User: "U1", Text: "not meant for you", TS: "1700000001.000100"}
	deletion := gone(said.TS)
	deletion.EventTS = "1700000005.000100"
	require.NoError(t, w.hear("Ev2", deletion))
	require.NoError(t, w.hear("Ev3", changed("1700000004.000100", "nor this")), "an edit from before the deletion")
	require.NoError(t, w.hear("Ev1", said))
	require.Empty(t, w.home.bodies())
}

// TestAnEditOfWhatIsGone comes when Slack has given up delivering the message and its
// deletion: nothing tells of that again.
func TestAnEditOfWhatIsGone(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.shows("1700000002.000100")
	require.NoError(t, w.hear("Ev1", changed("1700000004.000100", "not meant for you")))
	require.NoError(t, w.hear("Ev2", slackevent.Message{User: "U1", Text: "not meant for you", TS: "1700000001.000100"}), "late")
	require.Empty(t, w.home.bodies())
}

// TestTwoAppsInOneWorkspace delivers to a second login what the first one posted and
// reacted with for people in Matrix.
func TestTwoAppsInOneWorkspace(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", Text: "from slack", TS: "1700000001.000100"}))
	w.client = w.loginOf("@second:test", "UBOT2")
	require.NoError(t, w.hear("Ev2", slackevent.Message{
		Subtype: slackevent.SubtypeBotMessage, BotID: "BUBOT", Text: "a piece of a long text", TS: postTS(2),
		Metadata: &slackevent.Metadata{EventType: metadataType},
	}))
	require.NoError(t, w.hearEvent("Ev3", "reaction_added", &slackevent.Reaction{
		Type: "reaction_added", User: "UBOT", Reaction: "tada",
		Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: "1700000001.000100"},
	}))
	require.Equal(t, []string{"from slack"}, w.home.bodies())
	require.Empty(t, w.home.of(event.EventReaction))
}

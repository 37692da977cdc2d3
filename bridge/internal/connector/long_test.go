package connector

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackevent"
)

// thread is the root of the thread that a message is in, or "".
func (s sent) thread() id.EventID {
	return s.content.Parsed.(*event.MessageEventContent).RelatesTo.GetThreadParent()
}

// takenOut returns the events that the bridge redacted.
func takenOut(w *world) (targets []id.EventID) {
	for _, s := range w.home.of(event.EventRedaction) {
		targets = append(targets, s.content.Parsed.(*event.RedactionEventContent).Redacts)
	}
	return targets
}

// longInSlack has ann say a text of two parts and returns the parts' events.
func longInSlack(w *world, message slackevent.Message) (parts []id.EventID) {
	w.Helper()
	before := len(w.home.of(event.EventMessage))
	message.User, message.Text = "U1", inTwo("ONE", "TWO")
	require.NoError(w, w.hear("Ev "+message.TS, message))
	for _, s := range w.home.of(event.EventMessage)[before:] {
		parts = append(parts, s.id)
	}
	require.Len(w, parts, 2)
	return parts
}

func TestADeletionInSlackTakesEveryPart(t *testing.T) {
	w := newWorld(t)
	parts := longInSlack(w, slackevent.Message{TS: "1700000001.000100"})
	require.NoError(t, w.hear("Ev2", gone("1700000001.000100")))
	require.ElementsMatch(t, parts, takenOut(w))
	require.Empty(t, w.rows("1700000001.000100"))
}

func TestAnEditInSlackThatShortensTakesTheRestAway(t *testing.T) {
	w := newWorld(t)
	parts := longInSlack(w, slackevent.Message{TS: "1700000001.000100"})
	require.NoError(t, w.hear("Ev2", changed("1700000009.000100", "short")))
	require.Equal(t, parts[1:], takenOut(w))
	require.Len(t, w.rows("1700000001.000100"), 1)
	edits := w.home.of(event.EventMessage)
	require.Equal(t, "short", edits[len(edits)-1].body())
	require.Equal(t, parts[0], edits[len(edits)-1].content.Parsed.(*event.MessageEventContent).RelatesTo.GetReplaceID())
}

// TestEveryPartStandsInTheThread sends a long text as an answer in a thread, in each
// direction.
func TestEveryPartStandsInTheThread(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", TS: "1700000000.000100", Text: "root"}))
	root := w.home.of(event.EventMessage)[0].id
	longInSlack(w, slackevent.Message{TS: "1700000001.000100", ThreadTS: "1700000000.000100"})
	for _, part := range w.home.of(event.EventMessage)[1:] {
		require.Equal(t, root, part.thread())
	}

	require.NoError(t, w.receive(w.message("$long", "@ann:test", map[string]any{
		"msgtype": "m.text", "body": strings.Repeat("word ", 2000),
		"m.relates_to": map[string]any{"rel_type": "m.thread", "event_id": root},
	})))
	posts := w.api.of("chat.postMessage")
	require.Len(t, posts, 3)
	for _, post := range posts {
		require.Equal(t, "1700000000.000100", post.Get("thread_ts"))
	}
}

// TestWhatHappensToAFurtherPieceHappensToTheMessage has a person in Slack answer and
// react to the last piece of what was one message in Matrix.
func TestWhatHappensToAFurtherPieceHappensToTheMessage(t *testing.T) {
	w := newWorld(t)
	inThree(w)
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", TS: "1700000900.000100", ThreadTS: postTS(3), Text: "well said"}))
	answer := w.home.of(event.EventMessage)[0]
	require.Equal(t, "well said", answer.body())
	require.Equal(t, id.EventID("$long"), answer.thread())

	reaction := slackevent.Reaction{
		Type: "reaction_added", User: "U1", Reaction: "tada", EventTS: "1700000901.000100",
		Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: postTS(2)},
	}
	require.NoError(t, w.hearEvent("Ev2", "reaction_added", &reaction))
	reactions := w.home.of(event.EventReaction)
	require.Len(t, reactions, 1)
	require.Equal(t, id.EventID("$long"), reactions[0].content.Parsed.(*event.ReactionEventContent).RelatesTo.EventID)
}

// TestTheEchoOfEveryPieceIsKnown delivers events about the bridge's own posts.
func TestTheEchoOfEveryPieceIsKnown(t *testing.T) {
	w := newWorld(t)
	inThree(w)
	w.restart()
	for piece := 1; piece <= 3; piece++ {
		require.NoError(t, w.hear("Ev"+postTS(piece), slackevent.Message{
			Subtype: slackevent.SubtypeBotMessage, BotID: "BUBOT", AppID: "AUBOT", TS: postTS(piece), Text: "word word",
			Metadata: &slackevent.Metadata{EventType: metadataType},
		}))
	}
	require.Empty(t, w.home.bodies())
}

// TestALongerEditAddsPieces edits a message of one piece to three, which are all deleted
// with it.
func TestALongerEditAddsPieces(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "short")))
	require.NoError(t, w.receive(w.edit("$e1", "@ann:test", "$m1", strings.Repeat("word ", 2000))))
	require.Len(t, w.api.of("chat.update"), 1)
	require.Len(t, w.api.posted(t), 3)
	require.NoError(t, w.receive(w.redact("$x", "@ann:test", "$m1")))
	require.ElementsMatch(t, []string{postTS(1), postTS(2), postTS(3)}, deleted(w))
}

// TestUnreadableProgressPostsNothing: then it is not known which pieces are in Slack, so
// none is posted again.
func TestUnreadableProgressPostsNothing(t *testing.T) {
	w := newWorld(t)
	evt := w.write("$said", "@ann:test", "hello")
	raw, err := json.Marshal(evt)
	require.NoError(t, err)
	err = w.handle(inbox.Row{
		Source: matrixevent.Source, Key: "$said", Lane: evt.RoomID.String(), Kind: matrixevent.KindEvent, Payload: raw,
		Progress: []byte("no JSON"),
	}, w.slack.HandleMatrix)
	require.True(t, inbox.IsPark(err), err)
	require.Empty(t, w.api.posted(t))
}

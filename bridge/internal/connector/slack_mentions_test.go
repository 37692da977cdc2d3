package connector

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// contents are the messages in Matrix, in order.
func (h *homeserver) contents() []*event.MessageEventContent {
	var all []*event.MessageEventContent
	for _, s := range h.of(event.EventMessage) {
		all = append(all, s.content.Parsed.(*event.MessageEventContent))
	}
	return all
}

// TestPeopleOfMatrixAreCalledByName has a person in Slack name people who are in the room,
// who have left it, and who share a name.
func TestPeopleOfMatrixAreCalledByName(t *testing.T) {
	w := newWorld(t)
	w.home.names = map[id.UserID]string{
		"@carol:test": "Carol", "@ck:test": "Carol King", "@sam1:test": "Sam", "@sam2:test": "Sam", "@gone:test": "-",
	}
	w.room()
	for i, text := range []string{"@Carol King, please", "ask @carol", "@Sam?", "@gone?", "`@Carol`"} {
		require.NoError(t, w.hear(fmt.Sprint("E", i), slackevent.Message{User: "U1", Text: text, TS: fmt.Sprintf("1700000600.%06d", i)}))
	}
	var called [][]id.UserID
	for _, content := range w.home.contents() {
		called = append(called, content.Mentions.UserIDs)
	}
	require.Equal(t, [][]id.UserID{{"@ck:test"}, {"@carol:test"}, nil, nil, nil}, called)
}

// TestWhoBeganAThreadIsPinged has a person in Slack answer a person in Matrix, naming
// them too, and answer another person in Slack.
func TestWhoBeganAThreadIsPinged(t *testing.T) {
	w := newWorld(t)
	w.home.names = map[id.UserID]string{"@carol:test": "Carol"}
	require.NoError(t, w.receive(w.write("$a", "@carol:test", "lunch?")))
	root := postTS(1)
	answer := func(n int, text, root, subtype string) *event.MessageEventContent {
		require.NoError(t, w.hear(fmt.Sprint("E", n), slackevent.Message{
			User: "U1", Text: text, TS: fmt.Sprintf("1700000600.%06d", n), ThreadTS: root, Subtype: subtype,
		}))
		all := w.home.contents()
		return all[len(all)-1]
	}
	require.Equal(t, []id.UserID{"@carol:test"}, answer(1, "yes", root, "").Mentions.UserIDs)
	require.Equal(t, []id.UserID{"@carol:test"}, answer(2, "yes, @Carol", root, "").Mentions.UserIDs)
	require.Empty(t, answer(3, "no thread", "", "").Mentions.UserIDs)
	require.Empty(t, answer(4, "of a ghost", "1700000600.000003", "").Mentions.UserIDs)

	copied := answer(5, "for all", root, slackevent.SubtypeThreadBroadcast)
	require.Empty(t, copied.RelatesTo.GetThreadParent(), "the copy in the timeline is last")
	require.Empty(t, copied.Mentions.UserIDs)
	all := w.home.contents()
	require.Equal(t, []id.UserID{"@carol:test"}, all[len(all)-2].Mentions.UserIDs)
}

// TestALateAnswerPingsNoOne: what was missed for long is history.
func TestALateAnswerPingsNoOne(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$a", "@carol:test", "lunch?")))
	key := w.room().PortalKey
	message := &slackevent.Message{User: "U1", Text: "yes", Channel: general, TS: "1700000600.000001", ThreadTS: postTS(1)}
	parts, err := w.client.convert(t.Context(), message, eventBytes, shownIn{})
	require.NoError(t, err)
	require.NoError(t, w.client.mentionRootAuthor(t.Context(), key, message, parts))
	require.Equal(t, []id.UserID{"@carol:test"}, parts[0].Content.Mentions.UserIDs)
	silence(parts)
	require.Empty(t, parts[0].Content.Mentions.UserIDs)
}

// TestPermalinks has links to messages cross both ways.
func TestPermalinks(t *testing.T) {
	w := newWorld(t)
	w.client.identity.URL = "https://example.slack.com/"
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "the root", TS: "1700000600.000001"}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "the answer", TS: "1700000600.000002", ThreadTS: "1700000600.000001"}))
	sent := w.home.of(event.EventMessage)
	inMatrix := func(n int) string { return w.room().MXID.EventURI(sent[n].id, "test").MatrixToURL() }
	const root = "https://example.slack.com/archives/C1/p1700000600000001"
	const answer = "https://example.slack.com/archives/C1/p1700000600000002?thread_ts=1700000600.000001&amp;cid=C1"
	elsewhere := w.room().MXID.EventURI("$elsewhere", "test").MatrixToURL()
	require.NoError(t, w.hear("E3", slackevent.Message{
		User: "U1", TS: "1700000600.000003",
		Text: "see <" + root + "> and <" + answer + "> " +
			"in <https://example.slack.com/archives/C1>, not <https://example.slack.com/archives/C1/p1700000600000009> or <https://other.slack.com/archives/C9/p1700000600000001>",
	}))
	bodies := w.home.bodies()
	require.Equal(t, "see "+inMatrix(0)+" and "+inMatrix(1)+" in "+w.slack.roomLink(w.room().MXID)+
		", not https://example.slack.com/archives/C1/p1700000600000009 or https://other.slack.com/archives/C9/p1700000600000001", bodies[len(bodies)-1])

	require.NoError(t, w.receive(w.write("$a", owner, inMatrix(0)+" "+inMatrix(1)+" "+elsewhere)))
	require.Equal(t, []string{"<" + root + "> <" + answer + "> " + elsewhere}, w.api.posted(t))
}

// TestButtonsLeadToTheMessage: in Slack they can be pressed.
func TestButtonsLeadToTheMessage(t *testing.T) {
	w := newWorld(t)
	w.client.identity.URL = "https://example.slack.com/"
	require.NoError(t, w.hear("E1", slackevent.Message{
		User: "U1", Text: "fallback", TS: "1700000600.000002", ThreadTS: "1700000600.000001",
		Blocks: json.RawMessage(`[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Approve"},"action_id":"a"}]}]`),
	}))
	require.Equal(t, []string{"[Approve] (https://example.slack.com/archives/C1/p1700000600000002?thread_ts=1700000600.000001&cid=C1)"}, w.home.bodies())
}

// TestEphemeralMessagesStayInSlack: one person alone was shown them.
func TestEphemeralMessagesStayInSlack(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "only you see this", TS: "1700000600.000001", IsEphemeral: true}))
	require.NoError(t, w.hear("E2", slackevent.Message{
		Subtype: slackevent.SubtypeChanged, TS: "1700000600.000002",
		Message: &slackevent.Message{User: "U1", Text: "only you see that", TS: "1700000600.000001", IsEphemeral: true},
	}))
	require.Empty(t, w.home.bodies())
}

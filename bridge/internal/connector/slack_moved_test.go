package connector

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// elsewhere is the id that #general gets.
const elsewhere = "C9"

// forgetful has Slack show no history, so that nothing counts as deleted.
func (w *world) forgetful() {
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.history" {
			return answer{"ok": false, "error": "not_in_channel"}
		}
		return nil
	})
}

// changeID delivers the event that #general has another id.
func (w *world) changeID(id string) error {
	w.Helper()
	return w.hearEvent(id, eventIDChanged, &slackevent.ChannelIDChanged{Type: eventIDChanged, OldID: general, NewID: elsewhere, EventTS: "1700000700.000001"})
}

// hearElsewhere handles a message event under the new id.
func (w *world) hearElsewhere(id string, message slackevent.Message) error {
	w.Helper()
	message.Channel, message.ChannelType = elsewhere, "channel"
	if message.Message != nil {
		inner := *message.Message
		inner.Channel = elsewhere
		message.Message = &inner
	}
	return w.hear(id, message)
}

// movedPortal is the portal of #general under its new id.
func (w *world) movedPortal() *bridgev2.Portal {
	w.Helper()
	portal, err := w.bridge.GetExistingPortalByKey(w.Context(), networkid.PortalKey{ID: teamID + "-" + elsewhere})
	require.NoError(w, err)
	return portal
}

func TestAChannelWithAnotherID(t *testing.T) {
	w := newWorld(t)
	w.forgetful()
	room := w.room().MXID
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "one", TS: "1700000601.000001"}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "two", TS: "1700000602.000001"}))
	require.NoError(t, w.hear("E3", slackevent.Message{User: "U1", Text: "an answer", TS: "1700000603.000001", ThreadTS: "1700000602.000001"}))
	require.NoError(t, w.receive(w.write("$m", "@ann:test", "mine")))
	require.NoError(t, w.receive(w.react("$r", "@ann:test", w.rows("1700000602.000001")[0].MXID, "👍")))
	twoInMatrix := w.rows("1700000602.000001")[0].MXID
	edit, unreact := w.edit("$m2", "@ann:test", "$m", "mine, edited"), w.redact("$r2", "@ann:test", "$r")
	remove, write := w.redact("$m3", "@ann:test", "$m"), w.write("$n", "@ann:test", "after")
	waiting := inbox.Row{
		Source: sourceOf(w.client.login.ID), Lane: w.client.lane(general), Key: "message C1 1700000604.000001", Self: "C1 1700000604.000001", Kind: kindEvent,
		Payload: []byte(`{"type":"event_callback","team_id":"T1","event_id":"E4","event":{"type":"message","channel":"C1","channel_type":"channel","user":"U1","text":"parked before","ts":"1700000604.000001"}}`),
	}
	fails := true
	w.home.refuse = func(s sent) error {
		if fails && s.kind.Type == event.EventMessage.Type && s.body() == "parked before" {
			return refused(400, "M_UNKNOWN", "no")
		}
		return nil
	}
	for w.handle(waiting, w.slack.HandleSlack) != nil {
		continue
	}
	fails = false
	w.awaitParkedNotice()

	require.NoError(t, w.changeID("E5"))
	require.NoError(t, w.changeID("E5 again"))
	w.settled()
	portal := w.movedPortal()
	require.NotNil(t, portal)
	require.Equal(t, room, portal.MXID)
	old, err := w.bridge.GetExistingPortalByKey(t.Context(), networkid.PortalKey{ID: teamID + "-" + general})
	require.NoError(t, err)
	require.Nil(t, old)
	require.Equal(t, elsewhere, w.client.connector.moves.current(teamID, general))
	require.Equal(t, 3, w.home.rooms, "the space, one room, and the owner's chat with the bot")

	// What is about messages from before.
	edited := slackevent.Message{
		Subtype: slackevent.SubtypeChanged, TS: "1700000701.000001", Hidden: true,
		Message:         &slackevent.Message{User: "U1", Text: "one, edited", TS: "1700000601.000001", Edited: &slackevent.Edited{User: "U1", TS: "1700000701.000000"}},
		PreviousMessage: &slackevent.Message{User: "U1", Text: "one", TS: "1700000601.000001"},
	}
	require.NoError(t, w.hearElsewhere("E6", edited))
	require.NoError(t, w.hearElsewhere("E7", slackevent.Message{User: "U1", Text: "another answer", TS: "1700000702.000001", ThreadTS: "1700000602.000001"}))
	require.NoError(t, w.hearEvent("E8", "reaction_added", &slackevent.Reaction{
		Type: "reaction_added", User: "U1", Reaction: "tada", Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: elsewhere, TS: "1700000602.000001"}, EventTS: "1700000703.000001",
	}))
	require.NoError(t, w.hearElsewhere("E9", gone("1700000601.000001")))
	bodies := w.home.bodies()
	require.Contains(t, bodies, "one, edited")
	answer := w.home.of(event.EventMessage)[len(bodies)-1]
	require.Equal(t, "another answer", answer.body())
	require.Equal(t, twoInMatrix, answer.content.Parsed.(*event.MessageEventContent).RelatesTo.GetThreadParent())
	require.Len(t, w.home.of(event.EventReaction), 1)
	require.NotEmpty(t, w.home.of(event.EventRedaction))

	for _, evt := range []*event.Event{edit, unreact, write, remove} {
		require.NoError(t, w.receive(evt))
	}
	for method, key := range map[string]string{"chat.update": "channel", "reactions.remove": "channel", "chat.delete": "channel"} {
		calls := w.api.of(method)
		require.Len(t, calls, 1, method)
		require.Equal(t, elsewhere, calls[0].Get(key), method)
	}
	posts := w.api.of("chat.postMessage")
	require.Equal(t, elsewhere, posts[len(posts)-1].Get("channel"))

	// What was parked under the old id.
	rows, err := w.slack.inbox.List(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	require.Equal(t, "message C9 1700000604.000001", rows[0].Key)
	require.Equal(t, w.client.lane(elsewhere), rows[0].Lane)
	_, err = w.slack.inbox.RetrySource(t.Context(), rows[0].Source, rows[0].Reason)
	require.NoError(t, err)
	w.settled()
	require.Contains(t, w.home.bodies(), "parked before")
	require.Equal(t, 3, w.home.rooms)
}

// TestWhatComesLateUnderAnOldID delivers events of the old id after the channel has
// another: they are the new one's, in its lane, and nothing makes a second room.
func TestWhatComesLateUnderAnOldID(t *testing.T) {
	w := newWorld(t)
	w.forgetful()
	w.room()
	s := w.session()
	require.NoError(t, s.store(t.Context(), []slackevent.Envelope{
		envelopeOf(`{"type":"channel_id_changed","old_channel_id":"C1","new_channel_id":"C9","event_ts":"1700000700.000001"}`, "E1"),
		envelopeOf(`{"type":"message","channel":"C9","channel_type":"channel","user":"U1","text":"already there","ts":"1700000701.000001"}`, "E2"),
		envelopeOf(`{"type":"message","channel":"C1","channel_type":"channel","user":"U1","text":"still here","ts":"1700000699.000001"}`, "E3"),
	}))
	w.settled()
	require.NoError(t, s.store(t.Context(), []slackevent.Envelope{
		envelopeOf(`{"type":"message","channel":"C1","channel_type":"channel","user":"U1","text":"very late","ts":"1700000699.000002"}`, "E4"),
		envelopeOf(`{"type":"channel_id_changed","old_channel_id":"C1","new_channel_id":"C9","event_ts":"1700000700.000001"}`, "E1b"),
		envelopeOf(`{"type":"channel_deleted","channel":"C1","event_ts":"1700000702.000001"}`, "E5"),
	}))
	w.settled()
	require.Equal(t, []string{"already there", "still here", "very late"}, w.home.bodies())
	require.Equal(t, 2, w.home.rooms, "the space and one room")
	require.Empty(t, w.slack.closureOf(w.movedPortal()), "it is the old id that is deleted")
	require.NoError(t, w.hearElsewhere("E6", slackevent.Message{User: "U1", Text: "see <#C1|general> and <https://example.slack.com/archives/C1/p1700000699000001>", TS: "1700000703.000001"}))
	require.Equal(t, "see #general and "+w.movedPortal().MXID.EventURI(w.rowOf(elsewhere, "1700000699.000001"), "test").MatrixToURL(), w.home.bodies()[3])
}

// envelopeOf is an envelope with an event.
func envelopeOf(event, id string) slackevent.Envelope {
	return slackevent.Envelope{ID: "envelope of " + id, Type: slackevent.TypeEventsAPI, Payload: json.RawMessage(
		`{"type":"event_callback","team_id":"T1","event_id":"` + id + `","event":` + event + `}`)}
}

// rowOf is the event of a message.
func (w *world) rowOf(channel, ts string) id.EventID {
	w.Helper()
	part, err := w.bridge.DB.Message.GetFirstPartByID(w.Context(), "", networkid.MessageID(teamID+"-"+channel+"-"+ts))
	require.NoError(w, err)
	require.NotNil(w, part)
	return part.MXID
}

// TestANewIDThatWasThereFirst delivers a message under the new id before the change: the
// room that it made is left, and the first room goes on.
func TestANewIDThatWasThereFirst(t *testing.T) {
	w := newWorld(t)
	w.forgetful()
	room := w.room().MXID
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "before", TS: "1700000601.000001"}))
	require.NoError(t, w.hearElsewhere("E2", slackevent.Message{User: "U1", Text: "too early", TS: "1700000699.000001"}))
	second := w.movedPortal().MXID
	require.NotEqual(t, room, second)
	require.NoError(t, w.changeID("E3"))
	w.settled()
	require.Equal(t, room, w.movedPortal().MXID)
	require.NoError(t, w.hearElsewhere("E4", slackevent.Message{User: "U1", Text: "after", TS: "1700000701.000001"}))
	sent := w.home.of(event.EventMessage)
	require.Equal(t, room, sent[len(sent)-1].room)
	require.Equal(t, 3, w.home.rooms)
	require.Contains(t, w.home.bodies(), "This channel goes on in "+w.slack.roomLink(room)+".")
	require.NoError(t, w.hearElsewhere("E5", gone("1700000601.000001")))
	require.Len(t, w.home.of(event.EventRedaction), 1)
}

// TestANewIDThatAloneHasARoom: the old id has no room when the change comes. The room of the new
// one and its history stay.
func TestANewIDThatAloneHasARoom(t *testing.T) {
	w := newWorld(t)
	w.forgetful()
	require.NoError(t, w.hearElsewhere("E1", slackevent.Message{User: "U1", Text: "first", TS: "1700000699.000001"}))
	require.NoError(t, w.hearElsewhere("E2", slackevent.Message{User: "U1", Text: "answer", TS: "1700000699.000002", ThreadTS: "1700000699.000001"}))
	room, first := w.movedPortal().MXID, w.rowOf(elsewhere, "1700000699.000001")
	require.NoError(t, w.changeID("E3"))
	w.settled()
	require.True(t, w.slack.moves.isDone(teamID+"-"+general))
	require.Equal(t, room, w.movedPortal().MXID)
	require.Equal(t, first, w.rowOf(elsewhere, "1700000699.000001"))
	require.NoError(t, w.hearElsewhere("E4", gone("1700000699.000001")))
	require.Len(t, w.home.of(event.EventRedaction), 1)
	require.Equal(t, 2, w.home.rooms, "the space and one room")
}

// TestAMoveThatFails has the database fail in the midst of it: nothing has moved.
func TestAMoveThatFails(t *testing.T) {
	w := newWorld(t)
	w.forgetful()
	room := w.room().MXID
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "before", TS: "1700000601.000001"}))
	exec := func(query string) {
		_, err := w.bridge.DB.Exec(t.Context(), query)
		require.NoError(t, err)
	}
	exec("CREATE TRIGGER away BEFORE UPDATE ON message BEGIN SELECT RAISE(ABORT, 'database is locked'); END")
	require.Error(t, w.changeID("E2"))
	require.Len(t, w.rows("1700000601.000001"), 1, "under the old id")
	write := w.write("$m", "@ann:test", "meanwhile")
	err := w.receive(write)
	require.ErrorIs(t, err, errMoving)
	_, later := inbox.LaterFrom(err)
	require.True(t, later, errors.Unwrap(err))
	exec("DROP TRIGGER away")
	require.NoError(t, w.changeID("E2"))
	require.NoError(t, w.receive(write))
	require.Empty(t, w.rows("1700000601.000001"))
	require.Equal(t, room, w.movedPortal().MXID)
	posts := w.api.of("chat.postMessage")
	require.Len(t, posts, 1)
	require.Equal(t, elsewhere, posts[0].Get("channel"))
}

// TestAChannelWithAThirdID: what names the first id counts for the last.
func TestAChannelWithAThirdID(t *testing.T) {
	for range 50 { // maps have no order
		m := newMoves()
		m.put(slackdb.Moved{Team: teamID, Old: "A", New: "B", Done: true})
		m.put(slackdb.Moved{Team: teamID, Old: "B", New: "C", Done: true})
		require.Equal(t, `{"channel":"C"}`, string(m.rewrite(teamID, []byte(`{"channel":"A"}`))))
	}
}

// TestTheNoteOfAMovedChannel: a change that waited while the channel got another id is in the note.
func TestTheNoteOfAMovedChannel(t *testing.T) {
	w := newWorld(t, noting)
	w.forgetful()
	w.session()
	message := w.heard("1700000600.000001", "vote", "")
	require.NoError(t, w.receive(w.react("$1", "@ann:test", message, "🎉")))
	w.settled()
	require.NoError(t, w.receive(w.react("$2", "@bob:test", message, "🎉")))
	w.settled()
	require.NoError(t, w.changeID("E5"))
	w.settled()
	require.NoError(t, w.slack.db.RemoveReactor(t.Context(), "$1"))
	updates := len(w.api.of("chat.update"))
	require.NoError(t, w.client.putReactors(t.Context(), reactedTo{Message: "T1-C1-1700000600.000001", Without: "$1"}, "without $1"))
	w.settled()
	require.Len(t, w.api.of("chat.update"), updates+1)
	require.Equal(t, elsewhere, w.api.of("chat.update")[updates].Get("channel"))
}

// TestTheConfigurationNamesAnOldID: what it says of a channel holds under the ids that the channel
// gets afterwards.
func TestTheConfigurationNamesAnOldID(t *testing.T) {
	w := newWorld(t, func(n *settings.Network) {
		n.Channels.Include = []string{general}
		n.Channels.Directions = []settings.ChannelDirection{{Channel: general, Direction: settings.OnlyFromSlack}}
	})
	w.forgetful()
	moved := func(old, id string) {
		require.NoError(t, w.client.announceMove(t.Context(), &slackevent.ChannelIDChanged{OldID: old, NewID: id}))
	}
	moved(general, elsewhere)
	moved(elsewhere, "C10")
	for id, want := range map[string]bool{general: true, elsewhere: true, "C10": true, "C11": false} {
		conversation := slackevent.Conversation{ID: id, Name: "plans"}
		require.Equal(t, want, w.client.allowed(conversation), id)
		require.Equal(t, want, w.client.directionOf(conversation) == settings.OnlyFromSlack, id)
	}
}

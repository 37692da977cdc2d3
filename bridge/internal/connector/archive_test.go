package connector

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// channel makes Slack answer as if #general were in this state, until it is called again.
// A bot that joins is a member from then on.
func (w *world) channel(state answer, others ...func(call) answer) {
	channel := answer{"id": general, "name": "general", "is_channel": true}
	for key, value := range state {
		channel[key] = value
	}
	var mu sync.Mutex
	out := channel["is_member"] != true
	w.api.onCall(func(c call) answer {
		mu.Lock()
		defer mu.Unlock()
		for _, other := range others {
			if said := other(c); said != nil {
				return said
			}
		}
		switch {
		case c.method == "conversations.info":
			return answer{"channel": maps.Clone(channel)}
		case c.method == "conversations.join":
			channel["is_member"], out = true, false
			return answer{"channel": maps.Clone(channel)}
		case c.method == "conversations.history" && out:
			return answer{"ok": false, "error": "not_in_channel"}
		}
		return nil
	})
}

// archive delivers the event that #general was archived or unarchived.
func (w *world) archive(kind, ts string) {
	w.Helper()
	require.NoError(w, w.hearEvent(kind+ts, kind, &slackevent.ChannelArchive{Type: kind, Channel: general, User: "U1", EventTS: ts}))
}

// writeLevel is the power level that is needed to write in a room.
func (h *homeserver) writeLevel(room id.RoomID) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.levels(room).EventsDefault
}

// told returns the notices in the room that are not answers.
func (w *world) told() (notices []string) {
	for _, s := range w.home.of(event.EventMessage) {
		content := s.content.Parsed.(*event.MessageEventContent)
		if s.room == w.room().MXID && content.MsgType == event.MsgNotice && content.RelatesTo == nil {
			notices = append(notices, content.Body)
		}
	}
	return notices
}

// TestAnArchivedChannel archives and unarchives a channel: its room is read-only
// meanwhile and gets one notice about each, and the bot joins the channel again by itself.
func TestAnArchivedChannel(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "before", TS: "1700000600.000001"}))
	w.channel(answer{"is_archived": true})
	w.archive("channel_archive", "1700000601.000001")
	w.archive("channel_archive", "1700000601.000002")
	require.Equal(t, []string{
		"This channel was archived in Slack by Ann: messages no longer cross, and this room is read-only. When it is unarchived, the bridge's bot joins it again and this room opens.",
	}, w.told())
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))

	require.NoError(t, w.receive(w.write("$m", owner, "hello?")))
	require.Equal(t, []string{"⚠️ Your message was not bridged: This is not in Slack: the channel is archived in Slack"}, w.home.said())
	require.Empty(t, w.api.of("chat.postMessage"))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "delivered late", TS: "1700000600.000002"}), "a ghost may speak")
	require.NoError(t, w.hear("E3", gone("1700000600.000001")))
	require.Len(t, w.home.of(event.EventRedaction), 1)

	w.channel(answer{})
	w.archive("channel_unarchive", "1700000700.000001")
	require.Len(t, w.api.of("conversations.join"), 1)
	require.Len(t, w.told(), 2)
	require.Equal(t, "This channel is open in Slack again: messages cross.", w.told()[1])
	require.Zero(t, w.home.writeLevel(room))
	w.channel(answer{"is_member": true})
	require.NoError(t, w.hearEvent("E4", "member_joined_channel", &slackevent.Membership{Type: "member_joined_channel", User: botID, Channel: general}))
	require.Len(t, w.told(), 2, "the bot's join says nothing new")
	require.Eventually(t, func() bool { return len(w.api.of("conversations.history")) > 0 }, 30*time.Second, time.Millisecond, "what was said meanwhile is read")
	require.NoError(t, w.receive(w.write("$n", "@ann:test", "back")))
	require.Equal(t, []string{"back"}, w.api.posted(t))
}

// TestAnArchivedChannelWaitsForAnInvitation unarchives a channel that the bot may not
// join by itself.
func TestAnArchivedChannelWaitsForAnInvitation(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID
	w.channel(answer{"is_archived": true})
	w.archive("channel_archive", "1700000601.000001")
	w.channel(answer{}, func(c call) answer {
		if c.method == "conversations.join" {
			return answer{"ok": false, "error": "missing_scope", "needed": scopeJoin, "provided": "chat:write"}
		}
		return nil
	})
	w.archive("channel_unarchive", "1700000700.000001")
	w.archive("channel_unarchive", "1700000700.000002")
	require.Len(t, w.told(), 2)
	require.Contains(t, w.told()[1], "was unarchived in Slack")
	require.Contains(t, w.told()[1], "type `/invite @bridge` in it in Slack")
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
	require.NoError(t, w.receive(w.write("$m", owner, "hello?")))
	require.Contains(t, w.home.said()[0], "the bridge's bot is not in the channel")

	w.channel(answer{"is_member": true})
	require.NoError(t, w.hearEvent("E4", "member_joined_channel", &slackevent.Membership{Type: "member_joined_channel", User: botID, Channel: general}))
	require.Zero(t, w.home.writeLevel(room))
	require.Len(t, w.told(), 3)
}

// TestAnArchivedPrivateChannel archives a private channel: once the bot is removed, Slack
// says that it does not exist.
func TestAnArchivedPrivateChannel(t *testing.T) {
	w := newWorld(t)
	w.channel(answer{"is_private": true, "is_member": true})
	room := w.room().MXID
	w.channel(nil, func(c call) answer {
		if strings.HasPrefix(c.method, "conversations.") {
			return answer{"ok": false, "error": "channel_not_found"}
		}
		return nil
	})
	w.archive("group_archive", "1700000601.000001")
	require.Len(t, w.told(), 1)
	require.Contains(t, w.told()[0], "When it is unarchived, a member of the channel has to type `/invite @bridge` in it in Slack.")
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
}

// TestArchivingThatIsToldLate delivers the event of an archiving when the channel is back.
func TestArchivingThatIsToldLate(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.channel(answer{"is_member": true})
	w.archive("channel_archive", "1700000601.000001")
	w.channel(answer{"is_archived": true})
	w.archive("channel_unarchive", "1700000700.000001")
	require.Empty(t, w.told())
	require.Empty(t, w.api.of("conversations.join"))
}

// TestWhatWasMissedBeforeTheArchiving: it is read when the channel is back. The bridge was
// down, and got the event of the archiving before it could read.
func TestWhatWasMissedBeforeTheArchiving(t *testing.T) {
	w := newWorld(t)
	w.room()
	since := time.Now().Add(-2 * time.Hour)
	said := slackTS(time.Now().Add(-time.Hour))
	w.channel(answer{"is_archived": true})
	w.archive("channel_archive", slackTS(time.Now().Add(-time.Minute)))
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: since})
	require.NoError(t, err)
	require.NoError(t, w.handle(row, w.slack.HandleSlack))
	w.channel(answer{"is_member": true}, func(c call) answer {
		if c.method != "conversations.history" {
			return nil
		}
		return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "before it was archived", "ts": said}}}
	})
	w.archive("channel_unarchive", slackTS(time.Now()))
	w.settled()
	require.Contains(t, w.home.bodies(), "before it was archived")
}

// TestAChannelThatTheBotNeverEntered has a room that was made for its alias.
func TestAChannelThatTheBotNeverEntered(t *testing.T) {
	w := newWorld(t)
	w.channel(answer{})
	room := w.room().MXID
	w.channel(answer{"is_archived": true})
	w.archive("channel_archive", "1700000601.000001")
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
	w.channel(answer{})
	w.archive("channel_unarchive", "1700000700.000001")
	w.settled()
	require.Zero(t, w.home.writeLevel(room))
	require.Empty(t, w.api.of("conversations.join"))
	require.Len(t, w.told(), 2)
}

// TestTheBotStaysOut archives and unarchives a channel from which the bot was removed
// before.
func TestTheBotStaysOut(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.channel(answer{})
	require.NoError(t, w.hearEvent("E1", "channel_left", &slackevent.ChannelLeft{Type: "channel_left", Channel: general, EventTS: "1700000600.000001"}))
	require.NoError(t, w.hearEvent("E2", "channel_left", &slackevent.ChannelLeft{Type: "channel_left", Channel: general, EventTS: "1700000600.000002"}))
	w.channel(answer{"is_archived": true})
	w.archive("channel_archive", "1700000601.000001")
	w.channel(answer{})
	w.archive("channel_unarchive", "1700000700.000001")
	require.Len(t, w.told(), 1)
	require.Contains(t, w.told()[0], "was removed from this Slack channel")
	require.Empty(t, w.api.of("conversations.join"))
}

// TestAnArchivingThatFailsHalfWay has the homeserver, and then the database, fail between
// its steps: no notice is sent twice.
func TestAnArchivingThatFailsHalfWay(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID
	w.channel(answer{"is_archived": true})
	archived := &slackevent.ChannelArchive{Type: "channel_archive", Channel: general, User: "U1", EventTS: "1700000601.000001"}
	w.home.refuse = func(s sent) error {
		if s.kind.Type == event.EventMessage.Type {
			return refused(502, "M_UNKNOWN", "not now")
		}
		return nil
	}
	require.Error(t, w.hearEvent("E1", "channel_archive", archived))
	w.home.refuse = nil
	exec := func(query string) {
		_, err := w.bridge.DB.Exec(t.Context(), query)
		require.NoError(t, err)
	}
	exec("CREATE TRIGGER away BEFORE UPDATE ON portal BEGIN SELECT RAISE(ABORT, 'database is locked'); END")
	require.Error(t, w.hearEvent("E1", "channel_archive", archived))
	exec("DROP TRIGGER away")
	w.home.forget()
	w.client.connector.close(w.room(), "") // as a restart finds it
	w.restart()
	require.NoError(t, w.hearEvent("E1", "channel_archive", archived))
	require.Len(t, w.told(), 1)
	require.Len(t, w.home.of(event.StatePowerLevels), 1)
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
	require.Equal(t, closedArchived, w.slack.closureOf(w.room()))
}

// TestTheBotLeavesByTheArchiving delivers the event that the bot left a channel before the
// event that the channel was archived.
func TestTheBotLeavesByTheArchiving(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.channel(answer{"is_archived": true})
	require.NoError(t, w.hearEvent("E1", "channel_left", &slackevent.ChannelLeft{Type: "channel_left", Channel: general, EventTS: "1700000600.000001"}))
	w.archive("channel_archive", "1700000600.000002")
	require.Len(t, w.told(), 1)
	require.Contains(t, w.told()[0], "was archived in Slack")
	w.channel(answer{})
	w.archive("channel_unarchive", "1700000700.000001")
	require.Len(t, w.api.of("conversations.join"), 1)
}

// TestTheBotLeavesAPrivateChannelByTheArchiving does so with a private channel, of which Slack
// says that it does not exist once the bot is removed.
func TestTheBotLeavesAPrivateChannelByTheArchiving(t *testing.T) {
	w := newWorld(t)
	w.channel(answer{"is_private": true, "is_member": true})
	room := w.room().MXID
	w.hides()
	require.NoError(t, w.hearEvent("E1", "group_left", &slackevent.ChannelLeft{Type: "group_left", Channel: general, EventTS: "1700000600.000001"}))
	w.archive("group_archive", "1700000600.000002")
	w.archive("group_archive", "1700000600.000003")
	require.Len(t, w.told(), 2)
	require.Contains(t, w.told()[1], "This channel was archived in Slack by Ann: messages no longer cross, and this room is read-only.")
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
	require.Equal(t, closedArchived, w.slack.closureOf(w.room()))
	w.channel(answer{"is_private": true, "is_member": true})
	require.NoError(t, w.hearEvent("J", "member_joined_channel", &slackevent.Membership{Type: "member_joined_channel", User: botID, Channel: general}))
	require.Empty(t, w.slack.closureOf(w.room()))
	require.Zero(t, w.home.writeLevel(room))
}

// TestADeletedChannel deletes a channel: nothing makes a second room for it.
func TestADeletedChannel(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	room := portal.MXID
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "before", TS: "1700000600.000001"}))
	deleted := func(id string) {
		require.NoError(t, w.hearEvent(id, "channel_deleted", &slackevent.ChannelDeleted{Type: "channel_deleted", Channel: general, EventTS: "1700000601.000001"}))
	}
	w.channel(nil, func(c call) answer {
		if strings.HasPrefix(c.method, "conversations.") {
			return answer{"ok": false, "error": "channel_not_found"}
		}
		return nil
	})
	deleted("E2")
	deleted("E3")
	w.archive("channel_archive", "1700000602.000001")
	require.Equal(t, []string{"This channel was deleted in Slack: messages no longer cross, and this room is read-only."}, w.told())
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
	require.NoError(t, w.hear("E4", slackevent.Message{User: "U1", Text: "delivered late", TS: "1700000600.000002"}))
	require.NoError(t, w.receive(w.write("$m", owner, "hello?")))
	require.Equal(t, []string{"⚠️ Your message was not bridged: This is not in Slack: the channel was deleted in Slack"}, w.home.said())
	_, known := w.client.conversationOf(w.slack.alias("general"))
	require.False(t, known, "its alias stands for nothing")
	require.Equal(t, room, portal.MXID)

	w.home.gone = map[id.RoomID]bool{room: true}
	require.Error(t, w.hear("E5", slackevent.Message{User: "U1", Text: "too late", TS: "1700000600.000003"}))
	require.Equal(t, room, portal.MXID)
	require.Empty(t, w.home.of(event.StateTombstone))
}

// TestWhatClosedAChannelWasMissed has the bridge find out by reading: the channel was
// archived, and later unarchived, while no event came.
func TestWhatClosedAChannelWasMissed(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID
	read := func(since string) {
		t.Helper()
		at := toldAt(&inbox.Attempt{}, since)
		row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: at})
		require.NoError(t, err)
		require.NoError(t, w.handle(row, w.slack.HandleSlack))
	}
	w.channel(answer{"is_archived": true})
	read("1700000601.000001")
	read("1700000602.000001")
	require.Len(t, w.told(), 1)
	require.Contains(t, w.told()[0], "This channel was archived in Slack: ")
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
	w.channel(answer{})
	read("1700000603.000001")
	require.Len(t, w.api.of("conversations.join"), 1)
	require.Len(t, w.told(), 2)
	require.Zero(t, w.home.writeLevel(room))

	w.channel(answer{})
	read("1700000604.000001")
	read("1700000605.000001")
	require.Len(t, w.told(), 3)
	require.Contains(t, w.told()[2], "was removed from this Slack channel")
	require.Zero(t, w.home.writeLevel(room))
	w.channel(answer{"is_member": true})
	read("1700000606.000001")
	require.Empty(t, w.slack.closureOf(w.room()))
}

// TestTheBotIsBackAlready: that it left is told late. What it did not see is read.
func TestTheBotIsBackAlready(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	w.channel(answer{"is_member": true})
	require.NoError(t, w.hearEvent("J", "member_joined_channel", &slackevent.Membership{
		Type: "member_joined_channel", User: botID, Inviter: "U1", Channel: general, ChannelType: "C", EventTS: "1700000002.000100",
	}))
	require.NoError(t, w.hearEvent("L", "channel_left", &slackevent.ChannelLeft{Type: "channel_left", Channel: general, ActorID: "U1", EventTS: "1700000001.000100"}))
	require.Empty(t, w.slack.closureOf(portal))
	require.Empty(t, w.told())
	rows, err := w.slack.inbox.List(t.Context())
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(rows, func(row inbox.Parked) bool { return row.Kind == kindCatchup }) || len(w.api.of("conversations.history")) > 0)
}

// TestAGhostSpeaksInARoomThatIsHalfClosed: a message that another login hears comes into a room
// that is read-only already, and is not noted as closed yet.
func TestAGhostSpeaksInARoomThatIsHalfClosed(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.channel(answer{"is_archived": true})
	w.home.refuse = func(s sent) error {
		if s.kind.Type == event.EventMessage.Type && s.sender == w.bridge.Bot.GetMXID() {
			return refused(502, "M_UNKNOWN", "not now")
		}
		return nil
	}
	archived := &slackevent.ChannelArchive{Type: "channel_archive", Channel: general, User: "U1", EventTS: "1700000601.000001"}
	require.Error(t, w.hearEvent("E1", "channel_archive", archived))
	require.False(t, w.slack.needsPower(w.room()))

	message := slackevent.Message{Type: "message", User: "U1", Text: "the last word", TS: "1700000600.000001", Channel: general, ChannelType: "channel"}
	row := inbox.Row{Source: "another login", Lane: "another login", Key: "M1", Kind: kindEvent, Payload: []byte("{}"), Decoded: storedEvent{kind: "message", event: &message}}
	hear := func() error { return w.handle(row, w.client.handleRow) }
	_, later := inbox.LaterFrom(hear())
	require.True(t, later, "it is not parked")
	require.NoError(t, hear())
	require.Equal(t, []string{"the last word"}, w.home.bodies())
}

package connector

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// keepArchive keeps messages of #general, as an import does, and has the client know.
func (w *world) keepArchive(messages ...answer) {
	w.Helper()
	var said []*slackevent.Message
	for _, m := range messages {
		raw, err := json.Marshal(m)
		require.NoError(w, err)
		message, err := slackevent.DecodeMessage(raw)
		require.NoError(w, err)
		said = append(said, message)
	}
	said = HistoryOf(said)
	require.NoError(w, KeepArchive(w.Context(), w.slack.db, teamID, general, said))
	require.NoError(w, w.client.loadBackfills(w.Context()))
}

// TestARoomBeginsWithAnArchive has an archive whose last thread has gone on since, and a
// message that was said after it was made: more than a new room gets otherwise.
func TestARoomBeginsWithAnArchive(t *testing.T) {
	root := pastMessage(3, answer{"thread_ts": ago(3), "reply_count": 2})
	w := worldWithPast(t, past{
		messages: []answer{pastMessage(1, answer{"text": "changed since"}), root, pastMessage(20, nil)},
		threads: map[string][]answer{ago(3): {
			root, pastMessage(4, answer{"thread_ts": ago(3)}), pastMessage(21, answer{"thread_ts": ago(3)}),
		}},
	})
	w.slack.options.Backfill = settings.Backfill{} // of Slack's history nothing is wanted
	w.slack.options.Backfill.Threads.MaxInitialMessages = 5
	w.keepArchive(
		pastMessage(1, nil), pastMessage(2, answer{"subtype": "channel_join"}), root,
		pastMessage(4, answer{"thread_ts": ago(3)}), pastMessage(5, answer{"reactions": held("tada", "U1")}),
		pastMessage(6, nil), pastMessage(7, answer{"subtype": "tombstone"}),
	)
	invitedAfter := map[string]int{}
	w.home.refuse = func(s sent) error {
		if s.kind == event.StateMember && !strings.HasPrefix(s.key, "@slack_") {
			invitedAfter[s.key] = len(w.home.sentSoFar(event.EventMessage))
		}
		return nil
	}
	w.fill()

	require.Equal(t, []string{"message 1", "message 3", "message 4", "message 5", "message 6", "message 20", "message 21"}, w.home.bodies())
	sent := w.home.of(event.EventMessage)
	for _, reply := range []int{2, 6} {
		require.NotEmpty(t, sent[reply].content.Parsed.(*event.MessageEventContent).RelatesTo.GetThreadParent())
	}
	require.Len(t, w.home.of(event.EventReaction), 1)
	require.Equal(t, map[string]int{"@owner:test": 7}, invitedAfter)
	for _, call := range w.api.of("conversations.history") {
		require.True(t, isEarlier(call.Get("oldest"), ago(3)), "what may have been answered since is read")
	}
	kept, err := w.slack.db.Archived(t.Context(), teamID)
	require.NoError(t, err)
	require.Empty(t, kept)
}

// TestAnswersThatWereSaidSince has a message without answers and a thread that began long before
// the archive was made. Both are answered afterwards, more often than a new room shows of a thread
// otherwise. A thread in which nothing was said since is not asked for.
func TestAnswersThatWereSaidSince(t *testing.T) {
	const longAgo = "1690000000.000001" // more than threadAge before the others
	old := answer{"type": "message", "user": "U1", "text": "long ago", "ts": longAgo}
	in := func(root string, n int) answer { return pastMessage(n, answer{"thread_ts": root}) }
	w := worldWithPast(t, past{
		messages: []answer{old, pastMessage(1, nil), pastMessage(3, nil), pastMessage(6, nil)},
		threads: map[string][]answer{
			longAgo: {old, in(longAgo, 5), in(longAgo, 9), in(longAgo, 10)},
			ago(1):  {pastMessage(1, nil), in(ago(1), 2)},
			ago(3):  {pastMessage(3, nil), in(ago(3), 7), in(ago(3), 8)},
		},
	})
	w.slack.options.Backfill.Threads.MaxInitialMessages = 0 // of Slack's history nothing is wanted
	w.keepArchive(old, pastMessage(1, nil), in(ago(1), 2), pastMessage(3, nil), in(longAgo, 5), pastMessage(6, nil))
	w.fill()
	require.Equal(t, []string{
		"long ago", "message 1", "message 2", "message 3", "message 5", "message 6", "message 7", "message 8", "message 9", "message 10",
	}, w.home.bodies())
	var asked []string
	for _, call := range w.api.of("conversations.replies") {
		asked = append(asked, call.Get("ts"))
	}
	require.ElementsMatch(t, []string{longAgo, ago(3)}, asked)
	for _, message := range w.home.of(event.EventMessage)[6:] {
		require.NotEmpty(t, message.content.Parsed.(*event.MessageEventContent).RelatesTo.GetThreadParent())
	}
}

// TestAnArchiveOfAChannelThatTheBotIsNotIn: a public channel's history is in the archive,
// and Slack does not show the bot what was said since.
func TestAnArchiveOfAChannelThatTheBotIsNotIn(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil), pastMessage(2, nil)}})
	w.keepArchive(pastMessage(1, nil))
	outside := slackevent.Conversation{ID: general, Name: "general", IsChannel: true}
	w.client.conversations.put(outside)
	w.session()
	require.NoError(t, w.client.makeRoom(t.Context(), outside))
	w.settled()
	require.Equal(t, []string{"message 1"}, w.home.bodies())
	require.Empty(t, w.api.of("conversations.history"))
}

// TestARestartGoesOnWithAnArchive has the process end when a part of it is in the room: the
// rest comes, and nothing again. Live events have waited for it, however long that took.
func TestARestartGoesOnWithAnArchive(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(9, answer{"text": "live"})}})
	w.keepArchive(pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil))
	w.fillUntil("message 2")
	_, err := w.slack.inbox.Put(t.Context(), inbox.Row{
		Source: sourceOf(w.client.login.ID), Key: "live", Lane: w.client.lane(general), Kind: kindEvent, Payload: []byte("{}"),
		Decoded: storedEvent{kind: "message", event: &slackevent.Message{Channel: general, ChannelType: "channel", User: "U1", Text: "live", TS: ago(9)}},
	})
	require.NoError(t, err)

	require.NoError(t, w.client.loadBackfills(t.Context())) // as the next process does
	state, pending := w.client.backfills.get(general)
	require.True(t, pending)
	state.Begun = time.Now().Add(-time.Hour)
	require.NoError(t, w.client.keepBackfill(t.Context(), general, state))
	w.home.mu.Lock()
	w.home.refuse = nil
	w.home.mu.Unlock()
	w.settled()
	require.Equal(t, []string{"message 1", "message 2", "message 3", "live"}, w.home.bodies())
}

// TestTheRoomsOfAnArchiveAreMade although they are more than conversation_count, and also
// those that the bot is not in, as far as Slack shows them.
func TestTheRoomsOfAnArchiveAreMade(t *testing.T) {
	w := worldWithPast(t, past{})
	w.slack.options.Network.ConversationCount = 0
	w.api.onCall(func(c call) answer {
		switch {
		case c.method == "users.conversations":
			return answer{"channels": []answer{{"id": "C7", "name": "inside", "is_channel": true}, {"id": "C8", "name": "other", "is_channel": true}}}
		case c.method == "conversations.info" && c.form.Get("channel") == "C9":
			return answer{"channel": answer{"id": "C9", "name": "outside", "is_channel": true}}
		case c.method == "conversations.info":
			return answer{"ok": false, "error": "channel_not_found"}
		}
		return nil
	})
	for _, channel := range []string{"C7", "C9", "C0HIDDEN"} {
		require.NoError(t, KeepArchive(t.Context(), w.slack.db, teamID, channel, []*slackevent.Message{{TS: ago(1), User: "U1", Text: "old"}}))
	}
	require.NoError(t, w.client.loadBackfills(t.Context()))
	chosen, err := (&session{client: w.client}).chosen(t.Context(), time.Now())
	require.NoError(t, err)
	var names []string
	for _, conversation := range chosen {
		names = append(names, conversation.Name)
	}
	require.Equal(t, []string{"inside", "outside"}, names)
}

// TestWhatWasDeletedSinceIsNotBrought: a message was said and deleted after the archive was
// made, and Slack delivers it when the room is about to be filled.
func TestWhatWasDeletedSinceIsNotBrought(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil), pastMessage(3, nil)}})
	w.keepArchive(pastMessage(1, nil))
	w.session()
	require.Error(t, w.hear("late", slackevent.Message{User: "U1", Text: "message 2", TS: ago(2)}), "it comes back")
	w.settled()
	require.Equal(t, []string{"message 1", "message 3"}, w.home.bodies())
}

// TestPeopleOfAnArchive are kept without what they were doing when it was made.
func TestPeopleOfAnArchive(t *testing.T) {
	w := newWorld(t)
	user := slackevent.User{ID: "U9", Name: "zoe"}
	user.Profile.StatusText, user.Profile.StatusEmoji = "On leave", ":palm_tree:"
	user.Profile.StatusExpiration = time.Now().Add(time.Hour)
	require.NoError(t, KeepPeople(t.Context(), w.slack.db, w.client.team, []slackevent.User{user}))
	kept, known, err := w.slack.db.Person(t.Context(), w.client.team, "U9")
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, "zoe", kept.Name)
	require.Empty(t, kept.StatusText+kept.StatusEmoji)
	require.Zero(t, kept.StatusUntil)
}

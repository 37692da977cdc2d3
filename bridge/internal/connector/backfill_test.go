package connector

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// past is what Slack shows of a conversation, oldest first, and of its threads.
type past struct {
	messages []answer
	threads  map[string][]answer
}

// worldWithPast is a world whose new rooms get three messages, and of each thread one.
func worldWithPast(t *testing.T, past past) *world {
	w := newWorld(t)
	w.slack.options.Backfill = settings.Backfill{Enabled: true, MaxInitialMessages: 3, MaxInitialDirectMessages: 2}
	w.slack.options.Backfill.Threads.MaxInitialMessages = 1
	w.api.onCall(past.show)
	return w
}

func (p past) show(c call) answer {
	switch c.method {
	case "conversations.history":
		shown := p.roots()
		slices.Reverse(shown)
		if latest := c.form.Get("latest"); latest != "" {
			shown = slices.DeleteFunc(shown, func(m answer) bool { return !isEarlier(m["ts"].(string), latest) })
		}
		if oldest := c.form.Get("oldest"); oldest != "" {
			shown = slices.DeleteFunc(shown, func(m answer) bool { return !isLater(m["ts"].(string), oldest) })
		}
		limit, _ := strconv.Atoi(c.form.Get("limit"))
		more := len(shown) > limit
		shown = shown[:min(limit, len(shown))]
		if more {
			return answer{"messages": shown, "response_metadata": answer{"next_cursor": "more"}}
		}
		return answer{"messages": shown}
	case "bots.info":
		return answer{"bot": answer{"id": c.form.Get("bot"), "name": "bridge"}}
	case "conversations.replies":
		return answer{"messages": p.threads[c.form.Get("ts")]}
	}
	return nil
}

// roots are the messages of the channel, those with answers as Slack shows them: with their number
// and the ts of the newest.
func (p past) roots() (shown []answer) {
	for _, message := range p.messages {
		message = maps.Clone(message)
		if thread := p.threads[message["ts"].(string)]; len(thread) > 1 {
			message["thread_ts"], message["reply_count"] = message["ts"], len(thread)-1
			message["latest_reply"] = thread[len(thread)-1]["ts"]
		}
		shown = append(shown, message)
	}
	return shown
}

// ago is the n-th ts of the past, the n-th hour.
func ago(n int) string { return fmt.Sprintf("17000%05d.000001", n*3600) }

func pastMessage(n int, more answer) answer {
	m := answer{"type": "message", "user": "U1", "text": fmt.Sprintf("message %d", n), "ts": ago(n)}
	for key, value := range more {
		m[key] = value
	}
	return m
}

// fill makes the room of #general and waits until it is filled.
func (w *world) fill() id.RoomID {
	w.Helper()
	w.session()
	conversation, err := w.client.conversations.get(w.Context(), general)
	require.NoError(w, err)
	require.NoError(w, w.client.makeRoom(w.Context(), conversation))
	w.settled()
	require.Empty(w, w.client.backfills.states)
	return w.room().MXID
}

// TestANewRoomBeginsWithWhatWasSaid has a channel with a thread, an edit, a reaction and
// a post of the bridge's own.
func TestANewRoomBeginsWithWhatWasSaid(t *testing.T) {
	root := pastMessage(3, answer{"reply_count": 2, "thread_ts": ago(3)})
	w := worldWithPast(t, past{
		messages: []answer{
			pastMessage(1, nil), pastMessage(2, answer{"subtype": "channel_join"}),
			root,
			pastMessage(5, answer{"edited": answer{"user": "U1", "ts": ago(6)}, "reactions": held("tada", "U1")}),
			pastMessage(8, answer{
				"subtype": "bot_message", "user": "", "bot_id": "BUBOT", "username": "Zoe",
				"metadata": answer{"event_type": metadataType, "event_payload": answer{"event_id": "$old", "piece": 0}},
			}),
		},
		threads: map[string][]answer{ago(3): {
			root,
			pastMessage(4, answer{"thread_ts": ago(3)}), pastMessage(7, answer{"thread_ts": ago(3)}),
		}},
	})
	w.slack.options.Network.Invite = []id.UserID{"@guest:test"}
	invitedAfter := map[string]int{}
	w.home.refuse = func(s sent) error {
		if s.kind == event.StateMember && !strings.HasPrefix(s.key, "@slack_") {
			if _, before := invitedAfter[s.key]; !before {
				invitedAfter[s.key] = len(w.home.sentSoFar(event.EventMessage))
			}
		}
		return nil
	}
	room := w.fill()

	require.Equal(t, []string{"message 3", "message 5", "message 7", "message 8"}, w.home.bodies(), "the newest three, and one of the thread")
	sent := w.home.of(event.EventMessage)
	require.NotEmpty(t, sent[2].content.Parsed.(*event.MessageEventContent).RelatesTo.GetThreadParent())
	require.Equal(t, "Zoe", sent[3].content.Parsed.(*event.MessageEventContent).BeeperPerMessageProfile.Displayname)
	for _, message := range sent {
		require.Equal(t, &event.Mentions{}, message.content.Parsed.(*event.MessageEventContent).Mentions, "no one is notified")
	}
	require.Len(t, w.home.of(event.EventReaction), 1)
	require.Equal(t, map[string]int{"@owner:test": 4, "@guest:test": 4}, invitedAfter, "people come in afterwards")
	require.Equal(t, room, w.room().MXID)

	require.NoError(t, w.hear("again", slackevent.Message{User: "U1", Text: "message 5", TS: ago(5)}))
	require.NoError(t, w.hear("new", slackevent.Message{User: "U1", Text: "new", TS: slackTS(time.Now().Add(time.Second))}))
	require.Equal(t, []string{"message 3", "message 5", "message 7", "message 8", "new"}, w.home.bodies())
}

// TestARoomIsClosedWhileItIsFilled has a public channel, whose room members of the space may
// join: not before it has its history.
func TestARoomIsClosedWhileItIsFilled(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil)}})
	var first *event.JoinRulesEventContent
	w.home.creating = func(req *mautrix.ReqCreateRoom) error {
		for _, evt := range req.InitialState {
			if evt.Type.Type == event.StateJoinRules.Type {
				first = evt.Content.Parsed.(*event.JoinRulesEventContent)
			}
		}
		return nil
	}
	openedAfter := -1
	w.home.refuse = func(s sent) error {
		if s.kind.Type == event.StateJoinRules.Type {
			require.Equal(t, event.JoinRuleRestricted, s.content.Parsed.(*event.JoinRulesEventContent).JoinRule)
			openedAfter = len(w.home.sentSoFar(event.EventMessage))
		}
		return nil
	}
	w.fill()
	require.Equal(t, event.JoinRuleInvite, first.JoinRule)
	require.Equal(t, 1, openedAfter)
}

// TestAnAliasWaitsForTheHistory has a person ask for the alias of a channel that the bot is in
// and that has no room yet. Before the room is filled it does not have the alias.
func TestAnAliasWaitsForTheHistory(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil)}})
	w.session()
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	w.client.conversations.put(conversation)
	require.True(t, w.slack.QueryAlias(w.slack.alias(conversation.Name)))
	require.Empty(t, w.client.backfills.states)
	require.Equal(t, []string{"message 1"}, w.home.bodies())
}

// TestTheFirstMessageComesAfterTheHistory has a message make the room.
func TestTheFirstMessageComesAfterTheHistory(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil)}})
	w.session()
	require.Error(t, w.hear("first", slackevent.Message{User: "U1", Text: "message 3", TS: ago(3)}), "it comes back")
	w.settled()
	require.Equal(t, []string{"message 1", "message 2", "message 3"}, w.home.bodies())
}

// TestNoHistory has reasons for a new room to be empty.
func TestNoHistory(t *testing.T) {
	for name, change := range map[string]func(*settings.Backfill){
		"switched off": func(b *settings.Backfill) { b.Enabled = false },
		"none wanted":  func(b *settings.Backfill) { b.MaxInitialMessages = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil)}})
			change(&w.slack.options.Backfill)
			w.fill()
			require.Empty(t, w.home.bodies())
			require.Empty(t, w.api.of("conversations.history"))
		})
	}
	t.Run("the bot is not in the channel", func(t *testing.T) {
		w := worldWithPast(t, past{})
		require.Zero(t, w.client.backfillLimit(slackevent.Conversation{ID: general, IsChannel: true}))
	})
}

// TestHistoryThatIsSwitchedOff: rooms that have not had theirs yet get none after the next start.
func TestHistoryThatIsSwitchedOff(t *testing.T) {
	for name, change := range map[string]func(*settings.Backfill){
		"switched off": func(b *settings.Backfill) { b.Enabled = false },
		"none wanted":  func(b *settings.Backfill) { b.MaxInitialMessages = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			root := pastMessage(1, nil)
			w := worldWithPast(t, past{messages: []answer{root, pastMessage(2, nil)}, threads: map[string][]answer{ago(1): {root, root}}})
			planned, err := w.client.planBackfill(t.Context(), slackevent.Conversation{ID: general, IsChannel: true, IsMember: true}, []string{"U1"})
			require.NoError(t, err)
			require.True(t, planned)
			change(&w.slack.options.Backfill)
			require.NoError(t, w.client.loadBackfills(t.Context())) // as the next process does
			w.fill()
			require.Empty(t, w.home.bodies())
			require.Empty(t, w.api.of("conversations.history"))
			require.Empty(t, w.api.of("conversations.replies"))
		})
	}
}

// TestTheHistoryEndsWhereItBegan has an answer said in a thread after the channel was read, and
// a message in the channel before that, which waits in the lane.
func TestTheHistoryEndsWhereItBegan(t *testing.T) {
	said, answered := slackTS(time.Now().Add(time.Hour)), slackTS(time.Now().Add(2*time.Hour))
	root := pastMessage(1, answer{"reply_count": 1, "thread_ts": ago(1)})
	late := answer{"type": "message", "user": "U1", "text": "late answer", "ts": answered, "thread_ts": ago(1)}
	w := worldWithPast(t, past{messages: []answer{root}, threads: map[string][]answer{ago(1): {root, late}}})
	w.fill()
	require.Equal(t, []string{"message 1"}, w.home.bodies())
	require.NoError(t, w.hear("said", slackevent.Message{User: "U1", Text: "said meanwhile", TS: said}))
	require.NoError(t, w.hear("late", slackevent.Message{User: "U1", Text: "late answer", TS: answered, ThreadTS: ago(1)}))
	require.Equal(t, []string{"message 1", "said meanwhile", "late answer"}, w.home.bodies())
}

// TestLiveEventsDoNotWaitForEver has Slack refuse to show the history for longer than
// live events wait.
func TestLiveEventsDoNotWaitForEver(t *testing.T) {
	w := worldWithPast(t, past{})
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.history" {
			return answer{"ok": false, "error": "internal_error"}
		}
		return nil
	})
	w.session()
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.makeRoom(t.Context(), conversation))
	state, pending := w.client.backfills.get(general)
	require.True(t, pending)
	state.Begun = time.Now().Add(-time.Hour)
	require.NoError(t, w.client.keepBackfill(t.Context(), general, state))
	_, err = w.slack.inbox.Put(t.Context(), inbox.Row{
		Source: sourceOf(w.client.login.ID), Key: "live", Lane: w.client.lane(general), Kind: kindEvent, Payload: []byte("{}"),
		Decoded: storedEvent{kind: "message", event: &slackevent.Message{Channel: general, ChannelType: "channel", User: "U1", Text: "live", TS: ago(5)}},
	})
	require.NoError(t, err)
	w.settled()
	require.Equal(t, []string{"New messages have come meanwhile. What was said in Slack before is not in this room.", "live"}, w.home.bodies())
}

// TestLiveEventsDoNotWaitForTheirTurnForEver has so many other rooms be filled that one with a
// live event does not get its turn.
func TestLiveEventsDoNotWaitForTheirTurnForEver(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil)}})
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	line := w.client.backfills.line
	for n := range fillsAtOnce {
		end, _ := line.take(fmt.Sprint("other ", n), turn{awaited: true})
		require.NotNil(t, end)
	}
	var late atomic.Bool
	line.now = func() time.Time {
		if late.Load() {
			return time.Now().Add(time.Hour)
		}
		return time.Now()
	}
	w.putLive(w.client, 5)
	w.putLive(w.client, 6)
	w.session()
	require.Eventually(t, func() bool { return line.awaitedFor(general) > 0 }, 30*time.Second, time.Millisecond)
	late.Store(true)
	w.settled()
	require.Equal(t, []string{"New messages have come meanwhile. What was said in Slack before is not in this room.", "live", "live"}, w.home.bodies())
	require.Empty(t, w.api.of("conversations.history"))
}

// fillUntil makes the room and fills it until a message, which the homeserver does not take.
func (w *world) fillUntil(body string) {
	w.T.Helper()
	var refused atomic.Bool
	w.home.refuse = func(s sent) error {
		if s.body() == body {
			refused.Store(true)
			return mautrix.HTTPError{Response: &http.Response{StatusCode: http.StatusServiceUnavailable}}
		}
		return nil
	}
	w.session()
	conversation, err := w.client.conversations.get(w.T.Context(), general)
	require.NoError(w.T, err)
	require.NoError(w.T, w.client.makeRoom(w.T.Context(), conversation))
	require.Eventually(w.T, refused.Load, 30*time.Second, time.Millisecond)
}

// TestARestartGoesOnWithTheHistory has the process end when a part of the history is in
// the room.
func TestARestartGoesOnWithTheHistory(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil)}})
	w.fillUntil("message 2")

	require.NoError(t, w.client.loadBackfills(t.Context())) // as the next process does
	w.home.mu.Lock()
	w.home.refuse = nil
	w.home.mu.Unlock()
	w.settled()
	require.Equal(t, []string{"message 1", "message 2", "message 3"}, w.home.bodies())
	require.Len(t, w.api.of("conversations.history"), 2, "what is deleted by then does not come")
}

// TestARowIsNotParkedForTheHistory has a message of the history that cannot be read: the
// room says so, and the row that fills the room is handled.
func TestARowIsNotParkedForTheHistory(t *testing.T) {
	w := worldWithPast(t, past{})
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	require.NoError(t, w.client.keepBackfill(t.Context(), general, backfillState{Begun: time.Now(), Read: true}))
	require.NoError(t, w.slack.db.PutOldMessages(t.Context(), w.client.login.ID, general, []slackdb.OldMessage{{TS: ago(1), Payload: []byte("{")}}))
	w.session()
	require.NoError(t, w.hear("live", slackevent.Message{User: "U1", Text: "live", TS: slackTS(time.Now().Add(time.Second))}))
	require.Equal(t, []string{
		"What was said before could not be brought here; the bridge's log says why. Messages from before that are in Slack only: 1.",
		"live",
	}, w.home.bodies())
	require.Empty(t, w.client.backfills.states)
}

// TestAHistoryThatIsGivenUpIsNotReadAnyMore: the status does not count it for ever.
func TestAHistoryThatIsGivenUpIsNotReadAnyMore(t *testing.T) {
	w := worldWithPast(t, past{})
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	require.NoError(t, w.client.keepBackfill(t.Context(), general, backfillState{Read: true}))
	require.NoError(t, w.slack.db.PutOldMessages(t.Context(), w.client.login.ID, general, []slackdb.OldMessage{{TS: ago(1), Payload: []byte("{")}}))
	w.session()
	require.NoError(t, w.hear("live", slackevent.Message{User: "U1", Text: "live", TS: slackTS(time.Now().Add(time.Second))}))
	require.Empty(t, w.client.backfills.states)
	require.Zero(t, w.slack.Reading())
}

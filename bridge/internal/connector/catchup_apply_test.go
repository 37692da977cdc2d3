package connector

import (
	"encoding/json"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// TestStagedMessageIsThereByThen has a live event bring a message, as it was at first,
// after the history was read that shows its edit: the edit is made, and once.
func TestStagedMessageIsThereByThen(t *testing.T) {
	w := newWorld(t)
	w.room()
	const ts = "1700000001.000001"
	edited := &slackevent.Message{
		User: "U1", Text: "as edited", TS: ts, Edited: &slackevent.Edited{User: "U1", TS: "1700000002.000000"},
	}
	payload, err := json.Marshal(edited)
	require.NoError(t, err)
	staged, err := json.Marshal(stagedRow{Channel: general, Staged: slackdb.Staged{Place: ts, Kind: stagedMessage, Payload: payload}})
	require.NoError(t, err)
	catchUp := func(key string) {
		require.NoError(t, w.handle(inbox.Row{
			Source: sourceOf(w.client.login.ID), Key: key, Lane: w.client.lane(general), Kind: kindStaged, Payload: staged,
		}, w.slack.HandleSlack))
	}

	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "at first", TS: ts}))
	catchUp("one")
	require.Equal(t, []string{"at first", "as edited"}, w.home.bodies())
	catchUp("two")
	require.Equal(t, []string{"at first", "as edited"}, w.home.bodies())
}

// TestWhatSlackDoesNotShowHidesNothingElse has a message with more reactions than history
// names, and Slack refuses to name the others: what was missed still arrives.
func TestWhatSlackDoesNotShowHidesNothingElse(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	said := func(ago time.Duration, more answer) answer {
		message := answer{"type": "message", "user": "U1", "ts": slackTS(now.Add(-ago)), "text": "said " + ago.String() + " ago"}
		maps.Copy(message, more)
		return message
	}
	w.api.onCall(func(c call) answer {
		switch {
		case c.method == "reactions.get":
			return answer{"ok": false, "error": "message_not_found"}
		case c.method != "conversations.history":
			return nil
		case c.form.Get("cursor") == "":
			return answer{
				"messages": []answer{said(time.Minute, answer{
					"reactions": []answer{{"name": "tada", "count": 2, "users": []string{"U1"}}},
				})},
				"response_metadata": answer{"next_cursor": "more"},
			}
		case c.form.Get("cursor") == "more":
			return answer{"messages": []answer{said(2*time.Minute, nil)}, "response_metadata": answer{"next_cursor": "refused"}}
		}
		return answer{"ok": false, "error": "not_in_channel"}
	})
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-time.Hour)})
	require.NoError(t, err)
	require.NoError(t, w.handle(row, w.slack.HandleSlack))
	require.Equal(t, []string{"said 2m0s ago", "said 1m0s ago"}, w.home.bodies())
}

// TestAnOlderThreadOvertakesNothing finds a reply to an old thread in a reading next to
// the conversation's lane while an earlier message waits in the lane.
func TestAnOlderThreadOvertakesNothing(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	root, waits, reply := slackTS(now.Add(-20*24*time.Hour)), slackTS(now.Add(-2*time.Minute)), slackTS(now.Add(-time.Minute))
	require.NoError(t, w.hear("root", slackevent.Message{User: "U1", Text: "root", TS: root}))
	var limited atomic.Bool
	limited.Store(true)
	w.api.onCall(func(c call) answer {
		switch {
		case c.method == "users.info" && c.form.Get("user") == "U8" && limited.Load():
			return answer{"ok": false, "error": "ratelimited"}
		case c.method != "conversations.replies":
			return nil
		}
		return answer{"messages": []answer{
			{"type": "message", "user": "U1", "text": "root", "ts": root, "thread_ts": root, "reply_count": 1, "latest_reply": reply},
			{"type": "message", "user": "U1", "text": "reply", "ts": reply, "thread_ts": root},
		}}
	})
	lane := w.client.lane(general)
	threads, err := w.client.catchupRow(kindThreads, span{Channel: general, Since: now.Add(-time.Hour)})
	require.NoError(t, err)
	threads.Lane = lane + "/catchup"
	threads.Progress = []byte(`{"threads":["` + root + `"]}`)
	w.session()
	message := &slackevent.Message{Channel: general, ChannelType: "channel", User: "U8", Text: "waits", TS: waits}
	_, err = w.slack.inbox.Put(t.Context(), inbox.Row{
		Source: threads.Source, Key: "waits", Lane: lane, Kind: kindEvent,
		Decoded: storedEvent{kind: "message", event: message}, Payload: []byte("{}"),
	}, threads)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.slack.inbox.WaitingIn(lane+"/catchup", 0) == 0 }, 10*time.Second, 10*time.Millisecond)
	limited.Store(false)
	w.settled()
	require.Equal(t, []string{"root", "waits", "reply"}, w.home.bodies())
}

// TestOwnEditsAreNotMissed has history show a message of a Matrix person that was edited
// in Matrix: nothing is made of it.
func TestOwnEditsAreNotMissed(t *testing.T) {
	w := newWorld(t)
	w.room()
	const ts = "1700000001.000001"
	message := &slackevent.Message{
		User: w.client.bot, Text: "as edited", TS: ts, Edited: &slackevent.Edited{User: w.client.bot, TS: "1700000002.000000"},
		Metadata: &slackevent.Metadata{EventType: metadataType},
	}
	id := slackid.MakeMessageID(w.client.team, general, ts)
	compare := &comparison{parts: map[networkid.MessageID][]*database.Message{id: {{ID: id, Metadata: &MessageMetadata{}}}}}
	try := &catchup{Client: w.client, row: &inbox.Attempt{}, span: span{Channel: general, Since: time.Unix(1700000000, 0)}}
	staged, err := compare.difference(t.Context(), try, message)
	require.NoError(t, err)
	require.Empty(t, staged)
	message.Metadata = nil
	staged, err = compare.difference(t.Context(), try, message)
	require.NoError(t, err)
	require.Len(t, staged, 1, "what is edited in Slack is")
}

// TestEditsWithinASecond has history show the last of three edits in one second. The events
// of the last two come behind the reading: the message stays as it is in Slack.
func TestEditsWithinASecond(t *testing.T) {
	for name, test := range map[string]struct {
		heard bool          // the message is in Matrix, edited once
		ago   time.Duration // how long the edits are ago when history is read
		shown []string
	}{
		"of a message in Matrix": {true, 30 * time.Second, []string{"said", "first", "third"}},
		"of one that is not":     {false, 30 * time.Second, []string{"third"}},
		// Slack's clock is not known well enough to tell the second edit from a later one, so Slack is asked.
		"just before it is read": {true, 0, []string{"said", "first", "third"}},
		"just said, and read":    {false, 0, []string{"third"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.room()
			now := time.Now()
			said, second := now.Add(-time.Minute), now.Add(-test.ago).Truncate(time.Second)
			state := func(text string) *slackevent.Message {
				return &slackevent.Message{Type: "message", User: "U1", Text: text, TS: slackTS(said), Edited: &slackevent.Edited{User: "U1", TS: slackTS(second)}}
			}
			w.api.onCall(func(c call) answer {
				if c.method != "conversations.history" && c.method != "conversations.replies" {
					return nil
				}
				return answer{"messages": []*slackevent.Message{state("third")}}
			})
			edited := func(key, text string, at time.Duration) {
				require.Eventually(t, func() bool { // Slack is believed a moment after an edit
					return w.hear(key, slackevent.Message{Subtype: slackevent.SubtypeChanged, TS: slackTS(second.Add(at)), Message: state(text)}) == nil
				}, time.Minute, time.Millisecond)
			}
			if test.heard {
				require.NoError(t, w.hear("said", slackevent.Message{User: "U1", Text: "said", TS: slackTS(said)}))
				edited("Ev1", "first", 100*time.Millisecond)
			}
			row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-5 * time.Minute)})
			require.NoError(t, err)
			require.NoError(t, w.handle(row, w.slack.HandleSlack))
			w.client.reads = newReads() // another process has read
			edited("Ev2", "second", 200*time.Millisecond)
			edited("Ev3", "third", 300*time.Millisecond)
			require.Equal(t, test.shown, w.home.bodies())
		})
	}
}

// TestOldNewsNotifiesNoOne reads two messages after an absence that mention @channel: only
// the one of the last hour notifies the room.
func TestOldNewsNotifiesNoOne(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	said := func(ago time.Duration) answer {
		return answer{"type": "message", "user": "U1", "ts": slackTS(now.Add(-ago)), "text": "<!channel> lunch"}
	}
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" {
			return nil
		}
		return answer{"messages": []answer{said(30 * time.Minute), said(2 * time.Hour)}}
	})
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-3 * time.Hour)})
	require.NoError(t, err)
	require.NoError(t, w.handle(row, w.slack.HandleSlack))
	var notifies []bool
	for _, s := range w.home.of(event.EventMessage) {
		mentions := s.content.Parsed.(*event.MessageEventContent).Mentions
		require.NotNil(t, mentions)
		notifies = append(notifies, mentions.Room)
	}
	require.Equal(t, []bool{false, true}, notifies)
}

// TestReactionsThatWereShownBefore has what a reading has shown of a message's reactions be
// handled after an event that tells of a later time, and long after it was shown.
func TestReactionsThatWereShownBefore(t *testing.T) {
	now := time.Now()
	said := slackTS(now.Add(-time.Hour))
	type person struct{ kind, user, name string }
	for name, tc := range map[string]struct {
		// told are events, at the time told; shown is what the reading has shown, and
		// shows what Slack shows now.
		told         []person
		shown, shows []answer
		shownAgo     time.Duration
		want         int
	}{
		"taken back since":  {told: []person{{"reaction_added", "U1", "tada"}, {"reaction_removed", "U1", "tada"}}, shown: held("tada", "U1")},
		"added since":       {told: []person{{"reaction_added", "U1", "tada"}}, want: 1},
		"nothing told":      {shown: held("tada", "U1"), want: 1},
		"shown long ago":    {shown: held("tada", "U1"), shownAgo: 2 * time.Hour},
		"comes, it is said": {shows: held("tada", "U1"), shownAgo: 2 * time.Hour, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(network *settings.Network) { network.SlackTimeScale = 1 })
			w.room()
			w.api.onCall(func(c call) answer {
				if c.method == "reactions.get" {
					return answer{"message": answer{"type": "message", "user": "U1", "ts": said, "text": "said", "reactions": tc.shows}}
				}
				return nil
			})
			require.NoError(t, w.hear("said", slackevent.Message{User: "U1", Text: "said", TS: said}))
			for i, event := range tc.told {
				require.NoError(t, w.hearEvent(event.kind+said, event.kind, &slackevent.Reaction{
					Type: event.kind, User: event.user, Reaction: event.name, EventTS: slackTS(now.Add(time.Duration(i) * time.Millisecond)),
					Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: said},
				}))
			}
			payload, err := json.Marshal(answer{"type": "message", "ts": said, "reactions": tc.shown, "event_ts": slackTS(now.Add(-tc.shownAgo - time.Second))})
			require.NoError(t, err)
			staged, err := json.Marshal(stagedRow{Channel: general, Staged: slackdb.Staged{Place: said, Kind: stagedReactions, Payload: payload}})
			require.NoError(t, err)
			require.NoError(t, w.handle(inbox.Row{
				Source: sourceOf(w.client.login.ID), Key: "staged", Lane: w.client.lane(general), Kind: kindStaged, Payload: staged,
			}, w.slack.HandleSlack))
			reactions, err := w.bridge.DB.Reaction.GetAllToMessage(t.Context(), "", networkid.MessageID(teamID+"-"+general+"-"+said))
			require.NoError(t, err)
			require.Len(t, reactions, tc.want)
		})
	}
}

func held(name, user string) []answer {
	return []answer{{"name": name, "count": 1, "users": []string{user}}}
}

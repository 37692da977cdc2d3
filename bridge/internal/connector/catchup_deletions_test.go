package connector

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// told is a channel with three messages and a thread, all of which are in Matrix, and what
// Slack shows of it.
type told struct {
	*world
	// ts are the messages, the oldest first; replies are to the second.
	ts, replies []string
	// gone are the messages that Slack does not have any more.
	gone []string
	// readings counts those that were made.
	readings int
}

func newTold(t *testing.T) *told {
	w := &told{world: newWorld(t)}
	w.room()
	now := time.Now()
	for n := range 3 {
		w.ts = append(w.ts, slackTS(now.Add(time.Duration(n-60)*time.Minute)))
		require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "said", TS: w.ts[n]}))
	}
	for n := range 2 {
		w.replies = append(w.replies, slackTS(now.Add(time.Duration(n-30)*time.Minute)))
		require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "answered", TS: w.replies[n], ThreadTS: w.ts[1]}))
	}
	return w
}

// shows returns the messages of the channel as Slack shows them, the newest first, within
// the bounds of a call.
func (w *told) shows(c call) []answer {
	messages := []answer{}
	for _, ts := range slices.Backward(w.ts) {
		oldest, latest := c.form.Get("oldest"), c.form.Get("latest")
		if slices.Contains(w.gone, ts) || oldest != "" && isEarlier(ts, oldest) || latest != "" && isEarlier(latest, ts) {
			continue
		}
		message := answer{"type": "message", "user": "U1", "text": "said", "ts": ts}
		if ts == w.ts[1] {
			message["thread_ts"], message["reply_count"], message["latest_reply"] = ts, len(w.replies), w.replies[len(w.replies)-1]
		}
		messages = append(messages, message)
	}
	return messages
}

// answers are the replies that Slack shows, after their root.
func (w *told) answers(call) []answer {
	messages := []answer{{"type": "message", "user": "U1", "text": "said", "ts": w.ts[1], "thread_ts": w.ts[1]}}
	for _, ts := range w.replies {
		if !slices.Contains(w.gone, ts) {
			messages = append(messages, answer{"type": "message", "user": "U1", "text": "answered", "ts": ts, "thread_ts": w.ts[1]})
		}
	}
	return messages
}

// catchUp has the channel and its threads read, and returns how many were redacted.
func (w *told) catchUp(history, replies func(call) answer) (redacted int) {
	w.Helper()
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "conversations.history":
			return history(c)
		case "conversations.replies":
			return replies(c)
		}
		return nil
	})
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: time.Now().Add(-time.Hour)})
	require.NoError(w, err)
	w.readings++
	row.Key += " " + strconv.Itoa(w.readings)
	require.NoError(w, w.handle(row, w.slack.HandleSlack))
	w.settled()
	return len(w.home.of(event.EventRedaction))
}

func (w *told) truly(c call) answer        { return answer{"messages": w.shows(c)} }
func (w *told) trulyAnswers(c call) answer { return answer{"messages": w.answers(c)} }

// isConfirmation says whether a call asks for one message again.
func isConfirmation(c call) bool { return c.form.Get("limit") == "1" }

// TestWhatAPageLeavesOutIsNotDeleted has Slack show only a part of the messages, in every
// way in which it may.
func TestWhatAPageLeavesOutIsNotDeleted(t *testing.T) {
	more := func(a answer, cursor string) answer {
		a["response_metadata"] = answer{"next_cursor": cursor}
		return a
	}
	for name, shown := range map[string]struct {
		history, replies func(*told, call) answer
	}{
		"a truncated page": {history: func(w *told, c call) answer {
			if isConfirmation(c) {
				return w.truly(c)
			}
			return answer{"messages": w.shows(c)[:1]}
		}},
		"a page with holes": {history: func(w *told, c call) answer {
			if isConfirmation(c) {
				return w.truly(c)
			}
			return answer{"messages": slices.Delete(w.shows(c), 1, 2)}
		}},
		"a truncated page of a thread": {replies: func(w *told, c call) answer {
			if isConfirmation(c) {
				return w.trulyAnswers(c)
			}
			return answer{"messages": w.answers(c)[:1]}
		}},
		"an empty page": {history: func(*told, call) answer { return answer{"messages": []answer{}} }},
		"an empty page of a thread": {replies: func(w *told, c call) answer {
			if isConfirmation(c) {
				return w.trulyAnswers(c)
			}
			return answer{"messages": []answer{}}
		}},
		"an empty page before the others": {history: func(w *told, c call) answer {
			if c.form.Get("cursor") == "" && !isConfirmation(c) {
				return more(answer{"messages": []answer{}}, "more")
			}
			return w.truly(c)
		}},
		"no page":     {history: func(*told, call) answer { return answer{} }},
		"not a list":  {history: func(*told, call) answer { return answer{"messages": "none"} }},
		"a bad entry": {history: func(*told, call) answer { return answer{"messages": []any{"none"}} }},
		"a limited plan": {history: func(w *told, c call) answer {
			return answer{"messages": w.shows(call{form: c.form})[:min(1, len(w.shows(c)))], "is_limited": true}
		}},
		"a limited plan that hides a thread": {replies: func(*told, call) answer {
			return answer{"ok": false, "error": "thread_not_found"}
		}, history: func(w *told, c call) answer {
			if c.form.Get("latest") == w.ts[2] {
				return w.truly(c)
			}
			return answer{"messages": w.shows(c)[:2], "is_limited": true}
		}},
		"the bot is not in the channel": {
			history: func(*told, call) answer { return answer{"ok": false, "error": "not_in_channel"} },
			replies: func(*told, call) answer { return answer{"ok": false, "error": "not_in_channel"} },
		},
		"a private channel is not there": {
			history: func(*told, call) answer { return answer{"ok": false, "error": "channel_not_found"} },
			replies: func(*told, call) answer { return answer{"ok": false, "error": "channel_not_found"} },
		},
		"refused after the first page": {history: func(w *told, c call) answer {
			if c.form.Get("cursor") != "" || isConfirmation(c) {
				return answer{"ok": false, "error": "not_in_channel"}
			}
			return more(answer{"messages": w.shows(c)[:1]}, "more")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTold(t)
			history, replies := w.truly, w.trulyAnswers
			if shown.history != nil {
				history = func(c call) answer { return shown.history(w, c) }
			}
			if shown.replies != nil {
				replies = func(c call) answer { return shown.replies(w, c) }
			}
			require.Zero(t, w.catchUp(history, replies))
			require.Zero(t, w.catchUp(w.truly, w.trulyAnswers), "when Slack shows all again")
		})
	}
}

// TestWhatIsDeletedMeanwhileIsRedacted deletes messages of a channel while the bridge is
// down: the newest, the oldest, a thread or a part of it, and all that are recent enough
// to be checked.
func TestWhatIsDeletedMeanwhileIsRedacted(t *testing.T) {
	for name, tc := range map[string]struct {
		gone func(*told) []string
		old  bool
	}{
		"the newest":          {gone: func(w *told) []string { return w.ts[2:] }},
		"the oldest":          {gone: func(w *told) []string { return w.ts[:1] }},
		"an answer":           {gone: func(w *told) []string { return w.replies[1:] }},
		"all answers":         {gone: func(w *told) []string { return w.replies }},
		"a thread":            {gone: func(w *told) []string { return append(w.ts[1:2:2], w.replies...) }},
		"all but what is old": {gone: func(w *told) []string { return append(slices.Clone(w.ts), w.replies...) }, old: true},
		"one from after now, by Slack's clock": {gone: func(w *told) []string {
			ts := slackTS(time.Now().Add(5 * time.Minute))
			require.NoError(w, w.hear("E", slackevent.Message{User: "U1", Text: "said", TS: ts}))
			w.ts = append(w.ts, ts)
			return w.ts[3:]
		}},
		"all but what is older": {gone: func(w *told) []string { return append(w.ts[1:], w.replies...) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTold(t)
			w.gone = tc.gone(w)
			history := func(c call) answer {
				messages := w.shows(c)
				if tc.old && c.form.Get("oldest") == "" {
					messages = append(messages, answer{"type": "message", "user": "U1", "text": "old", "ts": "1600000000.000100"})
				}
				return answer{"messages": messages}
			}
			replies := func(c call) answer {
				if slices.Contains(w.gone, w.ts[1]) {
					return answer{"ok": false, "error": "thread_not_found"}
				}
				return w.trulyAnswers(c)
			}
			require.Equal(t, len(w.gone), w.catchUp(history, replies))
			require.Equal(t, len(w.gone), w.catchUp(history, replies), "once")
		})
	}
}

// TestWhatWasTakenOverIsNotDeleted: another bridge's database has rows for edits and reactions
// too, and does not say of each answer that it is one. Slack's history shows none of them.
func TestWhatWasTakenOverIsNotDeleted(t *testing.T) {
	w := newTold(t)
	ts := slackTS(time.Now().Add(-45 * time.Minute))
	w.takenOver(ts, "$old", "", MessageMetadata{TakenOver: true})
	require.Zero(t, w.catchUp(w.truly, w.trulyAnswers))
	require.NoError(t, w.hear("Ev", gone(ts)))
	require.Len(t, w.home.of(event.EventRedaction), 1, "an event says so")
}

// TestTheBotReturns removes the bot from a channel and adds it again, with events about it
// or while the bridge is down: what was there stays, and what was said and deleted
// meanwhile is bridged, also before a message that is delivered before the return.
func TestTheBotReturns(t *testing.T) {
	for name, leave := range map[string]func(*told){
		"heard of": func(w *told) {
			w.channel(answer{})
			require.NoError(t, w.hearEvent("left", "channel_left", &slackevent.ChannelLeft{Channel: general}))
		},
		"unheard": func(*told) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTold(t)
			leave(w)
			refuses := func(call) answer { return answer{"ok": false, "error": "not_in_channel"} }
			require.Zero(t, w.catchUp(refuses, refuses))
			w.gone = w.ts[:1]
			w.ts = append(w.ts, slackTS(time.Now()), slackTS(time.Now().Add(time.Second)))
			said := len(w.home.bodies())
			w.api.onCall(func(c call) answer {
				switch c.method {
				case "conversations.history":
					return w.truly(c)
				case "conversations.replies":
					return w.trulyAnswers(c)
				}
				return nil
			})
			require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "said", TS: w.ts[4]}))
			returns := &slackevent.Membership{Type: "member_joined_channel", User: botID, Channel: general, ChannelType: "C"}
			for range 2 {
				require.NoError(t, w.hearEvent("return", returns.Type, returns))
				w.settled()
				require.Len(t, w.home.bodies(), said+2)
				require.Len(t, w.home.of(event.EventRedaction), 1)
			}
			require.Zero(t, w.room().Metadata.(*PortalMetadata).Unread)
		})
	}
}

package connector

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestLongAbsence stops the bridge for twenty days, in which three pages of messages are
// written: the oldest of them is read too. Messages from before the absence are not new.
func TestLongAbsence(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	since := now.Add(-20 * 24 * time.Hour)
	ago := func(d time.Duration) string { return slackTS(now.Add(-d)) }
	pages := [][]answer{{}, {}, {
		{"type": "message", "user": "U1", "text": "the first that was missed", "ts": slackTS(since.Add(time.Minute))},
		{"type": "message", "user": "U1", "text": "from before", "ts": slackTS(since.Add(-time.Hour))},
	}}
	for n := range 2 * historyLimit {
		page := n / historyLimit
		pages[page] = append(pages[page], answer{"type": "message", "hidden": true, "user": "U1", "text": "x", "ts": ago(time.Duration(n+1) * time.Second)})
	}
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" || c.form.Get("limit") == "1" {
			return nil
		}
		page := 0
		if cursor := c.form.Get("cursor"); cursor != "" {
			_, err := fmt.Sscan(cursor, &page)
			require.NoError(t, err)
		}
		var messages []answer
		for _, message := range pages[page] {
			if !isEarlier(message["ts"].(string), c.form.Get("oldest")) {
				messages = append(messages, message)
			}
		}
		if page == len(pages)-1 {
			return answer{"messages": messages}
		}
		return answer{"messages": messages, "has_more": true, "response_metadata": answer{"next_cursor": fmt.Sprint(page + 1)}}
	})
	payload, err := json.Marshal(span{Channel: general, Since: since})
	require.NoError(t, err)
	require.NoError(t, w.handle(inbox.Row{
		Source: sourceOf(w.client.login.ID), Key: "absence", Lane: w.client.lane(general), Kind: kindCatchup, Payload: payload,
	}, w.slack.HandleSlack))
	require.Equal(t, []string{"the first that was missed"}, w.home.bodies())
}

// TestReadingBesideLiveEvents has a live event bring a message that a reading next to its
// lane does not show any more, and Slack has given up the event of its deletion: the
// conversation is read again.
func TestReadingBesideLiveEvents(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	reading, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" {
			return nil
		}
		if c.form.Get("limit") == "1" {
			return answer{"messages": []answer{}} // the one that is asked for is gone
		}
		once.Do(func() {
			close(reading)
			<-goOn
		})
		return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "long ago", "ts": slackTS(now.Add(-time.Hour))}}}
	})
	payload, err := json.Marshal(span{Channel: general, Since: now.Add(-5 * time.Minute)})
	require.NoError(t, err)
	lane := w.client.lane(general)
	w.session()
	_, err = w.slack.inbox.Put(t.Context(), inbox.Row{
		Source: sourceOf(w.client.login.ID), Key: "reading", Lane: lane + "/catchup", Kind: kindCatchup, Payload: payload,
	})
	require.NoError(t, err)
	<-reading
	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "deleted by now", TS: slackTS(now.Add(-time.Minute))}))
	require.Equal(t, []string{"deleted by now"}, w.home.bodies())
	close(goOn)
	w.settled()
	require.Len(t, w.home.of(event.EventRedaction), 1)
}

// TestGapsOfOneSecondAreAllRead starts the bridge twice within a second of Slack's clock,
// with a message in between.
func TestGapsOfOneSecondAreAllRead(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.session()
	now := time.Now()
	var said atomic.Bool
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" || !said.Load() {
			return nil
		}
		return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "in between", "ts": slackTS(now)}}}
	})
	for range 2 { // the first finds nothing
		require.NoError(t, w.client.catchUp(w.log.WithContext(t.Context()), now.Truncate(time.Second)))
		w.settled()
		said.Store(true)
	}
	require.Equal(t, []string{"in between"}, w.home.bodies())
}

// TestAReadingEndsWhereItBegan has a thread be read a while after the channel, with an
// answer that was written meanwhile: it does not overtake what was said in the channel
// before it, which waits in the lane.
func TestAReadingEndsWhereItBegan(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	root, meanwhile, answered := slackTS(now.Add(-time.Minute)), slackTS(now.Add(30*time.Second)), slackTS(now.Add(40*time.Second))
	heard := func(text, ts, thread string) inbox.Row {
		message := &slackevent.Message{Channel: general, ChannelType: "channel", User: "U1", Text: text, TS: ts, ThreadTS: thread}
		return inbox.Row{
			Source: sourceOf(w.client.login.ID), Key: text, Lane: w.client.lane(general), Kind: kindEvent,
			Decoded: storedEvent{kind: "message", event: message}, Payload: []byte("{}"),
		}
	}
	first := answer{"type": "message", "user": "U1", "text": "root", "ts": root, "thread_ts": root, "reply_count": 1, "latest_reply": answered}
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "conversations.history":
			_, err := w.slack.inbox.Put(t.Context(), heard("meanwhile", meanwhile, ""), heard("answer", answered, root))
			assert.NoError(t, err)
			return answer{"messages": []answer{first}}
		case "conversations.replies":
			return answer{"messages": []answer{first, {"type": "message", "user": "U1", "text": "answer", "ts": answered, "thread_ts": root}}}
		}
		return nil
	})
	reading, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-5 * time.Minute)})
	require.NoError(t, err)
	_, err = w.slack.inbox.Put(t.Context(), reading)
	require.NoError(t, err)
	w.session()
	w.settled()
	require.Equal(t, []string{"root", "meanwhile", "answer"}, w.home.bodies())
}

package connector

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// conversation is what Slack has of a channel, newest last. It may grow while it is read.
type conversation struct {
	messages []answer
	// calls are the roots of the threads that were asked for, "" for the channel.
	calls []string
	// before is called before a call is answered.
	before func(number int)
}

func (talk *conversation) say(text, ts, thread string) {
	message := answer{"type": "message", "user": "U1", "text": text, "ts": ts}
	if thread != "" {
		message["thread_ts"] = thread
		for _, root := range talk.messages {
			if root["ts"] == thread {
				root["thread_ts"], root["latest_reply"] = thread, ts
			}
		}
	}
	talk.messages = append(talk.messages, message)
}

// answer answers conversations.history and conversations.replies as Slack does (Slack docs: both methods).
func (talk *conversation) answer(c call) answer {
	if c.method != "conversations.history" && c.method != "conversations.replies" {
		return nil
	}
	root := c.form.Get("ts")
	talk.calls = append(talk.calls, root)
	if talk.before != nil {
		talk.before(len(talk.calls))
	}
	shown := []answer{}
	for _, message := range talk.messages {
		ts, thread := message["ts"].(string), message["thread_ts"]
		inside := isLater(ts, c.form.Get("oldest")) && (c.form.Get("latest") == "" || isEarlier(ts, c.form.Get("latest")))
		if ts == root || inside && (root != "" && thread == root || root == "" && (thread == nil || thread == ts)) {
			shown = append(shown, message)
		}
	}
	if root == "" {
		slices.Reverse(shown)
	}
	return answer{"messages": shown}
}

// readAll has the bridge read the last five minutes of the conversation, and the older threads
// that it reads afterwards by itself.
func (talk *conversation) readAll(w *world) {
	w.T.Helper()
	w.api.onCall(talk.answer)
	payload, err := json.Marshal(span{Channel: general, Since: time.Now().Add(-5 * time.Minute)})
	require.NoError(w.T, err)
	require.NoError(w.T, w.handle(inbox.Row{
		Source: sourceOf(w.client.login.ID), Key: "absence", Lane: w.client.lane(general), Kind: kindCatchup, Payload: payload,
	}, w.slack.HandleSlack))
	w.settled()
}

// TestAnAnswerDoesNotOvertake has people write in the channel, in a thread that was read
// and in one that had no new answer, and then in the thread that is read last.
func TestAnAnswerDoesNotOvertake(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	at := func(d time.Duration) string { return slackTS(now.Add(d)) }
	quiet, last, first := at(-time.Hour), at(-2*time.Minute), at(-time.Minute) // the newest thread is read first
	talk := &conversation{}
	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "quiet", TS: quiet}))
	talk.say("quiet", quiet, "")
	talk.say("last", last, "")
	talk.say("first", first, "")
	talk.say("last answered", at(-30*time.Second), last)
	talk.say("first answered", at(-20*time.Second), first)
	var began time.Time
	since := func(d time.Duration) string { return slackTS(began.Add(d - 300*time.Millisecond)) } // within clockPrecision of it
	talk.before = func(number int) {
		switch number {
		case 1:
			began = time.Now()
		case 3:
			talk.say("in the channel", since(10*time.Millisecond), "")
			talk.say("in the quiet thread", since(20*time.Millisecond), quiet)
			talk.say("in the first thread", since(30*time.Millisecond), first)
			talk.say("in the last thread", since(40*time.Millisecond), last)
		case 4: // comes by an event
			talk.say("after it", since(50*time.Millisecond), "")
			talk.say("after it", since(60*time.Millisecond), quiet)
		}
	}
	talk.readAll(w)
	require.Equal(t, []string{
		"quiet", "last", "first", "last answered", "first answered",
		"in the channel", "in the quiet thread", "in the first thread", "in the last thread",
		"after it", // in the quiet thread, which is read with the older ones
	}, w.home.bodies())
	require.Equal(t, []string{"", first, last, "", first, last, quiet, quiet}, talk.calls)
}

// TestNothingMeanwhile reads nothing twice where no one answers while it is read, neither the
// channel nor a thread of it.
func TestNothingMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	talk := &conversation{}
	root := slackTS(now.Add(-time.Minute))
	talk.say("root", root, "")
	talk.say("answered", slackTS(now.Add(-30*time.Second)), root)
	talk.readAll(w)
	require.Equal(t, []string{"root", "answered"}, w.home.bodies())
	require.Equal(t, []string{"", root}, talk.calls)
}

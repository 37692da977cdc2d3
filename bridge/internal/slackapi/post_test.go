package slackapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi"
)

// channel is a conversation that keeps what is posted and gives it back as
// conversations.history and .replies do.
type channel struct {
	mu    sync.Mutex
	posts []map[string]any // oldest first
	page  int              // messages a page; 0: all
}

// carryOut keeps the post and then answers as told.
func (ch *channel) carryOut(then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ch.add(r.PostForm.Get("thread_ts"), r.PostForm.Get("metadata"))
		then(w, r)
	}
}

func (ch *channel) add(thread, metadata string) (ts string) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	now := time.Now()
	ts = fmt.Sprintf("%d.%06d", now.Unix(), len(ch.posts)+1)
	m := map[string]any{"type": "message", "ts": ts, "bot_id": "B1"}
	if thread != "" {
		m["thread_ts"] = thread
	}
	if metadata != "" {
		m["metadata"] = json.RawMessage(metadata)
	}
	ch.posts = append(ch.posts, m)
	return ts
}

func (ch *channel) last() string {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.posts[len(ch.posts)-1]["ts"].(string)
}

func (ch *channel) count() int {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return len(ch.posts)
}

// history serves both methods: replies are those with the thread's ts.
func (ch *channel) history(w http.ResponseWriter, r *http.Request) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	var found []map[string]any
	for _, m := range ch.posts {
		thread, _ := m["thread_ts"].(string)
		if thread == r.PostForm.Get("ts") && m["ts"].(string) > r.PostForm.Get("oldest") {
			found = append(found, m)
		}
	}
	if r.PostForm.Get("ts") == "" {
		for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
			found[i], found[j] = found[j], found[i]
		}
	}
	from, _ := strconv.Atoi(r.PostForm.Get("cursor"))
	to, next := len(found), ""
	if ch.page > 0 && from+ch.page < len(found) {
		to = from + ch.page
		next = strconv.Itoa(to)
	}
	body, err := json.Marshal(map[string]any{"ok": true, "messages": found[from:to], "response_metadata": map[string]any{"next_cursor": next}})
	if err != nil {
		panic(err)
	}
	raw(http.StatusOK, "application/json", string(body))(w, r)
}

var request = slackapi.PostRequest{Channel: "C1", Text: "hi", EventID: "$event", Piece: 2}

func TestPostForm(t *testing.T) {
	f := newFake(t).on("chat.postMessage", aPost)
	c := served(t, f)
	result, err := c.Post(t.Context(), slackapi.PostRequest{
		Channel: "C1", ThreadTS: "1.1", Broadcast: true, Text: "a & b", EventID: "$e:<&>", Piece: 1,
		Blocks:   []slack.Block{slack.NewDividerBlock()},
		Username: "Ann", IconURL: "https://h/a.png", IconEmoji: ":cat:",
	})
	require.NoError(t, err)
	require.Equal(t, slackapi.PostResult{TS: "1700000000.000100"}, result)
	form := f.seen("chat.postMessage")[0].form
	require.JSONEq(t, `{"event_type":"matrix_event","event_payload":{"event_id":"$e:<&>","piece":1}}`, form.Get("metadata"))
	require.JSONEq(t, `[{"type":"divider"}]`, form.Get("blocks"))
	for key, want := range map[string]string{
		"channel": "C1", "thread_ts": "1.1", "reply_broadcast": "true", "text": "a & b",
		"username": "Ann", "icon_url": "https://h/a.png", "icon_emoji": ":cat:",
	} {
		require.Equal(t, want, form.Get(key), key)
	}

	_, err = c.Post(t.Context(), slackapi.PostRequest{Channel: "C1", Text: "plain", Broadcast: true})
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"channel": {"C1"}, "text": {"plain"}}, map[string][]string(f.seen("chat.postMessage")[1].form))
}

func TestUpdateForm(t *testing.T) {
	f := newFake(t).on("chat.update", allDone)
	require.NoError(t, served(t, f).Update(t.Context(), slackapi.UpdateRequest{Channel: "C1", TS: "1.1", Text: "x", Blocks: []slack.Block{slack.NewDividerBlock()}}))
	form := f.seen("chat.update")[0].form
	require.Equal(t, []string{"C1", "1.1", "x", `[{"type":"divider"}]`}, []string{form.Get("channel"), form.Get("ts"), form.Get("text"), form.Get("blocks")})
	require.False(t, form.Has("metadata"), "what is absent stays as it was")
}

func TestPostRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.postMessage", refuse("no_text"))
		_, err := c.Post(t.Context(), request)
		require.Equal(t, slackapi.Permanent, slackapi.KindOf(err))
		require.Equal(t, []string{"chat.postMessage"}, f.methods())
	})
}

// The heart of "never lost, never doubled" on this side: whatever becomes of the
// answer, one message is in Slack, and the caller learns its ts.
func TestPostOfUnknownOutcome(t *testing.T) {
	for name, broken := range map[string]http.HandlerFunc{
		"cut off":         cutOff,
		"bad gateway":     serverError,
		"internal error":  refuse("internal_error"),
		"fatal error":     refuse("fatal_error"),
		"half an answer":  raw(http.StatusOK, "application/json", `{"ok":true,"ts":"17`),
		"no ts":           say(`{'ok':true}`),
		"a strange ts":    say(`{'ok':true,'ts':{'no':1}}`),
		"a hotel's page":  raw(http.StatusOK, "text/html", "<html>"),
		"a JSON 500":      raw(http.StatusInternalServerError, "application/json", `{"ok":true,"ts":"1.1"}`),
		"a strange reply": raw(http.StatusOK, "application/json", `{"status":"fine"}`),
	} {
		for _, thread := range []string{"", "1700000000.000001"} {
			t.Run(name+" thread "+thread, func(t *testing.T) {
				inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
					r, look := request, "conversations.history"
					if r.ThreadTS = thread; thread != "" {
						look = "conversations.replies"
					}
					ch := &channel{}
					f.on(look, ch.history)

					f.on("chat.postMessage", ch.carryOut(broken))
					result, err := c.Post(t.Context(), r)
					require.NoError(t, err)
					require.Equal(t, slackapi.PostResult{TS: ch.last(), Found: true}, result, "carried out, answer lost")
					require.Equal(t, 1, ch.count())
					require.Equal(t, []string{"chat.postMessage", look}, f.methods())

					r.EventID = "$next"
					f.on("chat.postMessage", broken, ch.carryOut(aPost))
					result, err = c.Post(t.Context(), r)
					require.NoError(t, err)
					require.Equal(t, slackapi.PostResult{TS: "1700000000.000100"}, result, "not carried out")
					require.Equal(t, 2, ch.count())
					require.Equal(t, []string{"chat.postMessage", look, look, "chat.postMessage"}, f.methods()[2:], "looked for twice, posted again once")
				})
			})
		}
	}
}

// A call whose answer was cut may still be running when it is looked for.
func TestPostThatAppearsLate(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		ch := &channel{}
		f.on("chat.postMessage", func(w http.ResponseWriter, r *http.Request) {
			time.AfterFunc(2*time.Second, func() { ch.add("", r.PostForm.Get("metadata")) })
			cutOff(w, r)
		})
		f.on("conversations.history", ch.history)
		result, err := c.Post(t.Context(), request)
		require.NoError(t, err)
		require.True(t, result.Found)
		require.Equal(t, 1, ch.count())
	})
}

func TestPostNeverSettled(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		ch := &channel{}
		f.on("conversations.history", ch.history).on("chat.postMessage", serverError)
		_, err := c.Post(t.Context(), request)
		require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
		require.True(t, slackapi.MayHaveHappened(err))
		require.Len(t, f.seen("chat.postMessage"), 2)

		f.on("chat.postMessage", ch.carryOut(aPost))
		before := len(f.methods())
		_, err = c.Post(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, []string{"conversations.history", "chat.postMessage"}, f.methods()[before:], "the next try looks first")

		_, err = c.Post(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, "chat.postMessage", f.methods()[len(f.methods())-1])
		require.Len(t, f.methods(), before+3, "and once settled nothing is looked for")
	})
}

func TestPostThatCannotBeLookedFor(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   slackapi.Kind
		text   string
	}{
		"no scope":    {say(`{'ok':false,'error':'missing_scope','needed':'channels:history'}`), slackapi.MissingScope, "the bot token lacks channels:history"},
		"not inside":  {refuse("not_in_channel"), slackapi.Permanent, "/invite @"},
		"unreachable": {serverError, slackapi.Temporary, "answered HTTP 502"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
				f.on("chat.postMessage", cutOff).on("conversations.history", tc.answer)
				_, err := c.Post(t.Context(), request)
				require.Equal(t, tc.kind, slackapi.KindOf(err))
				require.True(t, slackapi.MayHaveHappened(err))
				require.ErrorContains(t, err, "slack chat.postMessage: the message may have been posted, and it cannot be looked for: look for the post of $event: slack conversations.history: ")
				require.ErrorContains(t, err, tc.text)
				require.NotContains(t, err.Error(), "does not name", "the cure is said once, by the call that failed")
				require.Len(t, f.seen("chat.postMessage"), 1, "posting blindly could double it")
			})
		})
	}
}

func TestPostWithoutEventID(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.postMessage", cutOff)
		_, err := c.Post(t.Context(), slackapi.PostRequest{Channel: "C1", Text: "hi"})
		require.True(t, slackapi.MayHaveHappened(err))
		require.Equal(t, []string{"chat.postMessage"}, f.methods(), "it could not be told from others")
	})
}

func TestPostCancelled(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		ch := &channel{}
		ctx, cancel := context.WithCancel(t.Context())
		f.on("conversations.history", ch.history).on("chat.postMessage", ch.carryOut(func(w http.ResponseWriter, r *http.Request) {
			cancel()
			cutOff(w, r)
		}))
		_, err := c.Post(ctx, request)
		require.ErrorIs(t, err, context.Canceled)
		require.True(t, slackapi.MayHaveHappened(err))
		result, err := c.Post(t.Context(), request)
		require.NoError(t, err)
		require.True(t, result.Found)
		require.Equal(t, 1, ch.count())
	})
}

// A process that was killed between the post and its record gives the time of
// the record's row.
func TestPostAfterARestart(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		ch := &channel{page: 2}
		f.on("conversations.history", ch.history).on("chat.postMessage", ch.carryOut(aPost))
		ts := ch.add("", `{"event_type":"matrix_event","event_payload":{"event_id":"$event","piece":2}}`)
		for _, other := range []string{
			"", `{"event_type":"matrix_event","event_payload":{"event_id":"$event","piece":1}}`,
			`{"event_type":"matrix_event","event_payload":{"event_id":"$other","piece":2}}`,
			`{"event_type":"other","event_payload":{"event_id":"$event","piece":2}}`,
			`{"event_type":"matrix_event","event_payload":{}}`, `{"event_type":"matrix_event","event_payload":[]}`,
		} {
			ch.add("", other)
		}
		r := request
		r.Since = time.Now().Add(-time.Minute)
		result, err := c.Post(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, slackapi.PostResult{TS: ts, Found: true}, result, "on the last of several pages, and no other message")
		require.Empty(t, f.seen("chat.postMessage"))

		r.EventID = "$never"
		result, err = c.Post(t.Context(), r)
		require.NoError(t, err)
		require.False(t, result.Found)
		require.Len(t, f.seen("chat.postMessage"), 1)
	})
}

// Slack posts an answer whose thread is gone into the channel itself.
func TestAnswerToAThreadThatIsGone(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		ch := &channel{}
		r := request
		r.ThreadTS = "1700000000.000001"
		f.on("conversations.replies", refuse("thread_not_found")).on("conversations.history", ch.history)
		f.on("chat.postMessage", func(w http.ResponseWriter, req *http.Request) {
			ch.add("", req.PostForm.Get("metadata"))
			cutOff(w, req)
		})
		result, err := c.Post(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, slackapi.PostResult{TS: ch.last(), Found: true, InChannel: true}, result)
		require.Equal(t, 1, ch.count())
	})
}

package connector

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
)

// blindSlack posts a message without saying so, and does not let the bridge look for it.
type blindSlack struct {
	mu    sync.Mutex
	posts int // until the one without an answer
	code  string
	kept  []answer
}

func (s *blindSlack) answer(c call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.method {
	case "chat.postMessage":
		if s.posts--; s.posts == 0 {
			s.kept = append(s.kept, answer{
				"type": "message", "user": botID, "ts": "1700000900.000001", "text": c.form.Get("text"),
				"metadata": json.RawMessage(c.form.Get("metadata")),
			})
			return answer{} // an answer that names no message
		}
	case "conversations.history":
		if s.code != "" {
			return answer{"ok": false, "error": s.code}
		}
		return answer{"messages": s.kept}
	}
	return nil
}

func (s *blindSlack) see() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code = ""
}

// TestWhatCannotBeLookedForIsKept: a post has no answer, and Slack does not let the bridge look
// for it. The row is parked, and its sender is not told that it is not in Slack. Tried again
// when Slack does, it is found and not posted twice.
func TestWhatCannotBeLookedForIsKept(t *testing.T) {
	long := strings.Repeat("word ", 1200)
	for name, tc := range map[string]struct {
		begin func(w *world) *event.Event
		posts int // until the one without an answer
		all   int
	}{
		"a message":              {func(w *world) *event.Event { return w.write("$m", "@ann:test", "hello") }, 1, 1},
		"the last of its pieces": {func(w *world) *event.Event { return w.write("$m", "@ann:test", long) }, 2, 2},
		"a piece of an edit": {func(w *world) *event.Event {
			require.NoError(w, w.receive(w.write("$m", "@ann:test", "hello")))
			return w.edit("$e", "@ann:test", "$m", long)
		}, 1, 2},
	} {
		for _, code := range []string{"missing_scope", "not_in_channel"} {
			t.Run("43 "+name+", "+code, func(t *testing.T) {
				w := newWorld(t)
				evt := tc.begin(w)
				slack := &blindSlack{posts: tc.posts, code: code}
				w.api.onCall(slack.answer)
				err := w.receive(evt)
				require.True(t, inbox.IsPark(err), "%v", err)
				require.Empty(t, w.home.said())
				require.Empty(t, w.home.failed())
				var parked []inbox.Parked
				require.Eventually(t, func() bool {
					var err error
					parked, err = w.slack.inbox.Select(t.Context(), func(row inbox.Parked) bool { return !row.Since.IsZero() })
					return err == nil && len(parked) == 1
				}, 30*time.Second, time.Millisecond)

				slack.see()
				_, err = w.slack.inbox.Retry(t.Context(), parked[0].ID)
				require.NoError(t, err)
				require.Eventually(t, func() bool {
					rows, err := w.slack.inbox.List(t.Context())
					return err == nil && len(rows) == 0
				}, 30*time.Second, time.Millisecond)
				require.Len(t, w.api.posted(t), tc.all)
				require.Empty(t, w.home.said())
			})
		}
	}
}

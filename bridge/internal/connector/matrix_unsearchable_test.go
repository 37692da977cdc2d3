package connector

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackid"
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

// TestASearchBeginsWhenItWasSaid: a process is killed, and this machine's clock, which was ahead
// when the rows arrived, has been set back. What the event says bounds the search.
func TestASearchBeginsWhenItWasSaid(t *testing.T) {
	said := time.Now().Add(-time.Hour)
	long := strings.Repeat("word ", 1200)
	for name, tc := range map[string]struct {
		events func(w *world) []*event.Event
		method string
	}{
		"a message": {func(w *world) []*event.Event { return []*event.Event{w.write("$m", ann, "hello")} }, "conversations.history"},
		"a file that Slack does not exchange": {func(w *world) []*event.Event {
			return []*event.Event{w.image("$m", "cat.png"), w.editFile("$e", "$m", w.files.put("dog", "a dog"), "dog.png", "my dog")}
		}, "conversations.replies"},
		"a piece of an edit": {func(w *world) []*event.Event {
			return []*event.Event{w.write("$m", ann, "hello"), w.edit("$e", ann, "$m", long)}
		}, "conversations.history"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			w.api.onCall(func(c call) answer {
				if c.method == "chat.update" && c.form.Has("file_ids") {
					return answer{"ok": false, "error": "blocked_file_type"}
				}
				return nil
			})
			for _, evt := range tc.events(w) {
				evt.Timestamp = said.UnixMilli()
				raw, err := json.Marshal(evt)
				require.NoError(t, err)
				require.NoError(t, w.handle(inbox.Row{
					Source: matrixevent.Source, Key: evt.ID.String(), Lane: evt.RoomID.String(), Kind: matrixevent.KindEvent, Self: evt.ID.String(), Payload: raw,
				}, func(ctx context.Context, row *inbox.Attempt) error {
					row.Unsure, row.Arrived = true, time.Now().Add(time.Hour)
					return w.slack.HandleMatrix(ctx, row)
				}))
			}
			searches := w.api.of(tc.method)
			require.NotEmpty(t, searches)
			oldest, err := slackid.ParseTimestamp(searches[len(searches)-1].Get("oldest"))
			require.NoError(t, err)
			require.WithinDuration(t, said.Add(-24*time.Hour), oldest, time.Second)
		})
	}
}

package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
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

// awaitParked waits until a row is parked, and returns its id.
func (w *world) awaitParked() (id int64) {
	w.Helper()
	require.Eventually(w, func() bool {
		w.slack.inbox.Hurry(matrixevent.Source)
		parked, err := w.slack.inbox.Select(w.Context(), func(row inbox.Parked) bool { return !row.Since.IsZero() })
		if err == nil && len(parked) == 1 {
			id = parked[0].ID
		}
		return id != 0
	}, 30*time.Second, time.Millisecond)
	return id
}

// TestAMessageBeyondASearchIsKept: more was said in the channel, since the post may have been made,
// than a search reads. The row is parked; nothing is posted, and its sender is not told that it was not.
func TestAMessageBeyondASearchIsKept(t *testing.T) {
	w := newWorld(t)
	var pages atomic.Int32
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "chat.postMessage":
			return answer{} // an answer that names no message
		case "conversations.history":
			return answer{"messages": []answer{}, "response_metadata": answer{"next_cursor": fmt.Sprint(pages.Add(1))}}
		}
		return nil
	})
	err := w.receive(w.write("$m", ann, "hello"))
	require.True(t, inbox.IsPark(err), "%v", err)
	require.Equal(t, 50, len(w.api.of("conversations.history")))
	require.Len(t, w.api.posted(t), 1)
	require.Empty(t, w.home.said())
	require.Empty(t, w.home.failed())
	w.awaitParked()
}

// TestAFileThatCannotBeLookedForIsKept: Slack is asked to show a file, and then does not let the
// bridge look whether it does. The row is parked, and its sender is not told that the file is not in
// Slack. Tried again when Slack does, its message is found and the file is not shown twice.
func TestAFileThatCannotBeLookedForIsKept(t *testing.T) {
	for name, tc := range map[string]struct {
		answered bool // the call that shows it has an answer
		later    bool // Slack shows it only when it is tried again
		code     string
	}{
		"missing_scope":                  {true, false, "missing_scope"},
		"file_not_found":                 {true, false, "file_not_found"},
		"no answer, missing_scope":       {false, false, "missing_scope"},
		"missing_scope, and shown later": {true, true, "missing_scope"},
	} {
		t.Run("43 "+name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			var blind atomic.Bool
			blind.Store(true)
			w.api.onCall(func(c call) answer {
				switch {
				case c.method == "files.info" && blind.Load():
					return answer{"ok": false, "error": tc.code, "needed": "files:read"}
				case c.method == "files.completeUploadExternal" && !tc.answered:
					w.api.usual(c)
					return answer{"ok": false, "error": "internal_error"}
				case c.method == "files.completeUploadExternal" && tc.later:
					return answer{}
				}
				return nil
			})
			require.Error(t, w.receive(w.image("$cat", "cat.png")))
			parked := w.awaitParked()
			require.Empty(t, w.home.said())
			require.Empty(t, w.home.failed())

			blind.Store(false)
			_, err := w.slack.inbox.Retry(t.Context(), parked)
			require.NoError(t, err)
			if tc.later {
				looks := len(w.api.of("files.info"))
				require.Eventually(t, func() bool {
					w.slack.inbox.Hurry(matrixevent.Source)
					return len(w.api.of("files.info")) > looks+6
				}, 30*time.Second, time.Millisecond, "it is looked for until Slack shows it")
				w.api.files.show("F1", postTS(1))
			}
			w.awaitNone(matrixevent.Source)
			require.Len(t, w.api.of("files.completeUploadExternal"), 1)
			require.Len(t, w.rows(postTS(1)), 1)
			require.Empty(t, w.home.said())
			require.Empty(t, w.home.failed())
		})
	}
}

// TestAFileThatIsDeletedBeforeItIsSeen: its sender is told at once.
func TestAFileThatIsDeletedBeforeItIsSeen(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	w.refuse("files.info", "file_deleted")
	require.NoError(t, w.receive(w.image("$cat", "cat.png")))
	require.Len(t, w.api.of("files.completeUploadExternal"), 1)
	require.Contains(t, w.notices()[0], "its file was deleted in Slack")
	left, err := w.slack.db.UploadsFor(t.Context(), "$cat")
	require.NoError(t, err)
	require.Empty(t, left)
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

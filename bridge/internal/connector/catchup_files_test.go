package connector

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestFilesThatWereDeletedDuringAnAbsence has history show messages without files that Matrix
// shows. Nothing says that they were edited.
func TestFilesThatWereDeletedDuringAnAbsence(t *testing.T) {
	gone := slackevent.File{ID: "F1", Mode: slackevent.FileModeTombstone}
	for name, tc := range map[string]struct {
		text   string
		files  []string
		left   []slackevent.File
		stands []string
		edits  bool
	}{
		"the only file":            {"one", []string{"a.png"}, []slackevent.File{gone}, []string{"m.text one"}, false},
		"the only file, no text":   {"", []string{"a.png"}, []slackevent.File{gone}, nil, false},
		"one of several":           {"one", []string{"a.png", "b.png"}, []slackevent.File{gone, {ID: "F2"}}, []string{"m.text one", "m.image b.png"}, false},
		"one that leaves no mark":  {"one", []string{"a.png", "b.png"}, []slackevent.File{{ID: "F2"}}, []string{"m.text one", "m.image b.png"}, false},
		"all, without a mark":      {"", []string{"a.png", "b.png"}, nil, nil, false},
		"one that was a line":      {"one", []string{"a.zip"}, []slackevent.File{gone}, []string{"m.text one"}, true},
		"none, one is only hidden": {"one", []string{"a.png"}, []slackevent.File{{ID: "F1", Mode: slackevent.FileModeHidden}}, []string{"m.image one"}, false},
		"none, one is only a stub": {"one", []string{"a.png"}, []slackevent.File{{ID: "F1", FileAccess: slackevent.FileAccessCheckFirst}}, []string{"m.image one"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.hosts(png)
			now := time.Now()
			said := sharing(tc.text)
			said.Type, said.TS = "message", slackTS(now.Add(-time.Minute))
			for n, name := range tc.files {
				file := w.hosted(fmt.Sprintf("F%d", n+1), name, "image/png")
				if strings.HasSuffix(name, ".zip") {
					file = w.tooLarge(file.ID)
				}
				said.Files = append(said.Files, file)
			}
			require.NoError(t, w.hear("Ev1", said))
			shown := said
			shown.Files = tc.left
			w.api.onCall(func(c call) answer {
				if c.method != "conversations.history" {
					return nil
				}
				return answer{"messages": []*slackevent.Message{&shown}}
			})
			for n := range 2 { // the second reading finds nothing
				row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-time.Duration(n+5) * time.Minute)})
				require.NoError(t, err)
				sends := len(w.home.of(event.EventMessage))
				require.NoError(t, w.handle(row, w.slack.HandleSlack))
				require.Equal(t, tc.stands, w.standing())
				require.True(t, n == 0 || len(w.home.of(event.EventMessage)) == sends)
			}
			edits := slices.DeleteFunc(w.messages(), func(m *event.MessageEventContent) bool { return m.RelatesTo.GetReplaceID() == "" })
			if tc.edits {
				require.Len(t, edits, 1)
			} else {
				require.Empty(t, edits, "the text is the same")
			}
		})
	}
}

// TestAFileThatAListLeavesOut is deleted only if Slack says so.
func TestAFileThatAListLeavesOut(t *testing.T) {
	for name, tc := range map[string]struct {
		info   answer
		stands []string
	}{
		"it is there":         {answer{"file": answer{"id": "F1", "mode": "hosted"}}, []string{"m.image one"}},
		"it is deleted":       {answer{"ok": false, "error": "file_deleted"}, []string{"m.text one"}},
		"it has a mark":       {answer{"file": answer{"id": "F1", "mode": "tombstone"}}, []string{"m.text one"}},
		"Slack does not tell": {answer{"ok": false, "error": "missing_scope"}, []string{"m.image one"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.hosts(png)
			said := sharing("one", w.hosted("F1", "a.png", "image/png"))
			said.Type, said.TS = "message", slackTS(time.Now().Add(-time.Minute))
			require.NoError(t, w.hear("Ev1", said))
			said.Files = nil
			w.api.onCall(func(c call) answer {
				switch c.method {
				case "conversations.history":
					return answer{"messages": []*slackevent.Message{&said}}
				case "files.info":
					return tc.info
				}
				return nil
			})
			row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: time.Now().Add(-5 * time.Minute)})
			require.NoError(t, err)
			require.NoError(t, w.handle(row, w.slack.HandleSlack))
			require.Equal(t, tc.stands, w.standing())
		})
	}
}

// fileIsGone has a file in Matrix that Slack's history shows as deleted. It returns the message as
// it was said and as it is shown.
func (w *world) fileIsGone() (said, shown slackevent.Message) {
	w.Helper()
	w.hosts(png)
	said = sharing("one", w.hosted("F1", "a.png", "image/png"))
	said.Type, said.TS = "message", slackTS(time.Now().Add(-time.Minute))
	require.NoError(w, w.hear("Ev1", said))
	shown = said
	shown.Files = []slackevent.File{{ID: "F1", Mode: slackevent.FileModeTombstone}}
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" {
			return nil
		}
		return answer{"messages": []*slackevent.Message{&shown}}
	})
	return said, shown
}

// TestAnEditAfterADeletedFile comes right after a reading that showed that a file is gone.
func TestAnEditAfterADeletedFile(t *testing.T) {
	w := newWorld(t)
	_, shown := w.fileIsGone()
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: time.Now().Add(-5 * time.Minute)})
	require.NoError(t, err)
	require.NoError(t, w.handle(row, w.slack.HandleSlack))
	edited := shown
	edited.Text = "two"
	require.NoError(t, w.hear("Ev2", changedTo(edited, shown, slackTS(time.Now()), slackTS(time.Now().Truncate(time.Second)))))
	require.Equal(t, []string{"m.text two"}, w.standing())
}

// TestADeletionThatAReadingAnswers has the event of a file's deletion wait in its lane behind
// a reading, which answers for it.
func TestADeletionThatAReadingAnswers(t *testing.T) {
	w := newWorld(t)
	said, shown := w.fileIsGone()
	reading, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: time.Now().Add(-5 * time.Minute)})
	require.NoError(t, err)
	change := changedTo(shown, said, slackTS(time.Now()), "")
	waits := reading
	waits.Key, waits.Kind, waits.Payload = "waits", kindEvent, []byte("{}")
	waits.Decoded = storedEvent{kind: "message", event: &change}
	_, err = w.slack.inbox.Put(t.Context(), reading, waits)
	require.NoError(t, err)
	w.session()
	w.settled()
	require.Equal(t, []string{"m.text one"}, w.standing())
}

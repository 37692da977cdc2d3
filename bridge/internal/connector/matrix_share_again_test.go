package connector

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackevent"
)

// saidSeconds is when people said what is restored in these tests, a little before the bridge's posts.
const saidSeconds = 1700000400

// putBack has the world's database be one of before it posted anything, and the bridge restarted
// with it. What it posted is in the history of #general.
func (w *world) putBack(posts ...*slackevent.Message) {
	w.Helper()
	for _, post := range posts {
		for _, row := range w.rows(post.TS) {
			require.NoError(w, w.bridge.DB.Message.Delete(w.Context(), row.RowID))
		}
		for _, file := range post.Files {
			require.NoError(w, w.slack.db.DropUploads(w.Context(), file.ID))
		}
	}
	w.slack.uploads = newUploads()
	w.slack.restored = time.Unix(1700000600, 0)
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" && c.method != "conversations.replies" {
			return nil
		}
		var found []*slackevent.Message
		for _, post := range posts {
			if post.TS > c.form.Get("oldest") && post.ThreadTS == c.form.Get("ts") {
				found = append(found, post)
			}
		}
		if c.method == "conversations.history" {
			slices.Reverse(found)
		}
		return answer{"messages": found}
	})
}

// shows is the n-th post of the bot, with files.
func shows(n int, files ...slackevent.File) *slackevent.Message {
	return &slackevent.Message{Type: "message", Subtype: "file_share", User: botID, BotID: "B" + botID, TS: postTS(n), Files: files}
}

// receiveRecovered handles an event that was read from its room.
func (w *world) receiveRecovered(evt *event.Event) error {
	w.Helper()
	evt.Timestamp = saidSeconds * 1000
	raw, err := json.Marshal(evt)
	require.NoError(w, err)
	w.home.keep(evt)
	return w.handle(inbox.Row{
		Source: matrixevent.Source, Key: "recovered " + evt.ID.String(), Lane: evt.RoomID.String(), Kind: matrixevent.KindRecovered,
		Self: evt.ID.String(), About: matrixevent.Target(evt).String(), Payload: raw,
	}, w.slack.HandleMatrix)
}

// TestFilesAreNotSharedAgainAfterARestore: a file that is in Slack already, and of which the
// restored database has no row, is found there. The message is the event's again.
func TestFilesAreNotSharedAgainAfterARestore(t *testing.T) {
	file := func(id, name string) slackevent.File {
		return slackevent.File{ID: id, Name: name, Size: int64(len("the content of " + name))}
	}
	for name, tc := range map[string]struct {
		events func(*world) []*event.Event
		posts  []*slackevent.Message
	}{
		"a picture": {
			func(w *world) []*event.Event { return []*event.Event{w.image("$a", "a.png")} },
			[]*slackevent.Message{shows(1, file("F1", "a.png"))},
		},
		"two pictures that look the same": {
			func(w *world) []*event.Event { return []*event.Event{w.image("$a", "a.png"), w.image("$b", "a.png")} },
			[]*slackevent.Message{shows(1, file("F1", "a.png")), shows(2, file("F2", "a.png"))},
		},
		"several files, one of which was refused": {
			func(w *world) []*event.Event {
				large := w.galleryItem("m.image", "b.png")
				large["info"] = map[string]any{"size": 5_000_000}
				return []*event.Event{w.gallery("$a", "our trip", w.galleryItem("m.image", "a.png"), large, w.galleryItem("m.image", "c.png"))}
			},
			[]*slackevent.Message{shows(1, file("F1", "a.png"), file("F2", "c.png"))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			events := tc.events(w)
			for _, evt := range events {
				require.NoError(t, w.receive(evt))
			}
			before := w.api.files.all()
			require.NotEmpty(t, before)
			w.putBack(tc.posts...)
			for _, evt := range events {
				require.NoError(t, w.receiveRecovered(evt))
			}
			require.Equal(t, before, w.api.files.all(), "nothing is uploaded or shown again")
			for n, evt := range events {
				rows := w.rows(postTS(n + 1))
				require.Len(t, rows, 1)
				require.Equal(t, evt.ID, rows[0].MXID)
			}
			for _, evt := range events {
				require.NoError(t, w.receive(w.redact("$gone"+evt.ID, ann, evt.ID)))
			}
			for _, file := range w.api.files.all() {
				require.True(t, file.Deleted, "%s is the event's again", file.Name)
			}
		})
	}
}

// TestFilesThatAreNotInSlackAfterARestore are shown: those of others only look the same.
func TestFilesThatAreNotInSlackAfterARestore(t *testing.T) {
	other := shows(1, slackevent.File{ID: "F9", Name: "cat.png", Size: 22})
	for name, change := range map[string]func(*slackevent.Message){
		"a person's":                 func(m *slackevent.Message) { m.User, m.BotID = "U1", "" },
		"of another name":            func(m *slackevent.Message) { m.Files[0].Name = "dog.png" },
		"of another size":            func(m *slackevent.Message) { m.Files[0].Size = 23 },
		"with a file more":           func(m *slackevent.Message) { m.Files = append(m.Files, slackevent.File{ID: "F8", Name: "dog.png"}) },
		"without a file":             func(m *slackevent.Message) { m.Files = nil },
		"in a thread":                func(m *slackevent.Message) { m.ThreadTS = "1700000000.000100" },
		"from before it was written": func(m *slackevent.Message) { m.TS = "1700000000.000100" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			there := *other
			there.Files = slices.Clone(other.Files)
			change(&there)
			cat := w.image("$cat", "cat.png", with("info", map[string]any{"size": 22}))
			w.putBack(&there)
			require.NoError(t, w.receiveRecovered(cat))
			require.Len(t, w.api.of("files.completeUploadExternal"), 1)
		})
	}
	t.Run("one that is another event's", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$first", "cat.png")))
		cat := w.image("$cat", "cat.png")
		w.putBack()
		w.api.onCall(func(c call) answer {
			if c.method == "conversations.history" {
				return answer{"messages": []*slackevent.Message{other}}
			}
			return nil
		})
		require.NoError(t, w.receiveRecovered(cat))
		require.Len(t, w.api.of("files.completeUploadExternal"), 2)
	})
}

// TestAFileInAThreadAfterARestore is looked for in the thread, where an answer to an answer is too.
func TestAFileInAThreadAfterARestore(t *testing.T) {
	const root, reply = "1700000000.000100", "1700000000.000200"
	for name, relates := range map[string]func(root, reply id.EventID) map[string]any{
		"in the thread": func(root, _ id.EventID) map[string]any {
			return map[string]any{"rel_type": "m.thread", "event_id": root}
		},
		"in reply to its answer": func(_, reply id.EventID) map[string]any {
			return map[string]any{"m.in_reply_to": map[string]any{"event_id": reply}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			require.NoError(t, w.hear("1", slackevent.Message{TS: root, User: "U1", Text: "root"}))
			require.NoError(t, w.hear("2", slackevent.Message{TS: reply, ThreadTS: root, User: "U1", Text: "reply"}))
			cat := w.image("$cat", "cat.png", with("m.relates_to", relates(w.rows(root)[0].MXID, w.rows(reply)[0].MXID)))
			require.NoError(t, w.receive(cat))
			there := shows(1, slackevent.File{ID: "F1", Name: "cat.png", Size: 22})
			there.ThreadTS = root
			w.putBack(there)
			require.NoError(t, w.receiveRecovered(cat))
			require.Len(t, w.api.files.all(), 1)
			require.Len(t, w.rows(postTS(1)), 1)
		})
	}
}

// TestAFileThatCannotBeLookedForAfterARestore is not shown a second time: who reads is told.
func TestAFileThatCannotBeLookedForAfterARestore(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	cat := w.image("$cat", "cat.png")
	w.putBack()
	w.refuse("conversations.history", "internal_error")
	require.Error(t, w.receiveRecovered(cat), "it is looked for again")
	refused := false
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" {
			return nil
		}
		if !refused {
			refused = true
			return answer{"ok": false, "error": "missing_scope", "needed": "channels:history"}
		}
		return answer{"messages": []*slackevent.Message{}}
	})
	require.NoError(t, w.receiveRecovered(cat))
	require.Empty(t, w.api.files.all())
	require.Len(t, w.api.posted(t), 1)
	require.Contains(t, w.api.posted(t)[0], "the file cat.png is not here: it may be in Slack already")
}

// TestOwnFilesAreKnownAfterARestore: what Slack shows of Matrix people's files does not come back
// to Matrix as the bot's.
func TestOwnFilesAreKnownAfterARestore(t *testing.T) {
	w := newWorld(t)
	w.putBack()
	own := shows(1, slackevent.File{ID: "F1", Name: "cat.png", Size: 22})
	require.NoError(t, w.hear("1", *own))
	require.Empty(t, w.home.bodies())
	require.True(t, w.client.ownPost(own))

	later := *own
	later.TS = "1700000700.000100"
	require.False(t, w.client.ownPost(&later), "what it has shown since is noted")
	text := shows(1)
	require.False(t, w.client.ownPost(text))
	w.slack.restored = time.Time{}
	require.False(t, w.client.ownPost(own))
}

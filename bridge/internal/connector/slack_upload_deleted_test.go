package connector

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// showsUploads has Slack show the first post of the bridge with files, of which the deleted ones
// have left their mark.
func (w *world) showsUploads(deleted ...string) {
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.replies" && c.method != "conversations.history" {
			return nil
		}
		var files []answer
		for n := range w.api.files.all() {
			file := answer{"id": fileID(n), "mode": "hosted"}
			if slices.Contains(deleted, fileID(n)) {
				file["mode"] = "tombstone"
			}
			files = append(files, file)
		}
		return answer{"messages": []answer{{"type": "message", "subtype": "file_share", "user": botID, "ts": postTS(1), "text": "my cat", "files": files}}}
	})
}

func fileID(n int) string { return []string{"F1", "F2", "F3"}[n] }

// TestAnUploadThatIsDeletedInSlack: an administrator deletes what a person in Matrix sent.
func TestAnUploadThatIsDeletedInSlack(t *testing.T) {
	deleted := func(w *world, file string) error {
		return w.hearEvent("Ev "+file, "file_deleted", &slackevent.FileEvent{FileID: file, EventTS: "1700000900.000100"})
	}
	t.Run("17 a file of a Matrix person that is deleted in Slack goes in Matrix", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "my cat"))))
		w.showsUploads("F1")
		require.NoError(t, deleted(w, "F1"))
		require.Equal(t, []string{"$cat"}, w.redacted())
		require.Empty(t, w.rows(postTS(1)))
		require.Equal(t, postTS(1), w.api.of("chat.delete")[0].Get("ts"), "no one in Matrix could delete the rest")
		left, err := w.slack.db.UploadsFor(t.Context(), "$cat")
		require.NoError(t, err)
		require.Empty(t, left)
		w.restart()
		require.NoError(t, deleted(w, "F1"))
		require.Len(t, w.redacted(), 1)
	})
	t.Run("Slack keeps the text", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png")))
		w.showsUploads("F1")
		shows := w.api.before
		w.api.onCall(func(c call) answer {
			if c.method == "chat.delete" {
				return answer{"ok": false, "error": "compliance_exports_prevent_deletion"}
			}
			return shows(c)
		})
		require.NoError(t, deleted(w, "F1"))
		require.Equal(t, []string{"$cat"}, w.redacted())
	})
	t.Run("one of several", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.gallery("$two", "two of them", w.galleryItem("m.image", "a.png"), w.galleryItem("m.image", "b.png"))))
		w.showsUploads("F1")
		require.NoError(t, deleted(w, "F1"))
		require.Empty(t, w.redacted())
		w.showsUploads("F1", "F2")
		require.NoError(t, deleted(w, "F2"))
		require.Equal(t, []string{"$two"}, w.redacted())
	})
	t.Run("by the bridge, which has exchanged it", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png")))
		require.NoError(t, w.receive(w.editFile("$e1", "$cat", w.files.put("dog", "a dog"), "dog.png", "my dog")))
		w.showsUploads("F1")
		require.NoError(t, deleted(w, "F1"))
		require.Empty(t, w.redacted())
	})
	t.Run("by the bridge, whose answer came after the event", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png")))
		w.showsUploads("F1")
		require.NoError(t, w.slack.db.DropUploads(t.Context(), "F1"))
		message, err := w.client.messageAt(t.Context(), general, postTS(1))
		require.NoError(t, err)
		message.Channel = general
		require.NoError(t, w.client.dropWithoutFiles(t.Context(), w.room(), message, w.rows(postTS(1))[0], time.Now()))
		require.Empty(t, w.redacted())
	})
	t.Run("40 during an absence", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png")))
		w.showsUploads("F1")
		for range 2 {
			row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: time.Unix(1_700_000_000, 0)})
			require.NoError(t, err)
			require.NoError(t, w.handle(row, w.slack.HandleSlack))
			require.Equal(t, []string{"$cat"}, w.redacted())
			require.Empty(t, w.home.bodies())
			w.restart()
		}
	})
}

// redacted are the events that were redacted in the room.
func (w *world) redacted() (events []string) {
	for _, s := range w.home.of(event.EventRedaction) {
		events = append(events, s.content.Parsed.(*event.RedactionEventContent).Redacts.String())
	}
	return events
}

package connector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// galleryItem is an item of a gallery whose content the homeserver has.
func (w *world) galleryItem(kind, name string) map[string]any {
	return map[string]any{"itemtype": kind, "body": name, "url": w.files.put("media"+name[:1], "the content of "+name)}
}

// gallery makes the event of several files with one caption.
func (w *world) gallery(event id.EventID, caption string, items ...map[string]any) *event.Event {
	w.Helper()
	return w.message(event, ann, galleryContent(caption, items...))
}

func galleryContent(caption string, items ...map[string]any) map[string]any {
	listed := []any{}
	for _, item := range items {
		listed = append(listed, item)
	}
	return map[string]any{"msgtype": "dm.filament.gallery", "body": caption, "itemtypes": listed}
}

// names are the names of the files that each message in Slack shows.
func (f *slackFiles) names() map[string][]string {
	shown := map[string][]string{}
	for _, file := range f.all() {
		for _, ts := range file.TS {
			shown[ts] = append(shown[ts], file.Name)
		}
	}
	return shown
}

func TestGalleryFromMatrix(t *testing.T) {
	t.Run("22 one message has all of its files and its caption", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		b := w.galleryItem("m.video", "b.mp4")
		b["filename"], b["body"] = "b.mp4", "the best of them"
		require.NoError(t, w.receive(w.gallery("$trip", "our *trip*", w.galleryItem("m.image", "a.png"), b, w.galleryItem("m.file", "c.pdf"))))
		require.Equal(t, map[string][]string{postTS(1): {"a.png", "b.mp4", "c.pdf"}}, w.api.files.names())
		share := w.api.of("files.completeUploadExternal")
		require.Len(t, share, 1)
		require.JSONEq(t, `[{"id":"F1"},{"id":"F2","title":"the best of them"},{"id":"F3"}]`, share[0].Get("files"))
		require.Equal(t, "ann", share[0].Get("username"))
		require.Contains(t, share[0].Get("blocks")+share[0].Get("initial_comment"), "our *trip*")
		require.Len(t, w.rows(postTS(1)), 1)
		require.Empty(t, w.notices())

		echo := slackevent.Message{Subtype: "file_share", BotID: "B" + botID, Files: []slackevent.File{{ID: "F3"}}}
		require.True(t, w.client.ownPost(&echo), "each of its files is the bridge's own")
		require.NoError(t, w.receive(w.redact("$gone", ann, "$trip")))
		for _, file := range w.api.files.all() {
			require.True(t, file.Deleted, file.Name)
		}
	})
	t.Run("each file has its own alternative text", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		cat := w.galleryItem("m.image", "a.png")
		cat[altTextKey] = "a cat"
		evt := w.gallery("$trip", "", cat, w.galleryItem("m.image", "b.png"))
		evt.Content.Raw[altTextKey] = "two pictures"
		require.NoError(t, w.receive(evt))
		require.Equal(t, []string{"a cat", ""}, []string{w.api.files.all()[0].Alt, w.api.files.all()[1].Alt})
	})
	t.Run("a hidden picture is announced", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		hidden := w.galleryItem("m.image", "b.png")
		hidden[spoilerKey] = true
		require.NoError(t, w.receive(w.gallery("$trip", "", w.galleryItem("m.image", "a.png"), hidden)))
		share := w.api.of("files.completeUploadExternal")[0]
		require.Contains(t, share.Get("blocks")+share.Get("initial_comment"), "⚠️ Spoiler")
	})
	t.Run("what is not a file is left out", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		evt := w.gallery("$trip", "x", map[string]any{"itemtype": "m.image", "body": 7}, map[string]any{"itemtype": "m.text", "body": "x"}, w.galleryItem("m.image", "a.png"))
		require.NoError(t, w.receive(evt))
		require.Equal(t, map[string][]string{postTS(1): {"a.png"}}, w.api.files.names())
	})
	t.Run("without files it is its caption", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receive(w.gallery("$trip", "nothing yet")))
		require.Equal(t, []string{"nothing yet"}, w.api.posted(t))
	})
}

// A file that cannot be brought keeps the others of its message not back, and is told.
func TestGalleryWithABadFile(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	large := w.galleryItem("m.image", "b.png")
	large["info"] = map[string]any{"size": 5_000_000}
	require.NoError(t, w.receive(w.gallery("$trip", "our trip", w.galleryItem("m.image", "a.png"), large, w.galleryItem("m.image", "c.png"))))
	require.Equal(t, map[string][]string{postTS(1): {"a.png", "c.png"}}, w.api.files.names())
	share := w.api.of("files.completeUploadExternal")[0]
	said := share.Get("blocks") + share.Get("initial_comment")
	for _, part := range []string{"the file b.png (5 MB) is not here", "matrix.to", "our trip"} {
		require.Contains(t, said, part)
	}
	require.Len(t, w.notices(), 1)
	require.Contains(t, w.notices()[0], "the file b.png (5 MB): files of more than 1 MB are not transferred")
	require.Equal(t, []id.EventID{"$trip"}, w.home.failed())

	also := w.galleryItem("m.image", "d.png")
	also["info"] = map[string]any{"size": 6_000_000}
	require.NoError(t, w.receive(w.gallery("$none", "no file", large, also)))
	require.Len(t, w.api.of("files.completeUploadExternal"), 1)
	require.Len(t, w.api.posted(t), 1)
	for _, part := range []string{"b.png", "d.png", "no file"} {
		require.Contains(t, w.api.posted(t)[0], part)
	}
}

// Whatever stops a gallery half-way, what Slack has of it is not sent again, and one message
// shows its files.
func TestGalleryIsShownOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		method  string
		nth     int
		happen  bool
		error   string
		uploads int
	}{
		"the second file cannot be begun": {"files.getUploadURLExternal", 2, false, "internal_error", 3},
		"the share has no answer":         {"files.completeUploadExternal", 1, true, "internal_error", 3},
		"the share did not happen":        {"files.completeUploadExternal", 1, false, "internal_error", 3},
		"Slack has lost the content":      {"files.completeUploadExternal", 1, false, "file_not_found", 6},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			calls := 0
			w.api.onCall(func(c call) answer {
				if c.method != tc.method {
					return nil
				}
				if calls++; calls != tc.nth {
					return nil
				}
				if tc.happen {
					w.api.usual(c)
				}
				return answer{"ok": false, "error": tc.error}
			})
			evt := w.gallery("$trip", "", w.galleryItem("m.image", "a.png"), w.galleryItem("m.image", "b.png"), w.galleryItem("m.image", "c.png"))
			for range 5 {
				if w.receive(evt) == nil {
					break
				}
			}
			require.Equal(t, map[string][]string{postTS(1): {"a.png", "b.png", "c.png"}}, w.api.files.names())
			require.Len(t, w.api.files.all(), tc.uploads)
			require.Empty(t, w.notices())
		})
	}
}

// TestGalleryWithAnItemThatCannotBeRead: what is not shown is told, to the sender and in Slack.
func TestGalleryWithAnItemThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	withoutFile := map[string]any{"itemtype": "m.image", "body": "b.png"}
	unreadable := map[string]any{"itemtype": "m.image", "body": "c.png", "url": "mxc://test/c", "info": "large"}
	require.NoError(t, w.receive(w.gallery("$trip", "our trip", w.galleryItem("m.image", "a.png"), withoutFile, unreadable)))
	require.Equal(t, map[string][]string{postTS(1): {"a.png"}}, w.api.files.names())
	share := w.api.of("files.completeUploadExternal")[0]
	for _, name := range []string{"b.png", "c.png"} {
		require.Contains(t, share.Get("blocks")+share.Get("initial_comment"), name+" is not here")
		require.Contains(t, strings.Join(w.notices(), "\n"), "the file "+name)
	}
	require.Equal(t, []id.EventID{"$trip"}, w.home.failed())
}

func TestEditOfAGallery(t *testing.T) {
	edit := func(w *world, event id.EventID, content map[string]any) *event.Event {
		edited := galleryContent("* " + content["body"].(string))
		edited["m.new_content"] = content
		edited["m.relates_to"] = map[string]any{"rel_type": "m.replace", "event_id": "$trip"}
		return w.message(event, ann, edited)
	}
	w := newWorld(t)
	w.namesKept()
	a, b := w.galleryItem("m.image", "a.png"), w.galleryItem("m.image", "b.png")
	require.NoError(t, w.receive(w.gallery("$trip", "our trip", a, b)))

	require.NoError(t, w.receive(edit(w, "$e1", galleryContent("your trip", a, b))))
	require.Equal(t, "your trip", w.api.of("chat.update")[0].Get("text"))
	require.False(t, w.api.of("chat.update")[0].Has("file_ids"))
	require.Len(t, w.api.files.all(), 2, "its caption alone")

	require.NoError(t, w.receive(edit(w, "$e2", galleryContent("your trip", b))))
	require.Equal(t, `["F3"]`, w.api.of("chat.update")[1].Get("file_ids"), "a file was taken out")

	w.api.onCall(func(c call) answer {
		if c.method == "chat.update" && c.form.Has("file_ids") {
			return answer{"ok": false, "error": "blocked_file_type"}
		}
		return nil
	})
	require.NoError(t, w.receive(edit(w, "$e3", galleryContent("your trip", b, w.galleryItem("m.image", "c.png")))))
	require.Contains(t, strings.Join(w.api.posted(t), "\n"), "The files of this message are b.png, c.png in Matrix now")
}

// TestEditOfAGalleryWithABadFile: a file that is not in Slack keeps no edit of the others back.
// What it is not is told in Slack with each.
func TestEditOfAGalleryWithABadFile(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	edit := func(event id.EventID, caption string, items ...map[string]any) *event.Event {
		edited, content := galleryContent("* "+caption), galleryContent(caption, items...)
		edited["m.new_content"] = content
		edited["m.relates_to"] = map[string]any{"rel_type": "m.replace", "event_id": "$trip"}
		return w.message(event, ann, edited)
	}
	a, large, c, d := w.galleryItem("m.image", "a.png"), w.galleryItem("m.image", "b.png"), w.galleryItem("m.image", "c.png"), w.galleryItem("m.image", "d.png")
	large["info"] = map[string]any{"size": 5_000_000}
	require.NoError(t, w.receive(w.gallery("$trip", "our trip", a, large, c)))

	says := func(n int, parts ...string) {
		t.Helper()
		require.Len(t, w.api.of("chat.update"), n)
		for _, part := range parts {
			require.Contains(t, w.api.of("chat.update")[n-1].Get("text"), part)
		}
	}
	require.NoError(t, w.receive(edit("$e1", "your trip", a, large, c)))
	says(1, "your trip", "the file b.png (5 MB) is not here")
	require.False(t, w.api.of("chat.update")[0].Has("file_ids"))
	require.Len(t, w.api.files.all(), 2, "its caption alone")

	require.NoError(t, w.receive(edit("$e2", "their trip", a, map[string]any{"itemtype": "m.image", "body": "z.png"}, c)))
	says(2, "their trip", "the file z.png is not here")
	require.Len(t, w.api.files.all(), 2)

	require.NoError(t, w.receive(edit("$e3", "our trip", a, large, c, d)))
	says(3, "our trip", "the file b.png (5 MB) is not here")
	var shown []string
	for _, file := range w.api.files.all() {
		if !file.Deleted {
			shown = append(shown, file.Name)
		}
	}
	require.ElementsMatch(t, []string{"a.png", "c.png", "d.png"}, shown)

	require.NoError(t, w.receive(edit("$e4", "no trip", large)))
	says(3)
	require.Contains(t, w.notices()[len(w.notices())-1], "the file b.png (5 MB)", "without any of its files the message stays as it is")
	require.Equal(t, []id.EventID{"$trip", "$e1", "$e2", "$e3", "$e4"}, w.home.failed())
}

// TestEditOfAGalleryIsTriedAgain: what an earlier try has sent is not what the message shows.
func TestEditOfAGalleryIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	a, large, c := w.galleryItem("m.image", "a.png"), w.galleryItem("m.image", "b.png"), w.galleryItem("m.image", "c.png")
	large["info"] = map[string]any{"size": 5_000_000}
	require.NoError(t, w.receive(w.gallery("$trip", "our trip", a, large)))
	edited := galleryContent("* our trip")
	edited["m.new_content"] = galleryContent("our trip", a, large, c)
	edited["m.relates_to"] = map[string]any{"rel_type": "m.replace", "event_id": "$trip"}
	w.api.onCall(func(c call) answer {
		if c.method == "files.getUploadURLExternal" && c.form.Get("filename") == "a.png" {
			return answer{"ok": false, "error": "internal_error"}
		}
		return nil
	})
	evt := w.message("$e1", ann, edited)
	require.Error(t, w.receive(evt))
	w.api.onCall(nil)
	require.NoError(t, w.receive(evt))
	require.Len(t, w.api.of("chat.update"), 1)
	require.JSONEq(t, `["F3","F2"]`, w.api.of("chat.update")[0].Get("file_ids"))
}

// An exchange that Slack puts off is made by the next try.
func TestExchangeOfAFileIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	require.NoError(t, w.receive(w.image("$cat", "cat.png")))
	w.refuse("chat.update", "internal_error")
	evt := w.editFile("$e1", "$cat", w.files.put("dog", "a dog"), "dog.png", "my dog")
	require.Error(t, w.receive(evt))
	w.api.onCall(nil)
	require.NoError(t, w.receive(evt))
	updates := w.api.of("chat.update")
	require.Equal(t, `["F2"]`, updates[len(updates)-1].Get("file_ids"))
	files := w.api.files.all()
	require.Equal(t, []bool{true, false}, []bool{files[0].Deleted, files[1].Deleted})
}

func TestProgressOfAGalleryIsKept(t *testing.T) {
	var none *keptUpload
	upload := none.with(2, keptFile{File: "F3", Sent: true})
	require.Equal(t, []string{"F3"}, upload.sent())
	upload = upload.with(0, keptFile{File: "F1", Sent: true})
	require.Equal(t, []string{"F1", "F3"}, upload.sent())
	require.False(t, upload.isWhole(3))
	require.Equal(t, []keptFile{{File: "F1", Sent: true}, {}, {File: "F3", Sent: true}, {}}, []keptFile{upload.at(0), upload.at(1), upload.at(2), upload.at(3)})
	require.Empty(t, upload.unsent().sent())
	require.False(t, none.isWhole(1))
}

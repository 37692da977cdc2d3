package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// image makes the event of a picture in #general.
func (w *world) image(event id.EventID, name string, change ...func(map[string]any)) *event.Event {
	w.Helper()
	content := map[string]any{"msgtype": "m.image", "body": name, "url": w.files.put("media"+string(event[1:]), "the content of "+name)}
	for _, c := range change {
		c(content)
	}
	return w.message(event, ann, content)
}

const ann = id.UserID("@ann:test")

// with sets a key of a content.
func with(key string, value any) func(map[string]any) {
	return func(content map[string]any) { content[key] = value }
}

// namesKept has the world know that Slack shows files under their sender's name.
func (w *world) namesKept() { w.client.shareNames.learn(true) }

// notices are what the bot said in #general.
func (w *world) notices() (texts []string) {
	w.home.mu.Lock()
	defer w.home.mu.Unlock()
	for _, s := range w.home.events {
		if message, ok := s.content.Parsed.(*event.MessageEventContent); ok && message.MsgType == event.MsgNotice {
			texts = append(texts, message.Body)
		}
	}
	return texts
}

func TestFileFromMatrix(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	require.NoError(t, w.receive(w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "look at *this*"))))
	require.Equal(t, []slackFile{{Name: "cat.png", Content: "the content of cat.png", TS: []string{postTS(1)}}}, w.api.files.all())
	begun := w.api.of("files.getUploadURLExternal")[0]
	require.Equal(t, "22", begun.Get("length"))
	share := w.api.of("files.completeUploadExternal")
	require.Len(t, share, 1)
	require.Equal(t, []string{general, "ann", `[{"id":"F1"}]`}, []string{share[0].Get("channel_id"), share[0].Get("username"), share[0].Get("files")})
	require.Contains(t, share[0].Get("blocks")+share[0].Get("initial_comment"), "look at *this*")
	require.Empty(t, w.api.of("chat.postMessage"))
	rows := w.rows(postTS(1))
	require.Len(t, rows, 1)
	require.Equal(t, id.EventID("$cat"), rows[0].MXID)
	require.Empty(t, w.notices())
}

func TestKindsOfFiles(t *testing.T) {
	sealed := attachment.NewEncryptedFile()
	secret := []byte("a secret")
	sealed.EncryptInPlace(secret)
	for name, tc := range map[string]struct {
		kind    event.Type
		content map[string]any
		want    slackFile
		says    string
	}{
		"a picture without a caption": {
			content: map[string]any{"msgtype": "m.image", "body": "cat.png"}, want: slackFile{Name: "cat.png"},
		},
		"the file's name is no caption": {
			content: map[string]any{"msgtype": "m.image", "body": "cat.png", "filename": "cat.png"}, want: slackFile{Name: "cat.png"},
		},
		"a video with a formatted caption": {
			content: map[string]any{"msgtype": "m.video", "body": "bold", "filename": "v.mp4", "format": "org.matrix.custom.html", "formatted_body": "<b>bold</b>"},
			want:    slackFile{Name: "v.mp4"}, says: `"bold":true`,
		},
		"a voice message": {
			content: map[string]any{
				"msgtype": "m.audio", "body": "Voice message.ogg", "info": map[string]any{"mimetype": "audio/ogg", "duration": 72_400},
				"org.matrix.msc3245.voice": map[string]any{},
			},
			want: slackFile{Name: "Voice message.ogg", Title: "Voice message, 1:12"},
		},
		"a file whose name is a path": {
			content: map[string]any{"msgtype": "m.file", "body": "../..\\etc/pass\u202ewd\n.txt"}, want: slackFile{Name: "passwd.txt"},
		},
		"a file whose name has no ending": {
			content: map[string]any{"msgtype": "m.file", "body": "report", "info": map[string]any{"mimetype": "application/pdf; x=1"}}, want: slackFile{Name: "report.pdf"},
		},
		"a file without a name": {
			content: map[string]any{"msgtype": "m.file", "body": "..", "info": map[string]any{"mimetype": "video/mp4"}}, want: slackFile{Name: "file.mp4"},
		},
		"a sticker": {
			kind:    event.EventSticker,
			content: map[string]any{"body": "a waving cat", "info": map[string]any{"mimetype": "image/webp"}},
			want:    slackFile{Name: "sticker.webp", Alt: "a waving cat"},
		},
		"21 a picture with an alternative text": {
			content: map[string]any{"msgtype": "m.image", "body": "my cat", "filename": "cat.png", altTextKey: "a cat\n on a mat" + strings.Repeat("!", maxAltText)},
			want:    slackFile{Name: "cat.png", Alt: "a cat on a mat" + strings.Repeat("!", maxAltText-15) + "…"}, says: "my cat",
		},
		"a picture with an alternative text in several forms": {
			content: map[string]any{"msgtype": "m.image", "body": "cat.png", altTextKey: map[string]any{"org.matrix.msc1767.text": []any{
				map[string]any{"mimetype": "text/html", "body": "<b>a cat</b>"}, map[string]any{"body": "a cat"},
			}}},
			want: slackFile{Name: "cat.png", Alt: "a cat"},
		},
		"a picture with an alternative text that is none": {
			content: map[string]any{"msgtype": "m.image", "body": "cat.png", altTextKey: 7}, want: slackFile{Name: "cat.png"},
		},
		"a sticker with an alternative text": {
			kind:    event.EventSticker,
			content: map[string]any{"body": "wave", "info": map[string]any{"mimetype": "image/webp"}, altTextKey: "a waving cat"},
			want:    slackFile{Name: "sticker.webp", Alt: "a waving cat"},
		},
		"a spoiler": {
			content: map[string]any{"msgtype": "m.image", "body": "end.png", spoilerKey: true, spoilerReasonKey: "the end"},
			want:    slackFile{Name: "end.png"}, says: "⚠️ Spoiler: the end",
		},
		"a spoiler with a caption": {
			content: map[string]any{"msgtype": "m.image", "body": "who did it", "filename": "end.png", spoilerKey: true},
			want:    slackFile{Name: "end.png"}, says: "who did it",
		},
		"an encrypted file": {
			content: map[string]any{"msgtype": "m.file", "body": "s.txt", "file": map[string]any{
				"v": "v2", "iv": sealed.InitVector, "key": sealed.Key, "hashes": sealed.Hashes, "url": "mxc://test/sealed",
			}},
			want: slackFile{Name: "s.txt", Content: "a secret"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			if tc.content["file"] == nil {
				tc.content["url"] = w.files.put("x", "content")
				tc.want.Content = "content"
			}
			w.files.put("sealed", string(secret))
			if tc.kind.Type == "" {
				tc.kind = event.EventMessage
			}
			require.NoError(t, w.receive(w.event("$x", ann, tc.kind, tc.content)))
			tc.want.TS = []string{postTS(1)}
			require.Equal(t, []slackFile{tc.want}, w.api.files.all())
			share := w.api.of("files.completeUploadExternal")[0]
			if said := share.Get("blocks") + share.Get("initial_comment"); tc.says == "" {
				require.Empty(t, said)
			} else {
				require.Contains(t, said, tc.says)
			}
			require.Len(t, w.rows(postTS(1)), 1)
		})
	}
}

// A caption that is too long for one message goes on in more of them, in order.
func TestFileWithALongCaption(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	caption := strings.Repeat("0123456789 ", 900)
	require.NoError(t, w.receive(w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", caption))))
	require.Len(t, w.api.of("files.completeUploadExternal"), 1)
	require.Len(t, w.api.posted(t), 2)
	require.NoError(t, w.receive(w.redact("$gone", ann, "$cat")))
	require.Len(t, w.api.of("chat.delete"), 3)
	require.True(t, w.api.files.all()[0].Deleted)
}

func TestFileInAThread(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	require.NoError(t, w.hear("1", slackevent.Message{TS: "1700000000.000100", User: "U1", Text: "root"}))
	root := w.rows("1700000000.000100")[0].MXID
	reply := with("m.relates_to", map[string]any{"rel_type": "m.thread", "event_id": root})
	require.NoError(t, w.receive(w.image("$cat", "cat.png", reply)))
	require.Equal(t, "1700000000.000100", w.api.of("files.completeUploadExternal")[0].Get("thread_ts"))

	w.api.onCall(func(c call) answer {
		if c.method == "files.completeUploadExternal" && c.form.Get("thread_ts") != "" {
			return answer{"ok": false, "error": "cannot_reply_to_message"}
		}
		return nil
	})
	require.NoError(t, w.receive(w.image("$dog", "dog.png", reply)))
	require.Len(t, w.api.files.all()[1].TS, 1, "it is shown in the channel")
}

// The sender is told once what is wrong with which file, and who reads in Slack too.
func TestFileThatCannotBeBrought(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(*world)
		change  func(map[string]any)
		says    string
		asked   int
	}{
		"too large by what its sender says": {
			change: with("info", map[string]any{"size": 5_000_000}), says: "the file cat.png (5 MB): files of more than 1 MB are not transferred",
		},
		"too large": {
			prepare: func(w *world) { w.files.put("mediacat", strings.Repeat("x", 1<<20+1)) },
			says:    "the file cat.png (1 MB): files of more than 1 MB are not transferred", asked: 1,
		},
		"vanished": {
			change: with("url", "mxc://test/gone"), says: "the file cat.png: it is not on the homeserver (HTTP 404 M_NOT_FOUND)", asked: 1,
		},
		"forbidden": {
			prepare: func(w *world) { w.files.fail(http.StatusForbidden, "M_FORBIDDEN") },
			says:    "the file cat.png: the homeserver does not give it to the bridge", asked: 1,
		},
		"empty": {
			prepare: func(w *world) { w.files.put("mediacat", "") }, says: "the file cat.png: it is empty", asked: 1,
		},
		"without an address": {
			change: func(content map[string]any) { delete(content, "url") }, says: "the file cat.png: its file is missing",
		},
		"an encrypted one without an address": {
			change: func(content map[string]any) { delete(content, "url"); content["file"] = map[string]any{"v": "v2"} },
			says:   "the file cat.png: its file is missing",
		},
		"an address that is none": {
			change: with("url", "https://elsewhere.test/cat.png"), says: "the file cat.png: it is not on the homeserver: its address is not one of a file",
		},
		"refused by Slack for its size": {
			prepare: func(w *world) { w.refuse("files.getUploadURLExternal", "file_upload_size_restricted") },
			says:    "the file cat.png (22 bytes): the workspace does not take files this large", asked: 1,
		},
		"refused by Slack for its type": {
			prepare: func(w *world) { w.refuse("files.completeUploadExternal", "file_type_not_allowed") },
			says:    "the file cat.png (22 bytes): the workspace does not take files of this type", asked: 1,
		},
		"refused for a scope": {
			prepare: func(w *world) { w.refuse("files.getUploadURLExternal", "missing_scope") },
			says:    "the file cat.png (22 bytes): the bot token lacks", asked: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			evt := w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "my cat"))
			if tc.change != nil {
				evt = w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "my cat"), tc.change)
			}
			if tc.prepare != nil {
				tc.prepare(w)
			}
			require.NoError(t, w.receive(evt))
			require.Len(t, w.notices(), 1)
			require.Contains(t, w.notices()[0], tc.says)
			require.Equal(t, tc.asked, w.files.downloads(), "what is known to be too large is not loaded")
			require.Len(t, w.api.posted(t), 1)
			for _, part := range []string{"cat.png", "my cat", "matrix.to/#/"} {
				require.Contains(t, w.api.posted(t)[0], part)
			}
			require.Equal(t, []id.EventID{"$cat"}, w.home.failed())
			require.Len(t, w.rows(postTS(1)), 1)
			for _, file := range w.api.files.all() {
				require.Empty(t, file.TS)
			}
		})
	}
}

// TestTheRowOfAMessageWithoutItsFile: it is as complete as that of any message.
func TestTheRowOfAMessageWithoutItsFile(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	require.NoError(t, w.receive(w.write("$root", ann, "look")))
	inThread := with("m.relates_to", map[string]any{"rel_type": "m.thread", "event_id": "$root"})
	for n, content := range []id.ContentURIString{w.files.put("dog", "a dog"), "mxc://test/gone"} {
		require.NoError(t, w.receive(w.image(id.EventID(fmt.Sprintf("$%d", n)), "dog.png", with("url", content), inThread)))
	}
	whole, without := w.rows(postTS(2)), w.rows(postTS(3))
	require.Len(t, whole, 1)
	require.Len(t, without, 1)
	require.Equal(t, w.rows(postTS(1))[0].ID, without[0].ThreadRoot)
	same := *whole[0]
	same.RowID, same.ID, same.MXID, same.Timestamp = without[0].RowID, without[0].ID, "$1", without[0].Timestamp
	require.Equal(t, &same, without[0])
}

// TestTheSenderIsToldOfAFileOnce: whatever stops the telling, it is done in the end, and nothing is
// posted twice.
func TestTheSenderIsToldOfAFileOnce(t *testing.T) {
	for name, fails := range map[string]func(w *world) (mend func()){
		"the homeserver does not take the notice": func(w *world) func() {
			w.home.refuse = func(s sent) error {
				if s.kind == event.EventMessage {
					return refused(http.StatusBadGateway, "", "away")
				}
				return nil
			}
			return func() { w.home.refuse = nil }
		},
		"the database does not take the row": func(w *world) func() {
			w.exec("CREATE TRIGGER away BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'database is locked'); END")
			return func() { w.exec("DROP TRIGGER away") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			w.remembersPosts()
			evt := w.image("$cat", "cat.png", with("url", "mxc://test/gone"))
			mend := fails(w)
			require.Error(t, w.receive(evt))
			mend()
			require.NoError(t, w.receive(evt))
			require.Len(t, w.api.posted(t), 1)
			require.Len(t, w.rows(postTS(1)), 1)
			require.Len(t, w.notices(), 1)
		})
	}
}

// TestAFileOfUnknownSizeIsNotReadForNothing: of one that is too large no more is read than says so.
func TestAFileOfUnknownSizeIsNotReadForNothing(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	cat := w.image("$cat", "cat.png")
	const whole = 64 << 20
	var sent atomic.Int64
	endless := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		block := make([]byte, 64<<10)
		for range whole / len(block) {
			n, err := rw.Write(block)
			if sent.Add(int64(n)); err != nil || r.Context().Err() != nil {
				return
			}
		}
	}))
	t.Cleanup(endless.Close)
	w.files.url = endless.URL
	w.slack.options.Files = w.files.repository(t)
	require.NoError(t, w.receive(cat))
	require.Contains(t, w.notices()[0], "files of more than 1 MB are not transferred")
	require.Less(t, sent.Load(), int64(whole))
	require.Empty(t, w.api.files.all())
}

// refuse has Slack answer a method with an error from now on.
func (w *world) refuse(method, code string) {
	w.api.onCall(func(c call) answer {
		if c.method == method {
			return answer{"ok": false, "error": code, "needed": "files:write"}
		}
		return nil
	})
}

// What passes by itself is waited for.
func TestFileThatIsThereLater(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	w.files.fail(http.StatusServiceUnavailable, "M_UNKNOWN")
	evt := w.image("$cat", "cat.png")
	require.Error(t, w.receive(evt))
	w.files.fail(0, "")
	require.NoError(t, w.receive(evt))
	require.Len(t, w.api.files.all(), 1)
	require.Empty(t, w.notices())
}

// Whatever becomes of an answer, one message shows the file.
func TestFileIsShownOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		method string
		happen bool // the call has its effect
		error  string
		shares int
	}{
		"the share has no answer":          {"files.completeUploadExternal", true, "internal_error", 1},
		"the share did not happen":         {"files.completeUploadExternal", false, "internal_error", 2},
		"the limits are reached":           {"files.completeUploadExternal", false, "ratelimited", 2},
		"Slack has lost the content":       {"files.completeUploadExternal", false, "file_not_found", 2},
		"an upload cannot be begun":        {"files.getUploadURLExternal", false, "internal_error", 1},
		"it cannot be looked for at first": {"files.info", false, "internal_error", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			failed := false
			w.api.onCall(func(c call) answer {
				if c.method != tc.method || failed {
					return nil
				}
				failed = true
				if tc.happen {
					w.api.usual(c)
				}
				return answer{"ok": false, "error": tc.error}
			})
			evt := w.image("$cat", "cat.png")
			for range 5 {
				if w.receive(evt) == nil {
					break
				}
			}
			require.Len(t, w.rows(postTS(1)), 1)
			require.Len(t, w.api.of("files.completeUploadExternal"), tc.shares)
			shown := 0
			for _, file := range w.api.files.all() {
				shown += len(file.TS)
			}
			require.Equal(t, 1, shown)
			require.Empty(t, w.notices())
		})
	}
}

// Slack tells of the message before it answers the call: it is the bridge's own, and its ts
// need not be asked for.
func TestOwnFileIsHeardOf(t *testing.T) {
	for name, echo := range map[string]slackevent.Message{
		"as a file_share":              {Subtype: "file_share", User: botID, BotID: "B" + botID},
		"as a file_share with a name":  {Subtype: "file_share", User: botID, Username: "ann"},
		"as a bot_message with a name": {Subtype: "bot_message", BotID: "B" + botID, Username: "ann"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.namesKept()
			session := w.session()
			echo.Type, echo.TS, echo.Channel, echo.Files = "message", postTS(1), general, []slackevent.File{{ID: "F1"}}
			w.api.onCall(func(c call) answer {
				if c.method == "files.completeUploadExternal" {
					require.NoError(t, session.store(t.Context(), []slackevent.Envelope{envelope(t, &echo)}))
				}
				return nil
			})
			require.NoError(t, w.receive(w.image("$cat", "cat.png")))
			require.Empty(t, w.api.of("files.info"))
			require.Len(t, w.rows(postTS(1)), 1)
			require.Zero(t, w.slack.inbox.Waiting(sourceOf(w.client.login.ID)), "it was not stored")

			w.slack.uploads = newUploads() // another process
			require.False(t, w.client.ownPost(&echo))
			require.NoError(t, w.slack.uploads.load(t.Context(), w.slack.db))
			require.True(t, w.client.ownPost(&echo))
			echo.User, echo.BotID = "U1", ""
			require.False(t, w.client.ownPost(&echo), "a person shows the file elsewhere")
		})
	}
}

// envelope is how Slack sends a message.
func envelope(t *testing.T, message *slackevent.Message) slackevent.Envelope {
	t.Helper()
	event, err := json.Marshal(message)
	require.NoError(t, err)
	payload := fmt.Sprintf(`{"type":"event_callback","event_id":"Ev%s","event":%s}`, message.TS, event)
	return slackevent.Envelope{Type: slackevent.TypeEventsAPI, ID: "E" + message.TS, Payload: []byte(payload)}
}

func TestNameOfAFile(t *testing.T) {
	t.Run("Slack refuses it", func(t *testing.T) {
		w := newWorld(t)
		w.api.onCall(func(c call) answer {
			if c.method == "files.completeUploadExternal" && c.form.Get("username") != "" {
				return answer{"ok": false, "error": "missing_scope", "needed": "chat:write.customize"}
			}
			return nil
		})
		require.NoError(t, w.receive(w.image("$cat", "cat.png")))
		shares := w.api.of("files.completeUploadExternal")
		require.Len(t, shares, 2)
		require.Contains(t, shares[1].Get("blocks")+shares[1].Get("initial_comment"), "ann sent a file")
		require.Len(t, w.api.files.all()[0].TS, 1)
	})
	t.Run("Slack loses it", func(t *testing.T) {
		w := newWorld(t)
		w.api.onCall(func(c call) answer {
			if c.method == "conversations.history" {
				return answer{"messages": []answer{{"type": "message", "ts": c.form.Get("latest"), "user": botID}}}
			}
			return nil
		})
		require.NoError(t, w.receive(w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "my cat"))))
		update := w.api.of("chat.update")
		require.Len(t, update, 1)
		require.Equal(t, postTS(1), update[0].Get("ts"))
		require.Equal(t, "ann: my cat", strings.ReplaceAll(update[0].Get("text"), "*", ""))
		require.NoError(t, w.receive(w.image("$dog", "dog.png", with("filename", "dog.png"), with("body", "my dog"))))
		share := w.api.of("files.completeUploadExternal")[1]
		require.Empty(t, share.Get("username"))
		require.Contains(t, share.Get("blocks")+share.Get("initial_comment"), "ann")
		require.Len(t, w.api.of("chat.update"), 1, "it is known now")
		require.Len(t, w.api.of("conversations.history"), 1)
	})
	t.Run("Slack shows it", func(t *testing.T) {
		w := newWorld(t)
		w.api.onCall(func(c call) answer {
			if c.method == "conversations.history" {
				return answer{"messages": []answer{{"type": "message", "ts": c.form.Get("latest"), "username": "ann"}}}
			}
			return nil
		})
		for _, name := range []id.EventID{"$cat", "$dog"} {
			require.NoError(t, w.receive(w.image(name, "cat.png")))
		}
		require.Empty(t, w.api.of("chat.update"))
		require.Len(t, w.api.of("conversations.history"), 1)
	})
}

func TestRedactionOfAFile(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	require.NoError(t, w.receive(w.image("$cat", "cat.png")))
	require.NoError(t, w.receive(w.redact("$gone", ann, "$cat")))
	require.Equal(t, postTS(1), w.api.of("chat.delete")[0].Get("ts"))
	require.True(t, w.api.files.all()[0].Deleted)
	left, err := w.slack.db.UploadsFor(t.Context(), "$cat")
	require.NoError(t, err)
	require.Empty(t, left)
}

// A message that a moderator in Slack deletes takes its file with it: it was the bot's.
func TestFileWhoseMessageIsDeletedInSlack(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	require.NoError(t, w.receive(w.image("$cat", "cat.png")))
	require.NoError(t, w.hear("1", slackevent.Message{Subtype: "message_deleted", DeletedTS: postTS(1), TS: "1700000900.000100"}))
	require.True(t, w.api.files.all()[0].Deleted)
	require.Empty(t, w.rows(postTS(1)))
}

// editFile makes the event of an edit of a picture.
func (w *world) editFile(event, target id.EventID, url id.ContentURIString, name, caption string) *event.Event {
	w.Helper()
	content := map[string]any{"msgtype": "m.image", "body": caption, "filename": name, "url": url}
	return w.message(event, ann, map[string]any{
		"msgtype": "m.image", "body": "* " + caption, "filename": name, "url": url, "m.new_content": content,
		"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": target},
	})
}

func TestEditOfAFile(t *testing.T) {
	t.Run("its caption", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "my cat"))))
		require.NoError(t, w.receive(w.editFile("$e1", "$cat", "mxc://test/mediacat", "cat.png", "your cat")))
		require.NoError(t, w.receive(w.editFile("$e2", "$cat", "mxc://test/mediacat", "cat.png", "cat.png")))
		updates := w.api.of("chat.update")
		require.Equal(t, []string{"your cat", "cat.png"}, []string{updates[0].Get("text"), updates[1].Get("text")})
		require.False(t, updates[0].Has("file_ids"))
		require.Len(t, w.api.files.all(), 1)
	})
	t.Run("the file itself", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "my cat"))))
		require.NoError(t, w.receive(w.editFile("$e1", "$cat", w.files.put("dog", "a dog"), "dog.png", "my dog")))
		require.Equal(t, []string{`["F2"]`, "my dog"}, []string{w.api.of("chat.update")[0].Get("file_ids"), w.api.of("chat.update")[0].Get("text")})
		files := w.api.files.all()
		require.Equal(t, []any{true, false, "a dog"}, []any{files[0].Deleted, files[1].Deleted, files[1].Content})
		require.NoError(t, w.receive(w.editFile("$e2", "$cat", "mxc://test/dog", "dog.png", "good dog")))
		require.Len(t, w.api.files.all(), 2, "that is its caption alone")
		require.NoError(t, w.receive(w.redact("$gone", ann, "$cat")))
		require.True(t, w.api.files.all()[1].Deleted)
	})
	t.Run("a file with an alternative text", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png", with(altTextKey, "a cat"))))
		dog := w.image("$e1", "dog.png", with(altTextKey, "a dog")).Content.Raw
		require.NoError(t, w.receive(w.message("$e1", ann, map[string]any{
			"msgtype": "m.image", "body": "* dog.png", "url": dog["url"], "m.new_content": dog,
			"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": "$cat"},
		})))
		require.Equal(t, []string{"a cat", "a dog"}, []string{w.api.files.all()[0].Alt, w.api.files.all()[1].Alt})
	})
	t.Run("a file for a text", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.receive(w.write("$text", ann, "see")))
		require.NoError(t, w.receive(w.editFile("$e1", "$text", w.files.put("dog", "a dog"), "dog.png", "my dog")))
		require.Equal(t, `["F1"]`, w.api.of("chat.update")[0].Get("file_ids"))
	})
	t.Run("where Slack exchanges no files", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png")))
		w.api.onCall(func(c call) answer {
			if c.method == "chat.update" && c.form.Has("file_ids") {
				return answer{"ok": false, "error": "blocked_file_type"}
			}
			return nil
		})
		require.NoError(t, w.receive(w.editFile("$e1", "$cat", w.files.put("dog", "a dog"), "dog.png", "my dog")))
		post := w.api.of("chat.postMessage")[0]
		require.Equal(t, postTS(1), post.Get("thread_ts"))
		require.Contains(t, post.Get("text"), "dog.png")
		files := w.api.files.all()
		require.Equal(t, []bool{false, true}, []bool{files[0].Deleted, files[1].Deleted})
		require.Equal(t, "my dog", w.api.of("chat.update")[1].Get("text"))
	})
	t.Run("a file that cannot be brought", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png")))
		require.NoError(t, w.receive(w.editFile("$e1", "$cat", "mxc://test/gone", "dog.png", "my dog")))
		require.Len(t, w.notices(), 1)
		require.Contains(t, w.notices()[0], "the file dog.png: it is not on the homeserver")
		require.Equal(t, []id.EventID{"$e1"}, w.home.failed())
		require.Empty(t, w.api.of("chat.update"))
	})
	t.Run("the caption of one that was not brought", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png", with("url", "mxc://test/gone"), with("filename", "cat.png"), with("body", "my cta"))))
		require.Contains(t, w.api.posted(t)[0], "my cta")
		require.NoError(t, w.receive(w.editFile("$e1", "$cat", "mxc://test/gone", "cat.png", "my cat")))
		require.Len(t, w.api.of("chat.update"), 1)
		text := w.api.of("chat.update")[0].Get("text")
		require.Contains(t, text, "my cat")
		require.Contains(t, text, "the file cat.png is not here")
		require.Equal(t, []id.EventID{"$cat", "$e1"}, w.home.failed())
	})
	t.Run("the caption of one that Slack has refused", func(t *testing.T) {
		for _, code := range fileRefusals {
			w := newWorld(t)
			w.namesKept()
			w.refuse("files.completeUploadExternal", code)
			require.NoError(t, w.receive(w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "my cta"))))
			require.Contains(t, w.api.posted(t)[0], "the file cat.png (22 bytes) is not here")
			left, err := w.slack.db.UploadsFor(t.Context(), "$cat")
			require.NoError(t, err)
			require.Empty(t, left)
			require.NoError(t, w.receive(w.editFile("$e1", "$cat", "mxc://test/mediacat", "cat.png", "my cat")))
			require.Len(t, w.api.of("chat.update"), 1)
			update := w.api.of("chat.update")[0]
			require.False(t, update.Has("file_ids"))
			require.Contains(t, update.Get("text"), "my cat")
			require.Contains(t, update.Get("text"), "the file cat.png (22 bytes) is not here")
		}
	})
	t.Run("by one that Slack refuses", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "my cat"))))
		w.refuse("files.completeUploadExternal", "file_type_not_allowed")
		require.NoError(t, w.receive(w.editFile("$e1", "$cat", w.files.put("dog", "a dog"), "dog.png", "my dog")))
		require.Empty(t, w.api.of("chat.update"), "the message stays as it is")
		require.Len(t, w.notices(), 1)
		left, err := w.slack.db.UploadsFor(t.Context(), "$cat")
		require.NoError(t, err)
		require.Len(t, left, 1)
	})
	t.Run("by another person", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(w.image("$cat", "cat.png")))
		evt := w.editFile("$e1", "$cat", w.files.put("dog", "a dog"), "dog.png", "my dog")
		evt.Sender = "@mallory:test"
		require.NoError(t, w.receive(evt))
		require.Len(t, w.api.files.all(), 1, "nothing of it is loaded")
		require.Empty(t, w.api.of("chat.update"))
	})
}

func TestProgressOfAFileIsKept(t *testing.T) {
	kept, err := keptProgress([]byte(`{"pieces":["1.1"],"upload":{"file":"F1","sent":true,"completing":true}}`))
	require.NoError(t, err)
	require.Equal(t, progress{Pieces: []string{"1.1"}, Upload: &keptUpload{keptFile: keptFile{File: "F1", Sent: true}, Completing: true}}, kept)
	_, err = keptProgress([]byte(`{"upload":7}`))
	require.Error(t, err, "it is not taken for none")
	require.False(t, bytes.Contains([]byte(inbox.Later(0, errUnseen).Error()), []byte("nil")))
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1 kB", 1234: "1.2 kB", 1 << 20: "1 MB", 123_456_789: "123 MB", 1 << 30: "1.1 GB"} {
		require.Equal(t, want, bytesText(n))
	}
}

package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/media"
	"ops-jrz1/bridge/internal/slackevent"
)

const (
	spoolBytes = 1 << 20
	fileTS     = "1700000700.000001"
	png        = "\x89PNG\x0D\x0A\x1A\x0A and what a picture has besides"
)

// mediaRepo replaces the homeserver's media repository.
type mediaRepo struct {
	mu        sync.Mutex
	limit     int64
	encrypted bool
	// refuse is asked before a file is taken; its error is the answer.
	refuse  func() error
	uploads []uploaded
}

type uploaded struct{ content, mimetype, name string }

func (m *mediaRepo) UploadLimit(context.Context) (int64, error) { return m.limit, nil }

func (m *mediaRepo) IsEncrypted(context.Context, id.RoomID) (bool, error) { return m.encrypted, nil }

func (m *mediaRepo) Upload(_ context.Context, file Upload) (id.ContentURIString, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		if err := m.refuse(); err != nil {
			return "", err
		}
	}
	content, err := io.ReadAll(file.Content)
	if err != nil || int64(len(content)) != file.Size {
		return "", fmt.Errorf("%d bytes of %d came: %w", len(content), file.Size, err)
	}
	m.uploads = append(m.uploads, uploaded{string(content), file.MimeType, file.Name})
	return id.ContentURIString(fmt.Sprintf("mxc://test/%d", len(m.uploads))), nil
}

// hosts makes Slack serve a content at every file's address.
func (w *world) hosts(content string) {
	w.api.host = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(rw, r, "", time.Time{}, strings.NewReader(content))
	}
}

// hosted is a file whose content Slack has.
func (w *world) hosted(id, name, mimetype string) slackevent.File {
	return slackevent.File{
		ID: id, Name: name, Title: name, Mimetype: mimetype, Mode: slackevent.FileModeHosted, Size: int64(len(png)),
		URLPrivateDownload: w.api.url + "files/" + id, Permalink: "https://example.slack.com/files/U1/" + id,
	}
}

// tooLarge is a hosted file that may not be sent to Matrix.
func (w *world) tooLarge(id string) slackevent.File {
	file := w.hosted(id, id+".zip", "application/zip")
	file.Size = 3 << 30
	return file
}

func sharing(text string, files ...slackevent.File) slackevent.Message {
	return slackevent.Message{Subtype: slackevent.SubtypeFileShare, User: "U1", TS: fileTS, Text: text, Files: files}
}

// messages are the messages of the room, without those that were redacted.
func (w *world) messages() (messages []*event.MessageEventContent) {
	gone := map[id.EventID]bool{}
	for _, s := range w.home.of(event.EventRedaction) {
		gone[s.content.Parsed.(*event.RedactionEventContent).Redacts] = true
	}
	for _, s := range w.home.of(event.EventMessage) {
		if !gone[s.id] {
			messages = append(messages, s.content.AsMessage())
		}
	}
	return messages
}

// one is the only message of the room.
func (w *world) one() *event.MessageEventContent {
	w.Helper()
	require.Len(w, w.messages(), 1)
	return w.messages()[0]
}

func (w *world) spoolIsEmpty() {
	w.Helper()
	left, err := os.ReadDir(w.spool)
	require.NoError(w, err)
	require.Empty(w, left)
}

func TestAPictureWithACaption(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	file := w.hosted("F1", "cat.png", "image/png")
	file.OriginalW, file.OriginalH = 30, 40
	require.NoError(t, w.hear("Ev1", sharing("*look* at it", file)))

	shown := w.one()
	require.Equal(t, event.MsgImage, shown.MsgType)
	require.Equal(t, "cat.png", shown.FileName)
	require.Equal(t, "look at it", strings.ReplaceAll(shown.Body, "*", ""))
	require.Contains(t, shown.FormattedBody, "<strong>look</strong>")
	require.EqualValues(t, "mxc://test/1", shown.URL)
	require.Equal(t, event.FileInfo{MimeType: "image/png", Width: 30, Height: 40, Size: len(png)}, *shown.Info)
	require.Equal(t, []uploaded{{png, "image/png", "cat.png"}}, w.media.uploads)
	rows := w.rows(fileTS)
	require.Len(t, rows, 1)
	require.EqualValues(t, "", rows[0].PartID)
	require.True(t, rows[0].Metadata.(*MessageMetadata).CaptionMerged)
	w.spoolIsEmpty()
}

func TestSeveralFilesInAMessage(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	voice := w.hosted("F2", "voice.m4a", "audio/mp4")
	voice.Subtype, voice.DurationMS, voice.AudioWave = slackevent.SubtypeVoice, 1500, []int{0, 50, 200}
	film := w.hosted("F3", "../film.mp4", "video/mp4")
	w.api.host = func(rw http.ResponseWriter, r *http.Request) {
		content := map[string]string{"F1": png, "F2": "\x00\x00\x00\x18ftypmp42 sound", "F3": "\x00\x00\x00\x18ftypmp42 film", "F4": "%PDF-1.4"}[r.URL.Path[len("/files/"):]]
		http.ServeContent(rw, r, "x.bin", time.Time{}, strings.NewReader(content))
	}
	require.NoError(t, w.hear("Ev1", sharing("four of them",
		w.hosted("F1", "cat.png", "image/png"), voice, film, w.hosted("F4", "report.pdf", "application/pdf"))))

	var types []event.MessageType
	for _, message := range w.messages() {
		types = append(types, message.MsgType)
	}
	require.Equal(t, []event.MessageType{event.MsgText, event.MsgImage, event.MsgAudio, event.MsgVideo, event.MsgFile}, types)
	said := w.messages()[2]
	require.NotNil(t, said.MSC3245Voice)
	require.Equal(t, event.MSC1767Audio{Duration: 1500, Waveform: []int{0, 512, 1024}}, *said.MSC1767Audio)
	require.Equal(t, 1500, said.Info.Duration)
	require.Equal(t, "film.mp4", w.messages()[3].Body)
	var parts []string
	for _, row := range w.rows(fileTS) {
		parts = append(parts, string(row.PartID))
	}
	require.ElementsMatch(t, []string{"", "file-0-F1", "file-1-F2", "file-2-F3", "file-3-F4"}, parts)
}

func TestAFileWithoutText(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	file := w.hosted("F1", "cat.png", "image/png")
	file.AltText = "a cat on a mat"
	require.NoError(t, w.hear("Ev1", sharing("", file)))
	require.Equal(t, []string{"a cat on a mat", "cat.png"}, []string{w.one().Body, w.one().FileName})
	require.EqualValues(t, "file-0-F1", w.rows(fileTS)[0].PartID)
	require.Equal(t, "a cat on a mat", w.home.of(event.EventMessage)[0].content.Raw[altTextKey])
}

// TestWhatIsNoFileIsALine: a file that cannot be transferred to Matrix is a line of the
// message's text.
func TestWhatIsNoFileIsALine(t *testing.T) {
	status := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, tc := range map[string]struct {
		change func(*world, *slackevent.File)
		says   []string
	}{
		"larger than the homeserver takes": {func(w *world, _ *slackevent.File) { w.media.limit = 10 }, []string{"cat.png (39 bytes)", "larger than the 10 bytes", "/files/U1/F1"}},
		"larger than the settings allow":   {func(w *world, f *slackevent.File) { f.Size = 3 << 30 }, []string{"cat.png (3 GiB)", "larger than the 1 MiB"}},
		"larger than Slack says":           {func(w *world, f *slackevent.File) { f.Size = 3; w.hosts(strings.Repeat("x", spoolBytes+1)) }, []string{"larger than the 1 MiB"}},
		"refused as too large": {func(w *world, _ *slackevent.File) {
			w.media.refuse = func() error { return refused(413, "M_TOO_LARGE", "no") }
		}, []string{"larger than the homeserver takes"}},
		"refused": {func(w *world, _ *slackevent.File) {
			w.media.refuse = func() error { return refused(403, "M_FORBIDDEN", "no") }
		}, []string{"the homeserver does not take it"}},
		"vanished":              {func(w *world, _ *slackevent.File) { w.api.host = status(404, "text/plain", "") }, []string{"Slack does not have it any more", "/files/U1/F1"}},
		"a page for signing in": {func(w *world, _ *slackevent.File) { w.api.host = status(200, "text/html", "<html>") }, []string{"Slack does not give it"}},
		"elsewhere":             {func(_ *world, f *slackevent.File) { f.URLPrivateDownload = "https://evil.test/a" }, []string{"Slack does not give it"}},
		"external": {func(_ *world, f *slackevent.File) {
			f.Mode, f.ExternalURL = slackevent.FileModeExternal, "https://docs.test/x"
		}, []string{"cat.png", "https://docs.test/x"}},
		"a canvas":           {func(_ *world, f *slackevent.File) { f.Mode = "canvas" }, []string{"cat.png", "/files/U1/F1"}},
		"hidden by the plan": {func(_ *world, f *slackevent.File) { *f = slackevent.File{ID: "F1", Mode: slackevent.FileModeHidden} }, []string{"Slack's plan hides it"}},
		"deleted":            {func(_ *world, f *slackevent.File) { *f = slackevent.File{ID: "F1", Mode: slackevent.FileModeTombstone} }, []string{"a file that was deleted"}},
		"access denied":      {func(_ *world, f *slackevent.File) { f.FileAccess = slackevent.FileAccessDenied }, []string{"Slack does not show it"}},
		"a snippet": {func(_ *world, f *slackevent.File) {
			f.Mode, f.Preview = slackevent.FileModeSnippet, "if a < b {\n\t*x*\n}"
		}, []string{"📄 cat.png", "if a < b {", "*x*", "/files/U1/F1"}},
		"a longer snippet": {func(w *world, f *slackevent.File) {
			f.Mode, f.Preview, f.LinesMore = slackevent.FileModeSnippet, "short", 9
			w.hosts("the whole of it")
		}, []string{"the whole of it"}},
		"a very long snippet": {func(w *world, f *slackevent.File) {
			f.Mode, f.Preview, f.LinesMore = slackevent.FileModeSnippet, "short", 9
			w.hosts(strings.Repeat("line\n", maxSnippet))
		}, []string{"line", "the rest of it is in Slack"}},
		"a post": {func(_ *world, f *slackevent.File) {
			f.Mode, f.Title, f.Preview = slackevent.FileModeSpace, "Q3/Q4 plan", "<document><h1>The plan</h1><p>1 &lt; 2</p><p></p><ul><li>more</li></ul></document>"
		}, []string{"📄 Q3/Q4 plan", "The plan\n", "1 < 2\n", "more", "/files/U1/F1"}},
		"a post of plain text": {func(_ *world, f *slackevent.File) {
			f.Mode, f.Preview, f.PreviewIsTruncated = slackevent.FileModePost, "if a <b> c", true
		}, []string{"if a <b> c", "the rest of it is in Slack"}},
		"a very long post": {func(_ *world, f *slackevent.File) {
			f.Mode, f.Preview = slackevent.FileModeSpace, "<document>"+strings.Repeat("<p>line</p>", maxSnippet)+"</document>"
		}, []string{"line", "the rest of it is in Slack"}},
		"a post without a preview": {func(_ *world, f *slackevent.File) { f.Mode = slackevent.FileModeSpace }, []string{"📄 cat.png", "/files/U1/F1"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.hosts(png)
			file := w.hosted("F1", "cat.png", "image/png")
			tc.change(w, &file)
			require.NoError(t, w.hear("Ev1", sharing("look", file)))
			var shown string
			for _, message := range w.messages() {
				require.Equal(t, event.MsgText, message.MsgType)
				shown += message.Body + message.FormattedBody
			}
			for _, want := range append(tc.says, "look") {
				require.Contains(t, shown, want)
			}
			w.spoolIsEmpty()
		})
	}
}

func TestAThinFileIsCompleted(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	w.api.onCall(func(c call) answer {
		if c.method != "files.info" {
			return nil
		}
		return answer{"file": answer{"id": c.form.Get("file"), "name": "cat.png", "mimetype": "image/png", "mode": "hosted", "size": len(png), "url_private": w.api.url + "files/F1"}}
	})
	require.NoError(t, w.hear("Ev1", sharing("", slackevent.File{ID: "F1", FileAccess: slackevent.FileAccessCheckFirst})))
	require.Equal(t, event.MsgImage, w.one().MsgType)

	w.api.onCall(func(c call) answer {
		if c.method != "files.info" {
			return nil
		}
		return answer{"ok": false, "error": "file_not_found"}
	})
	again := sharing("", slackevent.File{ID: "F2", FileAccess: slackevent.FileAccessCheckFirst})
	again.TS = "1700000700.000002"
	require.NoError(t, w.hear("Ev2", again))
	require.Contains(t, w.messages()[1].Body, "Slack does not show it to the bridge")
}

func TestAnEncryptedRoomGetsEncryptedFiles(t *testing.T) {
	w := newWorld(t)
	w.media.encrypted = true
	w.hosts(png)
	require.NoError(t, w.hear("Ev1", sharing("look", w.hosted("F1", "cat.png", "image/png"))))
	shown := w.one()
	require.Empty(t, shown.URL)
	require.EqualValues(t, "mxc://test/1", shown.File.URL)
	given := w.media.uploads[0]
	require.Equal(t, []string{"application/octet-stream", ""}, []string{given.mimetype, given.name})
	require.NotContains(t, given.content, "PNG")
	encoded, err := json.Marshal(shown.File)
	require.NoError(t, err)
	var told event.EncryptedFileInfo
	require.NoError(t, json.Unmarshal(encoded, &told))
	require.NoError(t, told.PrepareForDecryption())
	stream := told.DecryptStream(strings.NewReader(given.content))
	plain, err := io.ReadAll(stream)
	require.NoError(t, err)
	require.NoError(t, stream.Close(), "the hash")
	require.Equal(t, png, string(plain))
}

func TestAVideoHasAThumbnail(t *testing.T) {
	w := newWorld(t)
	w.api.host = func(rw http.ResponseWriter, r *http.Request) {
		content := "\x00\x00\x00\x18ftypmp42 film"
		if strings.HasSuffix(r.URL.Path, "thumb") {
			content = png
		}
		http.ServeContent(rw, r, "x.bin", time.Time{}, strings.NewReader(content))
	}
	film := w.hosted("F1", "film.mp4", "video/mp4")
	film.ThumbVideo = w.api.url + "files/F1/thumb"
	require.NoError(t, w.hear("Ev1", sharing("", film)))
	require.EqualValues(t, "mxc://test/2", w.one().Info.ThumbnailURL)
	require.Equal(t, "image/png", w.one().Info.ThumbnailInfo.MimeType)
	w.spoolIsEmpty()
}

// TestAFileIsBroughtOnce: a repeated try, and one after a restart, upload nothing again
// that the homeserver has, and send no message again.
func TestAFileIsBroughtOnce(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	w.home.onceNot("second.png")
	message := sharing("two", w.hosted("F1", "first.png", "image/png"), w.hosted("F2", "second.png", "image/png"))
	require.ErrorIs(t, w.hear("Ev1", message), errBusy)
	require.NoError(t, w.hear("Ev1", message))
	require.Len(t, w.media.uploads, 2)
	require.Len(t, w.messages(), 3)
	w.restart()
	require.NoError(t, w.hear("Ev1", message))
	require.Len(t, w.media.uploads, 2)
	require.Len(t, w.messages(), 3)
}

// TestABrokenTransferIsRepeated: a transient failure is retried, in its place.
func TestABrokenTransferIsRepeated(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	w.media.refuse = func() error { return refused(502, "", "") }
	message := sharing("look", w.hosted("F1", "cat.png", "image/png"))
	require.Error(t, w.hear("Ev1", message))
	require.Empty(t, w.messages())
	w.spoolIsEmpty()
	w.media.refuse = nil
	require.NoError(t, w.hear("Ev1", message))
	require.Equal(t, event.MsgImage, w.one().MsgType)
}

// TestASpoolWhoseDiskFailsIsWaitedFor: a full disk, or a folder that is gone, loses no
// message.
func TestASpoolWhoseDiskFailsIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	require.NoError(t, os.Remove(w.spool))
	message := sharing("look", w.hosted("F1", "cat.png", "image/png"))
	for range 4 { // more often than what does not pass is tried
		_, passes := transient(w.hear("Ev1", message))
		require.True(t, passes)
	}
	require.NoError(t, os.Mkdir(w.spool, 0o700))
	require.NoError(t, w.hear("Ev1", message))
	require.Equal(t, event.MsgImage, w.one().MsgType)
}

// TestFilesWaitForEachOther: when the maximum of transfers is running, a row gives way.
func TestFilesWaitForEachOther(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	for range maxTransfers {
		w.slack.transfers <- struct{}{}
	}
	message := sharing("look", w.hosted("F1", "cat.png", "image/png"))
	err := w.hear("Ev1", message)
	_, later := inbox.LaterFrom(err)
	require.True(t, later && errors.Is(err, errTransfersBusy), "%v", err)
	<-w.slack.transfers
	require.NoError(t, w.hear("Ev1", message))
	require.Len(t, w.slack.transfers, maxTransfers-1)
	require.Equal(t, event.MsgImage, w.one().MsgType)
}

// TestAFullSpoolIsWaitedFor: a row gives way while there is no room for its file.
func TestAFullSpoolIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	other, err := w.slack.options.Spool.Create(t.Context(), spoolBytes)
	require.NoError(t, err)
	message := sharing("look", w.hosted("F1", "cat.png", "image/png"))
	_, later := inbox.LaterFrom(w.hear("Ev1", message))
	require.True(t, later)
	require.NoError(t, other.Close())
	require.NoError(t, w.hear("Ev1", message))
	require.Equal(t, event.MsgImage, w.one().MsgType)
}

func TestEditsOfMessagesWithFiles(t *testing.T) {
	const edited = "1700000701.000000"
	gone := slackevent.File{ID: "F1", Mode: slackevent.FileModeTombstone}
	for name, tc := range map[string]struct {
		before, after func(w *world) slackevent.Message
		isEdit        bool
		want          []string // type, body
		edits         int      // events that edit another
	}{
		"15 the caption": {
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			func(w *world) slackevent.Message { return sharing("two", w.hosted("F1", "a.png", "image/png")) },
			true,
			[]string{"m.image two"},
			1,
		},
		"15 the caption goes": {
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			func(w *world) slackevent.Message { return sharing("", w.hosted("F1", "a.png", "image/png")) },
			true,
			[]string{"m.image a.png"},
			1,
		},
		"15 a caption comes": {
			func(w *world) slackevent.Message { return sharing("", w.hosted("F1", "a.png", "image/png")) },
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			true,
			[]string{"m.image a.png", "m.text one"},
			0,
		},
		"15 a file is added": {
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			func(w *world) slackevent.Message {
				return sharing("one", w.hosted("F1", "a.png", "image/png"), w.hosted("F2", "b.png", "image/png"))
			},
			true,
			[]string{"m.image one", "m.image b.png"},
			0,
		},
		"15 a file is removed": {
			func(w *world) slackevent.Message {
				return sharing("one", w.hosted("F1", "a.png", "image/png"), w.hosted("F2", "b.png", "image/png"))
			},
			func(w *world) slackevent.Message { return sharing("two", w.hosted("F2", "b.png", "image/png")) },
			true,
			[]string{"m.text two", "m.image b.png"},
			1,
		},
		"15 the only file is removed": {
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			func(*world) slackevent.Message { return sharing("one") },
			true,
			[]string{"m.text one"},
			0,
		},
		"17 a file is deleted": {
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			func(*world) slackevent.Message { return sharing("one", gone) },
			false,
			[]string{"m.text one"},
			0,
		},
		"17 one of several files is deleted": {
			func(w *world) slackevent.Message {
				return sharing("one", w.hosted("F1", "a.png", "image/png"), w.hosted("F2", "b.png", "image/png"))
			},
			func(w *world) slackevent.Message { return sharing("one", gone, w.hosted("F2", "b.png", "image/png")) },
			false,
			[]string{"m.text one", "m.image b.png"},
			0,
		},
		"17 the only file without text is deleted": {
			func(w *world) slackevent.Message { return sharing("", w.hosted("F1", "a.png", "image/png")) },
			func(*world) slackevent.Message { return sharing("", gone) },
			false, nil, 0,
		},
		"15 a file that is too large is added": {
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			func(w *world) slackevent.Message {
				return sharing("one", w.hosted("F1", "a.png", "image/png"), w.tooLarge("F2"))
			},
			true,
			[]string{"m.image one\n> 📎 F2.zip (3 GiB) (https://example.slack.com/files/U1/F2)\n> \n> larger than the 1 MiB that may be sent to Matrix"},
			1,
		},
		"15 a file that is too large is removed": {
			func(w *world) slackevent.Message {
				return sharing("one", w.hosted("F1", "a.png", "image/png"), w.tooLarge("F2"))
			},
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			true,
			[]string{"m.image one"},
			1,
		},
		"17 a file that was too large is deleted": {
			func(w *world) slackevent.Message { return sharing("one", w.tooLarge("F1")) },
			func(*world) slackevent.Message { return sharing("one", gone) },
			false,
			[]string{"m.text one"},
			1,
		},
		"17 the only file without text, which was too large, is deleted": {
			func(w *world) slackevent.Message { return sharing("", w.tooLarge("F1")) },
			func(*world) slackevent.Message { return sharing("", gone) },
			false, nil, 0,
		},
		"17 a picture next to a file that is too large is deleted": {
			func(w *world) slackevent.Message {
				return sharing("one", w.hosted("F1", "a.png", "image/png"), w.hosted("F3", "c.png", "image/png"), w.tooLarge("F2"))
			},
			func(w *world) slackevent.Message {
				return sharing("one", gone, w.hosted("F3", "c.png", "image/png"), w.tooLarge("F2"))
			},
			false,
			[]string{"m.text one\n> 📎 F2.zip (3 GiB) (https://example.slack.com/files/U1/F2)\n> \n> larger than the 1 MiB that may be sent to Matrix", "m.image c.png"},
			0,
		},
		"15 nothing": {
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			func(w *world) slackevent.Message { return sharing("one", w.hosted("F1", "a.png", "image/png")) },
			false,
			[]string{"m.image one"},
			0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.hosts(png)
			require.NoError(t, w.hear("Ev1", tc.before(w)))
			at := ""
			if tc.isEdit {
				at = edited
			}
			for range 2 { // the second time nothing is left to be done
				require.NoError(t, w.hear("Ev2", changedTo(tc.after(w), tc.before(w), edited, at)))
				w.restart()
			}
			require.Equal(t, tc.want, w.standing())
			edits := slices.DeleteFunc(w.messages(), func(m *event.MessageEventContent) bool { return m.RelatesTo.GetReplaceID() == "" })
			require.Len(t, edits, tc.edits)
			for _, part := range w.rows(fileTS) {
				require.Equal(t, at, part.Metadata.(*MessageMetadata).LastEditTS, "part %q", part.PartID)
			}
		})
	}
}

// standing are the types and bodies of the messages that the room shows, with every edit
// applied.
func (w *world) standing() (shown []string) {
	now := map[id.EventID]*event.MessageEventContent{}
	for _, message := range w.messages() {
		if target := message.RelatesTo.GetReplaceID(); target != "" {
			now[target] = message.NewContent
		}
	}
	gone := map[id.EventID]bool{}
	for _, s := range w.home.of(event.EventRedaction) {
		gone[s.content.Parsed.(*event.RedactionEventContent).Redacts] = true
	}
	for _, s := range w.home.of(event.EventMessage) {
		message := s.content.AsMessage()
		if gone[s.id] || message.RelatesTo.GetReplaceID() != "" {
			continue
		}
		if now[s.id] != nil {
			message = now[s.id]
		}
		shown = append(shown, string(message.MsgType)+" "+message.Body)
	}
	return shown
}

func TestSizesAreWrittenAsPeopleDo(t *testing.T) {
	for size, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 1500: "1 KiB", 12 << 20: "12 MiB", 3 << 30: "3 GiB", 5000 << 30: "5000 GiB"} {
		require.Equal(t, want, sizeText(size))
	}
}

func TestWaveform(t *testing.T) {
	require.Empty(t, waveform(nil))
	require.Len(t, waveform(slices.Repeat([]int{7}, 1000)), maxWaveform)
	require.Equal(t, []int{0, 1024}, waveform([]int{-3, 300}))
}

// TestADeletedFileGoes: the event of a file's deletion removes it from Matrix, even
// without an event about its message.
func TestADeletedFileGoes(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	require.NoError(t, w.hear("Ev1", sharing("one", w.hosted("F1", "a.png", "image/png"))))
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.replies" {
			return nil
		}
		return answer{"messages": []answer{{"type": "message", "user": "U1", "ts": fileTS, "text": "one", "subtype": "file_share", "files": []answer{{"id": "F1", "mode": "tombstone"}}}}}
	})
	for range 2 {
		require.NoError(t, w.hearEvent("Ev2", "file_deleted", &slackevent.FileEvent{FileID: "F1"}))
		require.Equal(t, []string{"m.text one"}, w.standing())
		w.restart()
	}
	require.NoError(t, w.hearEvent("Ev3", "file_deleted", &slackevent.FileEvent{FileID: "F2"}))
	require.Len(t, w.api.of("conversations.replies"), 1)
}

// TestALineOfADeletedFileGoes is TestADeletedFileGoes for a file that is a line of the text.
func TestALineOfADeletedFileGoes(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("Ev1", sharing("one", w.tooLarge("F1"))))
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.replies" {
			return nil
		}
		return answer{"messages": []answer{{"type": "message", "user": "U1", "ts": fileTS, "text": "one", "subtype": "file_share", "files": []answer{{"id": "F1", "mode": "tombstone"}}}}}
	})
	for range 2 {
		require.NoError(t, w.hearEvent("Ev2", "file_deleted", &slackevent.FileEvent{FileID: "F1"}))
		require.Equal(t, []string{"m.text one"}, w.standing())
		w.restart()
	}
	require.Len(t, w.messages(), 2, "it is edited once")
	require.Empty(t, w.rows(fileTS)[0].Metadata.(*MessageMetadata).Lines)
}

// TestAStubThatIsALineIsAdded: what kind of file an edit adds may be known only when Slack is
// asked.
func TestAStubThatIsALineIsAdded(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	before := sharing("one", w.hosted("F1", "a.png", "image/png"))
	require.NoError(t, w.hear("Ev1", before))
	w.api.onCall(func(c call) answer {
		if c.method != "files.info" {
			return nil
		}
		return answer{"file": answer{"id": "F2", "name": "sheet", "mode": "external", "is_external": true, "external_url": "https://docs.test/x"}}
	})
	after := sharing("one", w.hosted("F1", "a.png", "image/png"), slackevent.File{ID: "F2", FileAccess: slackevent.FileAccessCheckFirst})
	require.NoError(t, w.hear("Ev2", changedTo(after, before, "1700000701.000000", "1700000701.000000")))
	require.Len(t, w.standing(), 1)
	require.Contains(t, w.standing()[0], "https://docs.test/x")
}

// TestALargeFileIsNeverInMemory: what is allocated to bring a file does not grow with it.
func TestALargeFileIsNeverInMemory(t *testing.T) {
	const size = 64 << 20
	spool, err := media.OpenSpool(t.TempDir(), size)
	require.NoError(t, err)
	w := newWorld(t)
	w.slack.options.Spool, w.slack.options.MaxFileSize = spool, size
	w.slack.options.Media = discarded{}
	w.api.host = func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", fmt.Sprint(size))
		block := make([]byte, 64<<10)
		for range size / len(block) {
			_, _ = rw.Write(block)
		}
	}
	file := w.hosted("F1", "large.bin", "application/octet-stream")
	file.Size = size
	w.room()
	t.Run("20 a large file is never in memory", func(t *testing.T) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.NoError(t, w.hear("Ev1", sharing("", file)))
		runtime.ReadMemStats(&after)
		require.Equal(t, size, w.one().Info.Size)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(size/16))
	})
}

// discarded takes files and keeps nothing of them.
type discarded struct{}

func (discarded) UploadLimit(context.Context) (int64, error)           { return 0, nil }
func (discarded) IsEncrypted(context.Context, id.RoomID) (bool, error) { return true, nil }
func (discarded) Upload(_ context.Context, file Upload) (id.ContentURIString, error) {
	_, err := io.Copy(io.Discard, file.Content)
	return "mxc://test/1", err
}

// TestPicturesInBlocks: a picture that a block shows and that is kept in Slack is a picture
// in Matrix; one that Slack does not show to the bridge is a link, and so is one at the side
// of a text.
func TestPicturesInBlocks(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	w.api.onCall(func(c call) answer {
		switch {
		case c.method != "files.info":
			return nil
		case c.form.Get("file") == "F1":
			file, err := json.Marshal(w.hosted("F1", "cat.png", "image/png"))
			require.NoError(t, err)
			return answer{"file": json.RawMessage(file)}
		}
		return answer{"ok": false, "error": "file_not_found"}
	})
	show := func(ts, blocks string) []*event.MessageEventContent {
		before := len(w.messages())
		require.NoError(t, w.hear("E"+ts, slackevent.Message{User: "U1", Text: "fallback", TS: ts, Blocks: json.RawMessage(blocks)}))
		return w.messages()[before:]
	}
	shown := show("1700000700.000001", `[{"type":"image","slack_file":{"url":"https://files.slack.com/files-pri/T1-F1/cat.png"},"alt_text":"a cat","title":{"type":"plain_text","text":"Cat"}}]`)
	require.Len(t, shown, 1)
	require.Equal(t, event.MsgImage, shown[0].MsgType)
	require.Equal(t, "cat.png", shown[0].FileName)
	require.Contains(t, shown[0].Body, "Cat")
	require.EqualValues(t, "mxc://test/1", shown[0].URL)

	for ts, blocks := range map[string]string{
		"1700000700.000002": `[{"type":"image","slack_file":{"id":"F2"},"alt_text":"a dog"}]`,
		"1700000700.000003": `[{"type":"section","text":{"type":"mrkdwn","text":"a dog"},"accessory":{"type":"image","slack_file":{"id":"F1"},"alt_text":"a face"}}]`,
	} {
		shown := show(ts, blocks)
		require.Len(t, shown, 1)
		require.Equal(t, event.MsgText, shown[0].MsgType)
		require.Contains(t, shown[0].Body, "a dog")
		require.NotContains(t, shown[0].Body, "📎")
	}
}

// TestAFileOfAReplyThatIsInTheChannelToo is in both places, and brought once.
func TestAFileOfAReplyThatIsInTheChannelToo(t *testing.T) {
	w := newWorld(t)
	w.hosts(png)
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", Text: "root", TS: rootTS}))
	both := broadcast("both")
	both.Files = []slackevent.File{w.hosted("F1", "a.png", "image/png"), w.hosted("F2", "b.png", "image/png")}
	both.Files[0].AltText = "a cat"
	require.NoError(t, w.hear("Ev2", both))
	root := w.home.of(event.EventMessage)[0].id.String()
	for _, body := range []string{"both", "a cat", "b.png"} {
		require.Equal(t, []string{"thread " + root, "reply " + root}, w.places(body))
	}
	require.Len(t, w.media.uploads, 2)
	described := 0
	for _, s := range w.home.of(event.EventMessage) {
		if s.body() == "a cat" {
			require.Equal(t, "a cat", s.content.Raw[altTextKey])
			described++
		}
	}
	require.Equal(t, 2, described)

	after := both
	after.Files = []slackevent.File{both.Files[0], {ID: "F2", Mode: slackevent.FileModeTombstone}}
	require.NoError(t, w.hear("Ev3", changedTo(after, both, "1700000700.000001", "")))
	require.Equal(t, []string{"m.text root", "m.text both", "m.image a cat", "m.text both", "m.image a cat"}, w.standing())
}

// TestTitlesOfFiles: a title that says more than the name is shown.
func TestTitlesOfFiles(t *testing.T) {
	for title, want := range map[string]string{"": "a.png", "a.png": "a.png", "a": "a.png", "The cat": "The cat", "Q3/Q4 plan": "Q3/Q4 plan"} {
		w := newWorld(t)
		w.hosts(png)
		file := w.hosted("F1", "a.png", "image/png")
		file.Title = title
		require.NoError(t, w.hear("Ev1", sharing("", file)))
		require.Equal(t, []string{want, "a.png"}, []string{w.one().Body, w.one().FileName})
	}
}

// TestTitlesInLines: a title is what a person wrote, and no path; a name may be one.
func TestTitlesInLines(t *testing.T) {
	for _, tc := range []struct{ title, name, want string }{
		{"Q3/Q4 plan", "plan.txt", "Q3/Q4 plan"},
		{`a\b`, "", `a\b`},
		{"two\nlines\u202e", "plan.txt", "two lines"},
		{" \u200b", "plan.txt", "plan.txt"},
		{"", "../../plan.txt", "plan.txt"},
		{strings.Repeat("long", 100), "", strings.Repeat("long", 49) + "lon…"},
		{"", "", "F1"},
	} {
		file := &slackevent.File{ID: "F1", Title: tc.title, Name: tc.name}
		require.Equal(t, "📎 "+tc.want, fileLine(file, "").Title)
		line, err := textLine(file, preformatted, "text", false)
		require.NoError(t, err)
		require.Equal(t, "📄 "+tc.want, line.Title)
	}
}

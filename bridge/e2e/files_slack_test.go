package e2e_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/testbed"
)

// picture is a PNG of a size.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var data bytes.Buffer
	require.NoError(t, png.Encode(&data, image.NewGray(image.Rect(0, 0, width, height))))
	return data.Bytes()
}

// isFile matches messages that show a file of a name.
func isFile(kind event.MessageType, name string) func(testbed.Message) bool {
	return func(m testbed.Message) bool {
		content := m.Event.Content.AsMessage()
		return m.Type == kind && content.GetFileName() == name
	}
}

// content is what a person in Matrix gets when they open a file.
func content(t *testing.T, person *testbed.Person, address id.ContentURIString) []byte {
	t.Helper()
	parsed, err := address.Parse()
	require.NoError(t, err)
	resp, err := person.Client.Download(t.Context(), parsed)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return data
}

// TestFilesFromSlack has people in Slack share files of each kind.
func TestFilesFromSlack(t *testing.T) {
	onManners(t, func(t *testing.T, options testbed.Options) {
		bed, general := inGeneral(t, options)
		alice, reader := bed.Slack.Person("alice"), bed.Owner
		await := func(kind event.MessageType, name string) (testbed.Message, *event.MessageEventContent) {
			m := reader.AwaitMessage(general, name, isFile(kind, name))
			require.Equal(t, alice.GhostID(), m.Sender)
			return m, m.Event.Content.AsMessage()
		}

		t.Run("20 a picture with a caption", func(t *testing.T) {
			data := picture(t, 500, 400)
			alice.MustShare("general", "see *this*", control.FileContent{Name: "cat.png", Content: data, AltText: "a cat"})
			m, shown := await(event.MsgImage, "cat.png")
			require.Equal(t, "see this", m.Body)
			require.Equal(t, "see <strong>this</strong>", m.HTML)
			require.Equal(t, []any{500, 400, len(data), "image/png"}, []any{shown.Info.Width, shown.Info.Height, shown.Info.Size, shown.Info.MimeType})
			require.Equal(t, data, content(t, reader, shown.URL))
			require.Equal(t, "a cat", m.Event.Content.Raw["org.matrix.msc1767.alt_text"])
		})
		t.Run("24 a picture's thumbnail", func(t *testing.T) {
			_, shown := await(event.MsgImage, "cat.png")
			thumb, err := png.Decode(bytes.NewReader(content(t, reader, shown.Info.ThumbnailURL)))
			require.NoError(t, err)
			require.Equal(t, shown.Info.ThumbnailInfo.Width, thumb.Bounds().Dx())
			require.LessOrEqual(t, thumb.Bounds().Dx(), 360)
		})
		t.Run("20 a document", func(t *testing.T) {
			alice.MustShare("general", "", control.FileContent{Name: "report.pdf", Content: []byte("%PDF-1.4 report")})
			m, shown := await(event.MsgFile, "report.pdf")
			require.Equal(t, "report.pdf", m.Body)
			require.Equal(t, "%PDF-1.4 report", string(content(t, reader, shown.URL)))
		})
		t.Run("20 a page is a file and the page for signing in is not", func(t *testing.T) {
			alice.MustShare("general", "", control.FileContent{Name: "own.html", Content: []byte("<html>mine</html>")})
			_, shown := await(event.MsgFile, "own.html")
			require.Equal(t, "<html>mine</html>", string(content(t, reader, shown.URL)))
		})
		t.Run("22 several files in one message", func(t *testing.T) {
			alice.MustShare("general", "a few", control.FileContent{Name: "one.png", Content: picture(t, 5, 5)},
				control.FileContent{Name: "two.png", Content: picture(t, 6, 6)}, control.FileContent{Name: "three.zip", Content: []byte("PK\x03\x04")})
			text := reader.AwaitText(general, "a few")
			reader.AwaitAnswer(general, text.ID, "one.png", isFile(event.MsgImage, "one.png"))
			reader.AwaitAnswer(general, text.ID, "two.png", isFile(event.MsgImage, "two.png"))
			reader.AwaitAnswer(general, text.ID, "three.zip", isFile(event.MsgFile, "three.zip"))
		})
		t.Run("23 a voice message", func(t *testing.T) {
			alice.MustShare("general", "", control.FileContent{Name: "audio_message.m4a", Content: []byte("\x00\x00\x00\x18ftypM4A sound"), Extra: map[string]any{
				"subtype": "slack_audio", "duration_ms": 2300, "audio_wave_samples": []int{0, 50, 100},
			}})
			_, shown := await(event.MsgAudio, "audio_message.m4a")
			require.NotNil(t, shown.MSC3245Voice)
			require.Equal(t, event.MSC1767Audio{Duration: 2300, Waveform: []int{0, 512, 1024}}, *shown.MSC1767Audio)
		})
		t.Run("20 a file in a thread", func(t *testing.T) {
			root := alice.MustPost("general", "the root")
			begins := reader.AwaitText(general, "the root")
			alice.MustPostRequest(control.PostRequest{Channel: "general", ThreadTS: root, Files: []control.FileContent{{Name: "answer.png", Content: picture(t, 7, 7)}}})
			m, _ := await(event.MsgImage, "answer.png")
			require.Equal(t, begins.ID, m.Thread)
		})
		t.Run("20 a stub of a file is completed", func(t *testing.T) {
			alice.MustShare("general", "", control.FileContent{Name: "stub.png", Content: picture(t, 8, 8), Thin: true})
			await(event.MsgImage, "stub.png")
		})
		t.Run("20 a file that is kept elsewhere is a link", func(t *testing.T) {
			alice.MustShare("general", "look there", control.FileContent{Name: "sheet", External: "https://docs.example.org/sheet"})
			require.Contains(t, reader.AwaitMessage(general, "the link", says("look there", "sheet")).HTML, "https://docs.example.org/sheet")
		})
		t.Run("20 a snippet is text", func(t *testing.T) {
			alice.MustShare("general", "my code", control.FileContent{Name: "code.py", Snippet: "python", Content: []byte("if a < b:\n    pass\n# 3\n# 4\n# 5\n# 6\n# 7")})
			reader.AwaitMessage(general, "the snippet", says("my code", "if a < b:", "# 7", "/files/"))
		})
		t.Run("20 a post is text", func(t *testing.T) {
			alice.MustShare("general", "my plan", control.FileContent{Name: "Plan", Title: "Q3/Q4 plan", Post: true, Content: []byte("first\nif a < b")})
			m := reader.AwaitMessage(general, "the post", says("my plan", "Q3/Q4 plan", "first\n", "if a < b", "/files/"))
			require.NotContains(t, m.Body, "document")
		})
		t.Run("20 a broken download is repeated", func(t *testing.T) {
			bed.Slack.MustFailCalls(web.Fault{Method: web.DownloadCall, Truncate: true})
			data := bytes.Repeat([]byte("0123456789"), 100_000)
			alice.MustShare("general", "", control.FileContent{Name: "large.bin", Content: data})
			_, shown := await(event.MsgFile, "large.bin")
			require.True(t, bytes.Equal(data, content(t, reader, shown.URL)))
		})
		t.Run("20 a file that Slack refuses is told", func(t *testing.T) {
			bed.Slack.MustFailCalls(web.Fault{Method: web.DownloadCall, Status: 404})
			alice.MustShare("general", "gone already", control.FileContent{Name: "vanished.pdf", Content: []byte("%PDF-1.4")})
			reader.AwaitMessage(general, "the notice", says("gone already", "vanished.pdf (8 bytes)", "Slack does not have it any more", "/files/"))
		})
		t.Run("15 a caption is edited", func(t *testing.T) {
			ts, _ := alice.MustShare("general", "first caption", control.FileContent{Name: "edited.png", Content: picture(t, 9, 9)})
			m, _ := await(event.MsgImage, "edited.png")
			alice.MustEdit("general", ts, "second caption")
			changed := reader.AwaitEdit(general, m.ID, "second caption")
			require.Equal(t, event.MsgImage, changed.Event.Content.AsMessage().NewContent.MsgType)
		})
		t.Run("17 a deleted file goes and its text stays", func(t *testing.T) {
			_, files := alice.MustShare("general", "what stays", control.FileContent{Name: "doomed.png", Content: picture(t, 9, 9)})
			m, _ := await(event.MsgImage, "doomed.png")
			alice.MustDeleteFile(files[0])
			reader.AwaitRedacted(general, m.ID)
			reader.AwaitMessage(general, "the text", func(m testbed.Message) bool { return m.Type == event.MsgText && m.Body == "what stays" })
		})
		t.Run("17 a message with a file is deleted", func(t *testing.T) {
			ts, _ := alice.MustShare("general", "", control.FileContent{Name: "alone.png", Content: picture(t, 9, 9)})
			m, _ := await(event.MsgImage, "alone.png")
			alice.MustDelete("general", ts)
			reader.AwaitRedacted(general, m.ID)
		})
		require.Empty(t, bed.Bridge.Spooled(), "nothing is left in the spool")
		for _, line := range fromSlack(bed, general) {
			require.False(t, strings.Contains(line, "[unsupported"), line)
		}
	})
}

// TestFilesFromSlackLater has files shared while the bridge is away, and one that is larger
// than the settings allow.
func TestFilesFromSlackLater(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice, reader := bed.Slack.Person("alice"), bed.Owner
	alice.MustPost("general", "before")
	reader.AwaitText(general, "before")

	t.Run("40 a file that was shared during an absence", func(t *testing.T) {
		bed.Bridge.MustStop()
		bed.Slack.AwaitNoSocket()
		alice.MustShare("general", "missed", control.FileContent{Name: "missed.png", Content: picture(t, 500, 400), AltText: "a cat"},
			control.FileContent{Name: "voice.m4a", Content: []byte("\x00\x00\x00\x18ftypM4A sound"), Extra: map[string]any{"subtype": "slack_audio", "duration_ms": 1000, "audio_wave_samples": []int{50}}})
		bed.Slack.MustPass(20 * time.Minute) // Slack gives up
		bed.Bridge.MustStart()
		m := reader.AwaitMessage(general, "the picture", isFile(event.MsgImage, "missed.png"))
		require.Equal(t, "a cat", m.Body)
		require.NotEmpty(t, m.Event.Content.AsMessage().Info.ThumbnailURL)
		voice := reader.AwaitAnswer(general, m.ID, "the voice message", isFile(event.MsgAudio, "voice.m4a"))
		require.Equal(t, []int{512}, voice.Event.Content.AsMessage().MSC1767Audio.Waveform)
	})
	t.Run("40 a file that was deleted during an absence", func(t *testing.T) {
		_, files := alice.MustShare("general", "what stays of it", control.FileContent{Name: "doomed.png", Content: picture(t, 9, 9)})
		m := reader.AwaitMessage(general, "the picture", isFile(event.MsgImage, "doomed.png"))
		bed.Bridge.MustStop()
		bed.Slack.AwaitNoSocket()
		alice.MustDeleteFile(files[0])
		bed.Slack.MustPass(20 * time.Minute) // Slack gives up
		bed.Bridge.MustStart()
		reader.AwaitRedacted(general, m.ID)
		reader.AwaitMessage(general, "the text", func(m testbed.Message) bool { return m.Type == event.MsgText && m.Body == "what stays of it" })
	})
	t.Run("20 a file that is too large is told", func(t *testing.T) {
		bed.Bridge.MustStop()
		bed.Bridge.MustSet(map[string]any{"media.max_size": "1KiB"})
		bed.Bridge.MustStart()
		bed.Slack.AwaitSocket()
		alice.MustShare("general", "too much", control.FileContent{Name: "large.bin", Content: make([]byte, 5000)})
		reader.AwaitMessage(general, "the notice", says("too much", "large.bin (5 KiB)", "larger than the 1 KiB that may be sent to Matrix", "/files/"))
	})
}

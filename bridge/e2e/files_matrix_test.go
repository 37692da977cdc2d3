package e2e_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/testbed"
)

// aPicture is a picture, as far as anything looks at it.
func aPicture() []byte { return append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{7}, 2000)...) }

// TestFilesFromMatrix sends files of each kind, changes and deletes them.
func TestFilesFromMatrix(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed, general := inGeneral(t, testbed.Options{Database: database})
		bed.Slack.MustShowSharesAs(workspace.ShareNamed)
		owner := bed.Owner
		t.Run("3 a file and its caption are under the sender's own name", func(t *testing.T) {
			owner.MustSendFile(general, event.MsgImage, "cat.png", "look at this", aPicture())
			shared := bed.Slack.AwaitFile("general", "cat.png")
			require.Equal(t, []any{"owner", "look at this", aPicture()}, []any{shared.Post.Username, shared.Post.Text, shared.Content})
		})
		t.Run("21 files of each kind", func(t *testing.T) {
			for name, kind := range map[string]event.MessageType{"v.mp4": event.MsgVideo, "a.mp3": event.MsgAudio, "f.pdf": event.MsgFile, "p.jpg": event.MsgImage} {
				owner.MustSendFile(general, kind, name, "", []byte("the content of "+name))
				shared := bed.Slack.AwaitFile("general", name)
				require.Equal(t, "the content of "+name, string(shared.Content))
				require.Equal(t, "owner", shared.Post.Username)
			}
		})
		t.Run("21 a sticker", func(t *testing.T) {
			owner.MustSendSticker(general, "a waving cat", aPicture())
			require.Equal(t, "a waving cat", bed.Slack.AwaitFile("general", "sticker.png").Alt)
		})
		t.Run("21 a spoiler is announced", func(t *testing.T) {
			owner.MustSendContent(general, map[string]any{
				"msgtype": "m.image", "body": "end.png", "url": owner.MustUpload(aPicture()), "page.codeberg.everypizza.msc4193.spoiler": true,
			})
			require.Equal(t, ":warning: Spoiler", bed.Slack.AwaitFile("general", "end.png").Post.Text)
		})
		t.Run("21 an encrypted file is decrypted on its way", func(t *testing.T) {
			content := "a secret that is in the clear in Slack"
			owner.MustSendContent(general, encrypted(owner, event.MsgFile, "s.txt", []byte(content)))
			require.Equal(t, content, string(bed.Slack.AwaitFile("general", "s.txt").Content))
		})
		t.Run("24 a picture with a thumbnail is one file", func(t *testing.T) {
			file := owner.FileContent(event.MsgImage, "large.png", "", aPicture())
			file.Info.ThumbnailURL, file.Info.ThumbnailInfo = owner.MustUpload([]byte("small")), &event.FileInfo{MimeType: "image/png", Size: 5}
			owner.MustSendContent(general, file)
			crossedAlone(t, bed, general, "large.png")
		})
		t.Run("24 an encrypted picture with a thumbnail is one file", func(t *testing.T) {
			file := encrypted(owner, event.MsgImage, "secret.png", aPicture())
			file.Info.ThumbnailFile, file.Info.ThumbnailInfo = sealed(owner, []byte("small")), &event.FileInfo{MimeType: "image/png", Size: 5}
			owner.MustSendContent(general, file)
			crossedAlone(t, bed, general, "secret.png")
		})
		t.Run("22 several files in one message", func(t *testing.T) {
			items := []any{}
			for name, kind := range map[string]string{"one.png": "m.image", "two.mp4": "m.video", "three.pdf": "m.file"} {
				items = append(items, map[string]any{"itemtype": kind, "body": name, "url": owner.MustUpload([]byte("the content of " + name))})
			}
			sent := owner.MustSendContent(general, map[string]any{"msgtype": "dm.filament.gallery", "body": "our trip", "itemtypes": items})
			first := bed.Slack.AwaitFile("general", "one.png").Post
			require.Equal(t, []string{"owner", "our trip"}, []string{first.Username, first.Text})
			for _, name := range []string{"one.png", "two.mp4", "three.pdf"} {
				shared := bed.Slack.AwaitFile("general", name)
				require.Equal(t, []string{first.TS, "the content of " + name}, []string{shared.Post.TS, string(shared.Content)})
			}
			owner.MustRedact(general, sent)
			bed.Slack.AwaitDeleted("general", first.TS)
		})
		t.Run("23 a voice message", func(t *testing.T) {
			voice := owner.FileContent(event.MsgAudio, "Voice message.ogg", "", []byte("OggS"))
			voice.MSC3245Voice, voice.Info.Duration = &event.MSC3245Voice{}, 72_400
			owner.MustSendContent(general, voice)
			require.Equal(t, "Voice message, 1:12", bed.Slack.AwaitFile("general", "Voice message.ogg").Title)
		})
		t.Run("18 a file in a thread", func(t *testing.T) {
			root := bed.Slack.Person("alice").MustPost("general", "show me")
			answer := owner.FileContent(event.MsgImage, "shown.png", "", aPicture())
			answer.RelatesTo = (&event.RelatesTo{}).SetThread(owner.AwaitText(general, "show me").ID, "")
			owner.MustSendContent(general, answer)
			require.Equal(t, root, bed.Slack.AwaitFile("general", "shown.png").Post.ThreadTS)
		})
		t.Run("16 a caption is changed", func(t *testing.T) {
			file := owner.FileContent(event.MsgImage, "e.png", "before", aPicture())
			sent := owner.MustSendContent(general, file)
			shared := bed.Slack.AwaitFile("general", "e.png")
			changed := *file
			changed.Body = "after"
			changed.SetEdit(sent)
			owner.MustSendContent(general, &changed)
			bed.Slack.AwaitEdit("general", shared.Post.TS, "after")
			require.Equal(t, shared.ID, bed.Slack.AwaitFile("general", "e.png").ID)
		})
		t.Run("16 a file is exchanged", func(t *testing.T) {
			sent := owner.MustSendFile(general, event.MsgImage, "old.png", "caption", aPicture())
			shared := bed.Slack.AwaitFile("general", "old.png")
			other := owner.FileContent(event.MsgImage, "new.png", "caption", []byte("another"))
			other.SetEdit(sent)
			owner.MustSendContent(general, other)
			exchanged := bed.Slack.AwaitFile("general", "new.png")
			require.Equal(t, shared.Post.TS, exchanged.Post.TS)
			require.Equal(t, "another", string(exchanged.Content))
			bed.Slack.AwaitNoFile(shared.ID)
		})
		t.Run("17 a file that an administrator deletes in Slack goes in Matrix", func(t *testing.T) {
			sent := owner.MustSendFile(general, event.MsgFile, "banned.txt", "look", []byte("x"))
			shared := bed.Slack.AwaitFile("general", "banned.txt")
			admin := bed.Slack.Person("alice")
			admin.MustBeAdmin(true)
			admin.MustDeleteFile(shared.ID)
			owner.AwaitRedacted(general, sent)
			bed.Slack.AwaitDeleted("general", shared.Post.TS)
			admin.MustBeAdmin(false)
		})
		t.Run("17 a redaction deletes the file too", func(t *testing.T) {
			sent := owner.MustSendFile(general, event.MsgFile, "gone.txt", "", []byte("x"))
			shared := bed.Slack.AwaitFile("general", "gone.txt")
			owner.MustRedact(general, sent)
			bed.Slack.AwaitDeleted("general", shared.Post.TS)
			bed.Slack.AwaitNoFile(shared.ID)
		})
		bed.Slack.AwaitDelivered()
		require.Empty(t, filesIn(owner, general), "no file comes back as an echo")
	})
}

// sealed uploads a content encrypted, as people's clients do in encrypted rooms.
func sealed(sender *testbed.Person, content []byte) *event.EncryptedFileInfo {
	key := attachment.NewEncryptedFile()
	secret := bytes.Clone(content)
	key.EncryptInPlace(secret)
	return &event.EncryptedFileInfo{EncryptedFile: *key, URL: sender.MustUpload(secret)}
}

// encrypted uploads a file encrypted and returns the content of the message that brings it.
func encrypted(sender *testbed.Person, kind event.MessageType, name string, content []byte) *event.MessageEventContent {
	return &event.MessageEventContent{
		MsgType: kind, Body: name, FileName: name, File: sealed(sender, content), Info: &event.FileInfo{Size: len(content)},
	}
}

// crossedAlone checks that a picture is the last file in Slack, once and whole, and that
// its message has no other: Slack makes thumbnails itself.
func crossedAlone(t *testing.T, bed *testbed.Bed, room id.RoomID, name string) {
	t.Helper()
	shared := bed.Slack.AwaitFile("general", name)
	require.Equal(t, aPicture(), shared.Content)
	bed.Owner.MustSend(room, "after "+name)
	bed.Slack.AwaitPost("general", "after "+name)
	since := []string{}
	for _, post := range bed.Slack.Posts("general") {
		for _, file := range post.Files {
			if post.TS >= shared.Post.TS {
				since = append(since, file["name"].(string))
			}
		}
	}
	require.Equal(t, []string{name}, since)
}

// filesIn are the names of the files that came from Slack.
func filesIn(reader *testbed.Person, room id.RoomID) (names []string) {
	for _, m := range reader.Messages(room) {
		if m.Sender != reader.UserID && m.Type.IsMedia() {
			names = append(names, m.Body)
		}
	}
	return names
}

// TestFilesThatSlackDoesNotGet: the sender is told once which file is not in Slack and why,
// and who reads in Slack sees that there is one.
func TestFilesThatSlackDoesNotGet(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Settings: map[string]any{"media.max_size": "1MiB"}})
	bed.Slack.MustShowSharesAs(workspace.ShareNamed)
	told := func(t *testing.T, name, why string) {
		t.Helper()
		says := func(text string) bool { return strings.Contains(text, name) && strings.Contains(text, why) }
		bed.Owner.AwaitMessage(general, "the notice about "+name, func(m testbed.Message) bool { return m.Type == event.MsgNotice && says(m.Body) })
		post := bed.Slack.AwaitPostWith("general", "the line about "+name, func(p testbed.Post) bool { return says(p.Text) })
		require.Contains(t, post.Text, "https://matrix.to/#/")
		require.Empty(t, post.Files)
		require.Equal(t, "owner", post.Username)
	}
	t.Run("21 a file that is too large", func(t *testing.T) {
		bed.Owner.MustSendFile(general, event.MsgVideo, "large.mp4", "a film", make([]byte, 1<<20+1))
		told(t, "large.mp4 (1 MB)", "files of more than 1 MB are not transferred")
	})
	t.Run("21 a file that is too large for the workspace", func(t *testing.T) {
		bed.Slack.MustLimitFiles(1000)
		bed.Owner.MustSendFile(general, event.MsgFile, "limited.zip", "", make([]byte, 1001))
		told(t, "limited.zip (1 kB)", "the workspace does not take files this large")
	})
	t.Run("21 a file that has vanished", func(t *testing.T) {
		bed.Owner.MustSendContent(general, map[string]any{"msgtype": "m.file", "body": "vanished.txt", "url": "mxc://" + testbed.ServerName + "/vanished"})
		told(t, "vanished.txt", "it is not on the homeserver")
	})
}

// TestFileOnce: whatever becomes of a call, a file is in Slack once, and is not taken for a
// person's.
func TestFileOnce(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	for name, as := range map[string]string{
		"21 shown as a file_share with the name": workspace.ShareNamed,
		"21 shown as a bot_message":              workspace.ShareBotMessage,
		"21 shown without the name":              workspace.ShareUnnamed,
	} {
		t.Run(name, func(t *testing.T) {
			bed.Bridge.MustStop()
			bed.Slack.MustShowSharesAs(as)
			bed.Bridge.MustStart()
			bed.Slack.AwaitSocket()
			for name, fault := range map[string]web.Fault{
				"upload cut":       {Method: web.UploadCall, Cut: true},
				"upload half":      {Method: web.UploadCall, Cut: true, After: true},
				"upload 503":       {Method: web.UploadCall, Status: http.StatusServiceUnavailable},
				"share cut":        {Method: "files.completeUploadExternal", Cut: true},
				"share cut after":  {Method: "files.completeUploadExternal", Cut: true, After: true},
				"share 502 after":  {Method: "files.completeUploadExternal", Status: http.StatusBadGateway, After: true},
				"share limited":    {Method: "files.completeUploadExternal", Status: http.StatusTooManyRequests, RetryAfter: 1},
				"place 500 after":  {Method: "files.getUploadURLExternal", Status: http.StatusInternalServerError, After: true},
				"look cut":         {Method: "files.info", Cut: true},
				"nothing goes bad": {Method: "users.list", Cut: true},
			} {
				bed.Slack.MustFailCalls(fault)
				bed.Owner.MustSendFile(general, event.MsgFile, as+" "+name+".txt", "caption of "+as+" "+name, []byte(name))
				shared := bed.Slack.AwaitFile("general", as+" "+name+".txt")
				require.Equal(t, name, string(shared.Content))
				bed.Slack.MustClearFaults()
			}
			bed.Owner.MustSend(general, "the end of "+as)
			bed.Slack.AwaitPost("general", "the end of "+as)
			bed.Slack.AwaitDelivered()
			seen := map[string]int{}
			for _, post := range bed.Slack.Posts("general") {
				for _, file := range post.Files {
					name := file["name"].(string)
					if seen[name]++; strings.HasPrefix(name, as) {
						require.Contains(t, post.Username+post.Text+string(post.Blocks), "owner", "%s says whose it is", name)
					}
				}
			}
			for name, count := range seen {
				require.Equal(t, 1, count, name)
			}
		})
	}
	require.Empty(t, filesIn(bed.Owner, general))
	for _, m := range bed.Owner.Messages(general) {
		require.False(t, m.Sender != bed.Owner.UserID && strings.Contains(m.Body, "caption of"), "an echo: %s", m.Body)
	}
}

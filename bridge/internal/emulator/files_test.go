package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// fileEvents are those of files that a bot may subscribe to.
var fileEvents = []string{"file_created", "file_shared", "file_public", "file_change", "file_deleted", "file_unshared"}

// withFiles starts an emulator whose app may do everything with files.
func withFiles(t *testing.T) *emu {
	t.Helper()
	e := start(t)
	e.with("files:read", "files:write", "chat:write.customize")
	_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{AddEvents: fileEvents})
	require.NoError(t, err)
	return e
}

// begin asks for an upload address.
func (e *emu) begin(name string, size int, more ...string) (id, address string) {
	e.t.Helper()
	a := e.must("files.getUploadURLExternal", append([]string{"filename", name, "length", fmt.Sprint(size)}, more...)...)
	return a.at("file_id").(string), a.at("upload_url").(string)
}

// transfer sends bytes to an upload address.
func (e *emu) transfer(verb, address, contentType string, body []byte) answer {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.ctx(), verb, address, bytes.NewReader(body))
	require.NoError(e.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return e.send(req)
}

// upload brings a file up to its completion.
func (e *emu) upload(name string, content []byte, more ...string) (id string) {
	e.t.Helper()
	id, address := e.begin(name, len(content), more...)
	require.Equal(e.t, http.StatusOK, e.transfer(http.MethodPost, address, "", content).status)
	return id
}

// complete completes uploads and lets the share come.
func (e *emu) complete(ids []string, args ...string) answer {
	e.t.Helper()
	a := e.form("files.completeUploadExternal", append([]string{"files", filesArg(ids...)}, args...)...)
	e.Clock.Step(time.Second)
	return a
}

func filesArg(ids ...string) string {
	var list []map[string]string
	for _, id := range ids {
		list = append(list, map[string]string{"id": id})
	}
	raw, _ := json.Marshal(list)
	return string(raw)
}

// get reads a file's address.
func (e *emu) get(address, token string, header ...string) answer {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.ctx(), http.MethodGet, address, nil)
	require.NoError(e.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return e.send(req)
}

func drawn(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	img.Set(0, 0, color.NRGBA{R: 255, A: 255})
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func TestUploads(t *testing.T) {
	content := []byte("the content of a file\x00\xff")
	t.Run("three steps: an address, the bytes, the completion", func(t *testing.T) {
		e := withFiles(t)
		id, address := e.begin("notes.txt", len(content))
		require.True(t, strings.HasPrefix(address, e.URL()+"/"), "the address is on the API's own origin")
		a := e.transfer(http.MethodPost, address, "application/octet-stream", content)
		require.Equal(t, fmt.Sprintf("OK - %d", len(content)), a.raw)
		done := e.complete([]string{id}, "channel_id", random, "initial_comment", "look")
		require.True(t, done.ok(), done.raw)
		file := objects(done.at("files"))[0]
		require.Equal(t, id, file["id"])
		require.Equal(t, "notes.txt", file["title"])
		require.Empty(t, file["shares"], "the shares come later")
		m := e.history(random)[0]
		require.Equal(t, "file_share", m["subtype"])
		require.Equal(t, "look", m["text"])
		require.Equal(t, true, m["upload"])
		require.Equal(t, id, objects(m["files"])[0]["id"])
	})
	t.Run("behind a proxy the address is on the host that was called", func(t *testing.T) {
		e := withFiles(t)
		req, err := http.NewRequestWithContext(e.ctx(), http.MethodPost, e.APIURL()+"files.getUploadURLExternal", strings.NewReader("filename=a.txt&length=1"))
		require.NoError(t, err)
		req.Host = "slack.test"
		req.Header.Set("X-Forwarded-Proto", "https")
		req.Header.Set("Content-Type", formType)
		req.Header.Set("Authorization", "Bearer "+e.bot)
		require.Contains(t, e.send(req).at("upload_url"), "https://slack.test/upload/")
	})
	t.Run("the bytes come as the body or as a form's file of any name, by POST or PUT", func(t *testing.T) {
		e := withFiles(t)
		form := func(field string) (string, []byte) {
			var b bytes.Buffer
			w := multipart.NewWriter(&b)
			require.NoError(t, w.WriteField("other", "thing"))
			part, err := w.CreateFormFile(field, "Untitled")
			require.NoError(t, err)
			_, err = part.Write(content)
			require.NoError(t, err)
			require.NoError(t, w.Close())
			return w.FormDataContentType(), b.Bytes()
		}
		for _, verb := range []string{http.MethodPost, http.MethodPut} {
			for _, field := range []string{"file", "body", "whatever"} {
				id, address := e.begin("a.bin", len(content))
				kind, body := form(field)
				require.Equal(t, http.StatusOK, e.transfer(verb, address, kind, body).status)
				require.True(t, e.complete([]string{id}).ok())
			}
			id, address := e.begin("a.bin", len(content))
			require.Equal(t, http.StatusOK, e.transfer(verb, address, "", content).status)
			require.True(t, e.complete([]string{id}).ok())
			object, err := e.ctl.File(e.ctx(), id)
			require.NoError(t, err)
			require.InDelta(t, len(content), object["size"], 0)
		}
	})
	t.Run("completing before the bytes arrived is file_not_found", func(t *testing.T) {
		e := withFiles(t)
		id, _ := e.begin("late.txt", 5)
		require.Equal(t, "file_not_found", e.complete([]string{id}, "channel_id", random).code())
		require.Equal(t, "file_not_found", e.complete([]string{"F0NOBODY01"}, "channel_id", random).code())
		require.Empty(t, e.history(random))
	})
	t.Run("more or fewer bytes than were announced are refused, and may come again", func(t *testing.T) {
		e := withFiles(t)
		id, address := e.begin("a.txt", 5)
		for _, wrong := range []string{"1234", "123456", ""} {
			require.Equal(t, http.StatusBadRequest, e.transfer(http.MethodPost, address, "", []byte(wrong)).status, wrong)
			require.Equal(t, "file_not_found", e.complete([]string{id}).code())
		}
		require.Equal(t, http.StatusOK, e.transfer(http.MethodPost, address, "", []byte("12345")).status)
		require.True(t, e.complete([]string{id}).ok())
		require.Equal(t, http.StatusBadRequest, e.transfer(http.MethodPost, address, "", []byte("54321")).status, "it is complete")
		require.Equal(t, http.StatusNotFound, e.transfer(http.MethodPost, e.URL()+"/upload/v1/guess", "", []byte("12345")).status)
	})
	t.Run("an upload that breaks off has not arrived", func(t *testing.T) {
		e := withFiles(t)
		id, address := e.begin("a.txt", 1<<20)
		u, err := url.Parse(address)
		require.NoError(t, err)
		conn, err := net.Dial("tcp", u.Host)
		require.NoError(t, err)
		_, err = io.WriteString(conn, "POST "+u.Path+" HTTP/1.1\r\nHost: "+u.Host+"\r\nContent-Length: 1048576\r\n\r\nthe beginning")
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		require.Eventually(t, func() bool {
			calls, err := e.ctl.Calls(e.ctx(), control.CallFilter{Method: web.UploadCall})
			require.NoError(t, err)
			return len(calls) == 1
		}, waitFor, time.Millisecond)
		require.Equal(t, "file_not_found", e.complete([]string{id}).code())
	})
	t.Run("the share comes after the answer, file_created, file_public, file_shared and the message in this order", func(t *testing.T) {
		e := withFiles(t)
		w := e.connect()
		id := e.upload("a.txt", content)
		a := e.form("files.completeUploadExternal", "files", filesArg(id), "channel_id", random)
		require.True(t, a.ok(), a.raw)
		require.Empty(t, e.history(random))
		require.Empty(t, e.must("files.info", "file", id).at("file", "shares"))
		e.Clock.Step(time.Second)
		for _, want := range []string{"file_created", "file_public", "file_shared", "message"} {
			v := w.take()
			require.Equal(t, want, v.event("type"))
			if want == "message" {
				require.Equal(t, "file_share", v.event("subtype"))
				require.Equal(t, id, objects(v.Payload.Event["files"])[0]["id"])
				continue
			}
			require.Equal(t, id, v.event("file_id"))
			require.Equal(t, map[string]any{"id": id}, v.Payload.Event["file"])
			require.Equal(t, botUser, v.event("user_id"))
			require.Equal(t, map[bool]any{true: random, false: nil}[want == "file_shared"], v.Payload.Event["channel_id"])
		}
		e.silent(w)
	})
	t.Run("the message's ts is in files.info's shares", func(t *testing.T) {
		e := withFiles(t)
		id := e.upload("a.txt", content)
		require.True(t, e.complete([]string{id}, "channel_id", leaders).ok())
		shares := e.must("files.info", "file", id).at("file", "shares", "private", leaders).([]any)
		require.Equal(t, e.history(leaders)[0]["ts"], shares[0].(map[string]any)["ts"])
	})
	t.Run("several files are one message in each of several channels", func(t *testing.T) {
		e := withFiles(t)
		a, b := e.upload("a.txt", content), e.upload("b.txt", content)
		done := e.complete([]string{a, b}, "channels", random+","+leaders, "initial_comment", "two")
		require.True(t, done.ok(), done.raw)
		for _, place := range []string{random, leaders} {
			files := objects(e.history(place)[0]["files"])
			require.Equal(t, []any{a, b}, []any{files[0]["id"], files[1]["id"]})
		}
	})
	t.Run("a title, a thread and blocks; a comment goes before blocks", func(t *testing.T) {
		e := withFiles(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		id := e.upload("a.txt", content)
		blocks := `[{"type":"section","text":{"type":"mrkdwn","text":"*blocks*"}}]`
		a := e.form("files.completeUploadExternal", "files", `[{"id":"`+id+`","title":"A title"}]`, "channel_id", random, "thread_ts", root, "blocks", blocks)
		require.True(t, a.ok(), a.raw)
		e.Clock.Step(time.Second)
		list := objects(e.must("conversations.replies", "channel", random, "ts", root).at("messages"))
		require.Len(t, list, 2)
		require.Equal(t, "A title", objects(list[1]["files"])[0]["title"])
		require.Equal(t, "section", objects(list[1]["blocks"])[0]["type"])
		id = e.upload("b.txt", content)
		require.True(t, e.complete([]string{id}, "channel_id", random, "blocks", blocks, "initial_comment", "comment").ok())
		require.Equal(t, "rich_text", objects(e.history(random)[0]["blocks"])[0]["type"])
	})
	t.Run("without a channel the file is the app's alone", func(t *testing.T) {
		e := withFiles(t)
		w := e.connect()
		id := e.upload("a.txt", content)
		require.True(t, e.complete([]string{id}).ok())
		require.Equal(t, "file_created", w.take().event("type"))
		e.silent(w)
		require.Equal(t, false, e.must("files.info", "file", id).at("file", "is_public"))
	})
	t.Run("completing again shares again", func(t *testing.T) {
		e := withFiles(t)
		id := e.upload("a.txt", content)
		for range 2 {
			require.True(t, e.complete([]string{id}, "channel_id", random).ok())
		}
		require.Len(t, e.history(random), 2)
	})
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"where the bot is not":       {[]string{"channel_id", lounge}, "not_in_channel"},
		"in a hidden channel":        {[]string{"channel_id", annBob}, "channel_not_found"},
		"in an unknown channel":      {[]string{"channel_id", "C0NOWHERE1"}, "channel_not_found"},
		"in a thread that is not":    {[]string{"channel_id", random, "thread_ts", "1700000000.000100"}, "cannot_reply_to_message"},
		"with blocks that are wrong": {[]string{"channel_id", random, "blocks", `[{"type":"hologram"}]`}, "invalid_blocks"},
		"in too many channels":       {[]string{"channels", strings.Repeat("C1,", 101)}, "channels_limit_exceeded"},
	} {
		t.Run("completing "+name+" is "+c.want, func(t *testing.T) {
			e := withFiles(t)
			id := e.upload("a.txt", content)
			require.Equal(t, c.want, e.complete([]string{id}, c.args...).code())
			require.Empty(t, e.history(random))
		})
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"alt text beyond 1,000 characters": {[]string{"filename", "a.png", "length", "1", "alt_txt", strings.Repeat("a", 1001)}, "alt_txt_too_large"},
		"an unknown snippet type":          {[]string{"filename", "a", "length", "1", "snippet_type", "klingon"}, "unknown_snippet_type"},
		"a snippet beyond a megabyte":      {[]string{"filename", "a", "length", "1048577", "snippet_type", "python"}, "snippet_too_large"},
		"no length":                        {[]string{"filename", "a"}, "invalid_arguments"},
		"no bytes":                         {[]string{"filename", "a", "length", "0"}, "invalid_arguments"},
		"a length that is no number":       {[]string{"filename", "a", "length", "many"}, "invalid_arguments"},
		"no name":                          {[]string{"filename", "", "length", "1"}, "invalid_arguments"},
		"more than a gigabyte":             {[]string{"filename", "a", "length", "1073741825"}, "file_upload_size_restricted"},
	} {
		t.Run(name+" is "+c.want, func(t *testing.T) {
			require.Equal(t, c.want, withFiles(t).form("files.getUploadURLExternal", c.args...).code())
		})
	}
	t.Run("the switch max_file_bytes makes the limit smaller", func(t *testing.T) {
		e := withFiles(t)
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Web: web.Switches{MaxFileBytes: 10}}))
		require.Equal(t, "file_upload_size_restricted", e.form("files.getUploadURLExternal", "filename", "a", "length", "11").code())
		e.begin("a", 10)
	})
	t.Run("each step needs its scope", func(t *testing.T) {
		e := start(t)
		e.without("files:read", "files:write")
		for _, method := range []string{"files.getUploadURLExternal", "files.completeUploadExternal", "files.info", "files.list", "files.delete"} {
			require.Equal(t, "missing_scope", e.form(method, "file", "F1", "files", "[]", "filename", "a", "length", "1").code(), method)
		}
	})
}

func TestTheFaceOfAShare(t *testing.T) {
	content := []byte("x")
	share := func(t *testing.T, as string, args ...string) map[string]any {
		e := withFiles(t)
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Quirks: workspace.Quirks{Shares: as}}))
		id := e.upload("a.txt", content)
		require.True(t, e.complete([]string{id}, append(args, "channel_id", random)...).ok())
		return e.history(random)[0]
	}
	face := []string{"username", "Ann (Matrix)", "icon_url", "https://x.example/ann.png"}
	t.Run("file_share of the bot without the name, unless a switch says otherwise", func(t *testing.T) {
		m := share(t, "", face...)
		require.Equal(t, "file_share", m["subtype"])
		require.Equal(t, botUser, m["user"])
		require.Equal(t, botID, m["bot_id"])
		require.NotContains(t, m, "username")
	})
	t.Run("file_share of the bot with the name", func(t *testing.T) {
		m := share(t, workspace.ShareNamed, face...)
		require.Equal(t, "file_share", m["subtype"])
		require.Equal(t, botUser, m["user"])
		require.Equal(t, "Ann (Matrix)", m["username"])
		require.Equal(t, "https://x.example/ann.png", m["icons"].(map[string]any)["image_48"])
	})
	t.Run("bot_message with the name and without user", func(t *testing.T) {
		m := share(t, workspace.ShareBotMessage, face...)
		require.Equal(t, "bot_message", m["subtype"])
		require.NotContains(t, m, "user")
		require.Equal(t, "Ann (Matrix)", m["username"])
		require.NotEmpty(t, m["files"])
	})
	t.Run("a share without a name of its own is file_share in each case", func(t *testing.T) {
		for _, as := range []string{"", workspace.ShareNamed, workspace.ShareBotMessage} {
			require.Equal(t, "file_share", share(t, as)["subtype"], as)
		}
	})
	t.Run("a name needs chat:write.customize", func(t *testing.T) {
		e := withFiles(t)
		e.without("chat:write.customize")
		id := e.upload("a.txt", content)
		require.Equal(t, "missing_scope", e.complete([]string{id}, append(face, "channel_id", random)...).code())
	})
}

func TestDownloads(t *testing.T) {
	content := []byte("0123456789 <html>")
	e := withFiles(t)
	m, err := e.ctl.Share(e.ctx(), ann, random, "a file", control.FileContent{Name: "page one.html", Content: content})
	require.NoError(t, err)
	file := m.Files[0]
	address := file["url_private"].(string)
	require.True(t, strings.HasPrefix(address, e.URL()+"/files-pri/"))
	t.Run("with the token: the bytes with their type, from both addresses", func(t *testing.T) {
		for _, key := range []string{"url_private", "url_private_download"} {
			a := e.get(file[key].(string), e.bot)
			require.Equal(t, http.StatusOK, a.status)
			require.Equal(t, string(content), a.raw)
			require.Equal(t, "text/html", a.header.Get("Content-Type"))
		}
	})
	t.Run("a range gives a part", func(t *testing.T) {
		a := e.get(address, e.bot, "Range", "bytes=10-")
		require.Equal(t, http.StatusPartialContent, a.status)
		require.Equal(t, " <html>", a.raw)
		require.Equal(t, fmt.Sprintf("bytes 10-%d/%d", len(content)-1, len(content)), a.header.Get("Content-Range"))
		require.Equal(t, http.StatusRequestedRangeNotSatisfiable, e.get(address, e.bot, "Range", "bytes=100-").status)
	})
	signIn := func(t *testing.T, token string) {
		t.Helper()
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		req, err := http.NewRequestWithContext(e.ctx(), http.MethodGet, address, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusFound, res.StatusCode)
		where, err := url.Parse(res.Header.Get("Location"))
		require.NoError(t, err)
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, u.Path, where.Query().Get("redir"))
		page := e.get(address, token)
		require.Equal(t, http.StatusOK, page.status)
		require.Contains(t, page.header.Get("Content-Type"), "text/html")
		require.NotContains(t, page.raw, string(content))
	}
	t.Run("without a token, with a bad one and with an app-level one: the sign-in page", func(t *testing.T) {
		for _, token := range []string{"", "xoxb" + "-1-2-bad", e.level} {
			signIn(t, token)
		}
	})
	t.Run("slack-go tells the sign-in page from the file", func(t *testing.T) {
		var got bytes.Buffer
		require.NoError(t, e.slack.GetFileContext(e.ctx(), address, &got))
		require.Equal(t, content, got.Bytes())
		stranger := slack.New("xoxb"+"-1-2-bad", slack.OptionAPIURL(e.APIURL()))
		require.ErrorContains(t, stranger.GetFileContext(e.ctx(), address, io.Discard), "sign-in page")
	})
	t.Run("a broken download ends in its middle", func(t *testing.T) {
		require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: web.DownloadCall, Truncate: true}))
		req, err := http.NewRequestWithContext(e.ctx(), http.MethodGet, address, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+e.bot)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.Equal(t, content[:len(content)/2], got)
	})
	t.Run("uploads and downloads fail as calls do", func(t *testing.T) {
		require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: web.DownloadCall, Status: 503}))
		require.Equal(t, 503, e.get(address, e.bot).status)
		id, up := e.begin("a.txt", 1)
		require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: web.UploadCall, Status: 500, After: true}))
		require.Equal(t, 500, e.transfer(http.MethodPost, up, "", []byte("x")).status)
		require.True(t, e.complete([]string{id}).ok(), "the bytes had arrived")
	})
	t.Run("where the bot is not: the sign-in page, and file_not_found", func(t *testing.T) {
		require.NoError(t, e.ctl.Kick(e.ctx(), ann, random, "Matrix Bridge"))
		signIn(t, e.bot)
		require.Equal(t, "file_not_found", e.form("files.info", "file", file["id"].(string)).code())
	})
	t.Run("without files:read: the sign-in page, no word of scopes", func(t *testing.T) {
		require.NoError(t, e.ctl.Invite(e.ctx(), ann, random, "Matrix Bridge"))
		e.without("files:read")
		signIn(t, e.bot)
	})
}

func TestFilesOfPeople(t *testing.T) {
	share := func(t *testing.T, f control.FileContent) (*emu, *ws, map[string]any) {
		t.Helper()
		e := withFiles(t)
		w := e.connect()
		_, err := e.ctl.Share(e.ctx(), ann, random, "see", f)
		require.NoError(t, err)
		v := w.wait("message", "file_share")
		require.Equal(t, ann, v.event("user"))
		require.Equal(t, "see", v.event("text"))
		return e, w, objects(v.Payload.Event["files"])[0]
	}
	t.Run("a picture has its size and thumbnails behind the token", func(t *testing.T) {
		e, _, f := share(t, control.FileContent{Name: "cat.png", Content: drawn(t, 500, 250), AltText: "a cat"})
		require.Equal(t, []any{"image/png", "png", "hosted", "a cat", 500.0, 250.0}, []any{f["mimetype"], f["filetype"], f["mode"], f["alt_txt"], f["original_w"], f["original_h"]})
		require.Equal(t, []any{360.0, 180.0}, []any{f["thumb_360_w"], f["thumb_360_h"]})
		require.NotContains(t, f, "thumb_720")
		for _, key := range []string{"thumb_64", "thumb_360", "thumb_480"} {
			a := e.get(f[key].(string), e.bot)
			require.Equal(t, "image/png", a.header.Get("Content-Type"), key)
			config, err := png.DecodeConfig(strings.NewReader(a.raw))
			require.NoError(t, err)
			require.LessOrEqual(t, config.Width, 480)
			require.Contains(t, e.get(f[key].(string), "").header.Get("Content-Type"), "text/html", "without the token")
		}
		require.NotContains(t, f, "shares", "messages do not tell them")
	})
	t.Run("any other file is binary", func(t *testing.T) {
		_, _, f := share(t, control.FileContent{Name: "blob.xyz", Content: []byte{0, 1, 2}})
		require.Equal(t, []any{"application/octet-stream", "binary", 3.0}, []any{f["mimetype"], f["filetype"], f["size"]})
		require.NotContains(t, f, "original_w")
	})
	t.Run("a snippet has a preview", func(t *testing.T) {
		_, _, f := share(t, control.FileContent{Name: "code", Content: []byte("a\nb\nc\nd\ne\nf\ng"), Snippet: "python"})
		require.Equal(t, []any{"snippet", "python", "a\nb\nc\nd\ne", 7.0, 2.0}, []any{f["mode"], f["filetype"], f["preview"], f["lines"], f["lines_more"]})
	})
	t.Run("a post has a preview in markup, of another mode", func(t *testing.T) {
		e, _, f := share(t, control.FileContent{Name: "Plan", Content: []byte("first\n1 < 2"), Post: true})
		require.Equal(t, []any{"space", "space", "text/plain", "Post", true}, []any{f["mode"], f["filetype"], f["mimetype"], f["pretty_type"], f["editable"]})
		require.Equal(t, "<document><p>first</p><p>1 &lt; 2</p></document>", f["preview"])
		for _, key := range []string{"lines", "lines_more", "preview_is_truncated", "edit_link"} {
			require.NotContains(t, f, key)
		}
		require.Len(t, objects(e.must("files.list", "types", "spaces").at("files")), 1)
		require.Empty(t, e.must("files.list", "types", "snippets").at("files"))
	})
	t.Run("an external file leads elsewhere", func(t *testing.T) {
		_, _, f := share(t, control.FileContent{Name: "plan", External: "https://docs.example/plan"})
		require.Equal(t, []any{"external", true, "https://docs.example/plan"}, []any{f["mode"], f["is_external"], f["url_private"]})
	})
	t.Run("a thin object is completed by files.info", func(t *testing.T) {
		e, _, f := share(t, control.FileContent{Name: "a.txt", Content: []byte("x"), Thin: true})
		require.Equal(t, "check_file_info", f["file_access"])
		require.NotContains(t, f, "url_private")
		require.NotEmpty(t, e.must("files.info", "file", f["id"].(string)).at("file", "url_private"))
	})
	t.Run("further keys are told as they are", func(t *testing.T) {
		_, _, f := share(t, control.FileContent{Name: "voice.m4a", Content: []byte("x"), Extra: map[string]any{"subtype": "slack_audio", "duration_ms": 1200}})
		require.Equal(t, []any{"slack_audio", 1200.0, "audio/mp4"}, []any{f["subtype"], f["duration_ms"], f["mimetype"]})
	})
	t.Run("a new title is file_change and message_changed", func(t *testing.T) {
		e, w, f := share(t, control.FileContent{Name: "a.txt", Content: []byte("x")})
		require.NoError(t, e.ctl.RenameFile(e.ctx(), ann, f["id"].(string), "Better"))
		require.Equal(t, f["id"], w.wait("file_change", "").event("file_id"))
		m := w.wait("message", "message_changed").Payload.Event["message"].(map[string]any)
		require.Equal(t, "Better", objects(m["files"])[0]["title"])
		require.Nil(t, m["edited"])
	})
	t.Run("a deleted file leaves its mark in the message", func(t *testing.T) {
		e, w, f := share(t, control.FileContent{Name: "a.txt", Content: []byte("x")})
		id := f["id"].(string)
		require.Equal(t, "cant_delete_file", e.form("files.delete", "file", id).code(), "it is not the bot's")
		require.NoError(t, e.ctl.DeleteFile(e.ctx(), ann, id))
		v := w.wait("file_deleted", "")
		require.Equal(t, id, v.event("file_id"))
		require.Equal(t, []any{random}, v.Payload.Event["channel_ids"])
		m := w.wait("message", "message_changed").Payload.Event["message"].(map[string]any)
		require.Equal(t, "tombstone", objects(m["files"])[0]["mode"])
		require.Equal(t, "see", m["text"])
		require.Equal(t, "file_deleted", e.form("files.info", "file", id).code())
		require.Contains(t, e.get(f["url_private"].(string), e.bot).header.Get("Content-Type"), "text/html")
	})
	t.Run("a message that is deleted takes its files out of the channel", func(t *testing.T) {
		e, w, f := share(t, control.FileContent{Name: "a.txt", Content: []byte("x")})
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, e.history(random)[0]["ts"].(string)))
		v := w.wait("file_unshared", "")
		require.Equal(t, f["id"], v.event("file_id"))
		require.Equal(t, random, v.event("channel_id"))
		require.Equal(t, "file_not_found", e.form("files.info", "file", f["id"].(string)).code())
	})
	t.Run("what is shared where the bot is not is not heard of", func(t *testing.T) {
		e := withFiles(t)
		w := e.connect()
		_, err := e.ctl.Share(e.ctx(), bob, lounge, "private", control.FileContent{Name: "a.txt", Content: []byte("x")})
		require.NoError(t, err)
		e.silent(w)
		require.Empty(t, e.must("files.list").at("files"))
	})
	t.Run("a file without name or content is refused", func(t *testing.T) {
		e := withFiles(t)
		for _, f := range []control.FileContent{{Name: "a"}, {Content: []byte("x")}} {
			_, err := e.ctl.Share(e.ctx(), ann, random, "", f)
			require.Error(t, err)
		}
		require.Empty(t, e.history(random))
	})
}

func TestTheBotsOwnFiles(t *testing.T) {
	e := withFiles(t)
	first, second := e.upload("a.txt", []byte("x")), e.upload("b.png", drawn(t, 10, 10))
	require.True(t, e.complete([]string{first, second}, "channel_id", random).ok())
	t.Run("files.list tells them by page, newest first", func(t *testing.T) {
		a := e.must("files.list", "channel", random, "count", "1")
		require.Equal(t, second, objects(a.at("files"))[0]["id"])
		require.Equal(t, map[string]any{"count": 1.0, "total": 2.0, "page": 1.0, "pages": 2.0}, a.at("paging"))
		require.Equal(t, first, objects(e.must("files.list", "count", "1", "page", "2").at("files"))[0]["id"])
		require.Len(t, e.must("files.list", "types", "images").at("files"), 1)
		require.Empty(t, e.must("files.list", "user", ann).at("files"))
		require.Empty(t, e.must("files.list", "channel", leaders).at("files"))
		require.Equal(t, "unknown_type", e.form("files.list", "types", "castles").code())
		require.Equal(t, "user_not_found", e.form("files.list", "user", "U0NOBODY01").code())
	})
	t.Run("files.delete deletes what is the bot's", func(t *testing.T) {
		w := e.connect()
		require.True(t, e.form("files.delete", "file", first).ok())
		require.Equal(t, first, w.wait("file_deleted", "").event("file_id"))
		require.Equal(t, "file_deleted", e.form("files.delete", "file", first).code())
		require.Equal(t, "file_not_found", e.form("files.delete", "file", "F0NOBODY01").code())
		files := objects(e.history(random)[0]["files"])
		require.Equal(t, []any{"tombstone", "hosted"}, []any{files[0]["mode"], files[1]["mode"]})
	})
	t.Run("chat.update with file_ids exchanges a message's files", func(t *testing.T) {
		w := e.connect()
		third := e.upload("c.txt", []byte("x"))
		ts := e.history(random)[0]["ts"].(string)
		for _, ids := range []string{`["` + second + `","` + third + `"]`, third} {
			require.True(t, e.form("chat.update", "channel", random, "ts", ts, "file_ids", ids).ok())
		}
		require.Equal(t, third, w.wait("file_shared", "").event("file_id"))
		require.Equal(t, second, w.wait("file_unshared", "").event("file_id"))
		files := objects(w.wait("message", "message_changed").Payload.Event["message"].(map[string]any)["files"])
		require.Len(t, files, 1)
		require.Equal(t, third, files[0]["id"])
		require.Empty(t, e.must("files.info", "file", second).at("file", "shares"))
		require.Equal(t, "file_not_found", e.form("chat.update", "channel", random, "ts", ts, "file_ids", "F0NOBODY01").code())
	})
	t.Run("files.sharedPublicURL is not for bots", func(t *testing.T) {
		require.Equal(t, "not_allowed_token_type", e.form("files.sharedPublicURL", "file", second).code())
	})
	t.Run("slack-go uploads and reads it", func(t *testing.T) {
		f, err := e.slack.UploadFileContext(e.ctx(), slack.UploadFileParameters{
			Content: "by slack-go", Filename: "go.txt", FileSize: len("by slack-go"), Title: "Go", Channel: random, InitialComment: "here",
		})
		require.NoError(t, err)
		e.Clock.Step(time.Second)
		info, _, _, err := e.slack.GetFileInfoContext(e.ctx(), f.ID, 0, 0)
		require.NoError(t, err)
		require.Equal(t, "Go", info.Title)
		var got bytes.Buffer
		require.NoError(t, e.slack.GetFileContext(e.ctx(), info.URLPrivateDownload, &got))
		require.Equal(t, "by slack-go", got.String())
		require.Equal(t, e.history(random)[0]["ts"], info.Shares.Public[random][0].Ts)
		list, _, err := e.slack.GetFilesContext(e.ctx(), slack.NewGetFilesParameters())
		require.NoError(t, err)
		require.Equal(t, f.ID, list[0].ID)
		require.NoError(t, e.slack.DeleteFileContext(e.ctx(), f.ID))
	})
}

func TestPicturesOfEmoji(t *testing.T) {
	e := start(t)
	w := e.connect()
	parrot := drawn(t, 20, 20)
	require.NoError(t, e.ctl.DrawEmoji(e.ctx(), "partyparrot", parrot))
	v := w.wait("emoji_changed", "add")
	address := v.event("value")
	require.Equal(t, "partyparrot", v.event("name"))
	require.Equal(t, address, e.must("emoji.list").at("emoji", "partyparrot"))
	a := e.get(address, "")
	require.Equal(t, "image/png", a.header.Get("Content-Type"), "everyone may read it")
	require.Equal(t, string(parrot), a.raw)
	require.NoError(t, e.ctl.DrawEmoji(e.ctx(), "partyparrot", drawn(t, 21, 21)))
	require.NotEqual(t, address, e.must("emoji.list").at("emoji", "partyparrot"), "another picture has another address")
	ts := e.say("react")
	require.True(t, e.form("reactions.add", "channel", general, "timestamp", ts, "name", "partyparrot").ok())
	require.NoError(t, e.ctl.RenameEmoji(e.ctx(), "partyparrot", "parrot"))
	v = w.wait("emoji_changed", "rename")
	require.Equal(t, []string{"partyparrot", "parrot"}, []string{v.event("old_name"), v.event("new_name")})
	require.Equal(t, "invalid_name", e.form("reactions.add", "channel", general, "timestamp", ts, "name", "partyparrot").code())
	require.Error(t, e.ctl.DrawEmoji(e.ctx(), "text", []byte("no picture")))
	require.Error(t, e.ctl.DrawEmoji(e.ctx(), "large", append(parrot, make([]byte, 128<<10)...)))
	require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: web.EmojiCall, Status: 404}))
	require.Equal(t, http.StatusNotFound, e.get(address, "").status)
	require.Equal(t, http.StatusOK, e.get(address, "").status, "it hits once")
	require.Equal(t, http.StatusNotFound, e.get(e.URL()+workspace.EmojiPath+"T0ACME0001/none/0.png", "").status)
}

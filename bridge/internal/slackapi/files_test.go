package slackapi_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi"
)

func TestBeginUpload(t *testing.T) {
	f := newFake(t).on("files.getUploadURLExternal",
		say(`{'ok':true,'upload_url':'https://files.slack.test/upload/v1/a','file_id':'F1'}`),
		say(`{'ok':true,'upload_url':'ftp://files.slack.test/a','file_id':'F1'}`),
		say(`{'ok':true,'upload_url':['https://a'],'file_id':'F1'}`),
		say(`{'ok':true,'upload_url':'https://files.slack.test/a'}`),
	)
	c := served(t, f)
	upload, err := c.BeginUpload(t.Context(), slackapi.UploadRequest{Name: "a.png", Size: 3, AltText: "a cat"})
	require.NoError(t, err)
	require.Equal(t, &slackapi.Upload{FileID: "F1", Address: "https://files.slack.test/upload/v1/a"}, upload)
	require.Equal(t, map[string][]string{"filename": {"a.png"}, "length": {"3"}, "alt_txt": {"a cat"}}, map[string][]string(f.seen("files.getUploadURLExternal")[0].form))
	for range 3 {
		upload, err = c.BeginUpload(t.Context(), slackapi.UploadRequest{Name: "a.png", Size: 3})
		require.Equal(t, slackapi.Permanent, slackapi.KindOf(err))
		require.Nil(t, upload)
	}
}

// The emulator's API is http, Slack's is https: content must not leave it in the clear.
func TestContentIsSentAsSafelyAsCalls(t *testing.T) {
	f := newFake(t).on("files.getUploadURLExternal", say(`{'ok':true,'upload_url':'http://files.slack.test/a','file_id':'F1'}`))
	cfg := config(t)
	cfg.APIURL, cfg.HTTPClient = "https://slack.test/api/", &http.Client{Transport: inMemory{f}}
	c := slackapi.New(cfg)
	_, err := c.BeginUpload(t.Context(), slackapi.UploadRequest{Name: "a.png", Size: 3})
	require.ErrorContains(t, err, "no address for the file's content")
	require.Equal(t, slackapi.Permanent, slackapi.KindOf(c.SendFile(t.Context(), "http://files.slack.test/a", strings.NewReader("abc"), 3)))
}

func TestShareForm(t *testing.T) {
	f := newFake(t).on("files.completeUploadExternal", allDone)
	c := served(t, f)
	require.NoError(t, c.ShareFiles(t.Context(), slackapi.ShareRequest{
		Files:   []slackapi.SharedFile{{ID: "F1", Title: "one"}, {ID: "F2"}},
		Channel: "C1", ThreadTS: "1.1", Comment: "not used", Blocks: []slack.Block{slack.NewDividerBlock()}, Username: "Ann", IconURL: "https://h/a.png",
	}))
	require.NoError(t, c.ShareFiles(t.Context(), slackapi.ShareRequest{Files: []slackapi.SharedFile{{ID: "F1"}}, Channel: "C1", Comment: "used"}))
	seen := f.seen("files.completeUploadExternal")
	require.Equal(t, map[string][]string{
		"files": {`[{"id":"F1","title":"one"},{"id":"F2"}]`}, "channel_id": {"C1"}, "thread_ts": {"1.1"}, "blocks": {`[{"type":"divider"}]`},
		"username": {"Ann"}, "icon_url": {"https://h/a.png"},
	}, map[string][]string(seen[0].form), "a comment would go before blocks")
	require.Equal(t, map[string][]string{"files": {`[{"id":"F1"}]`}, "channel_id": {"C1"}, "initial_comment": {"used"}}, map[string][]string(seen[1].form))
}

// A share that may have happened is not asked for again: it would be there twice.
func TestShareOfUnknownOutcome(t *testing.T) {
	share := slackapi.ShareRequest{Files: []slackapi.SharedFile{{ID: "F1"}}, Channel: "C1"}
	for name, answer := range map[string]http.HandlerFunc{
		"cut off": cutOff, "bad gateway": serverError, "internal error": refuse("internal_error"),
		"half an answer": raw(http.StatusOK, "application/json", `{"ok":true,"files":[`), "a hotel's page": raw(http.StatusOK, "text/html", "<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
				f.on("files.completeUploadExternal", answer)
				err := c.ShareFiles(t.Context(), share)
				require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
				require.True(t, slackapi.MayHaveHappened(err))
				require.Len(t, f.methods(), 1)
			})
		})
	}
	t.Run("what surely did not happen is repeated", func(t *testing.T) {
		inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
			f.on("files.completeUploadExternal", slowDown("3"), refuse("request_timeout"), allDone)
			require.NoError(t, c.ShareFiles(t.Context(), share))
			require.Len(t, f.methods(), 3)
		})
	})
	t.Run("a refusal is the last word", func(t *testing.T) {
		inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
			f.on("files.completeUploadExternal", refuse("file_not_found"))
			err := c.ShareFiles(t.Context(), share)
			require.True(t, slackapi.HasCode(err, "file_not_found"))
			require.False(t, slackapi.MayHaveHappened(err))
		})
	})
}

func TestFindShared(t *testing.T) {
	for name, tc := range map[string]struct{ shares, want string }{
		"not yet":            {`{}`, ""},
		"not yet, as a list": {`[]`, ""},
		"elsewhere":          {`{'public':{'C2':[{'ts':'1700000000.000001'}]}}`, ""},
		"in the channel":     {`{'public':{'C1':[{'ts':'1700000000.000001'}]}}`, "1700000000.000001"},
		"in a private one":   {`{'private':{'C1':[{'ts':'1700000000.000002','thread_ts':'1700000000.000001'}]}}`, "1700000000.000002"},
		"shared again":       {`{'public':{'C1':[{'ts':'1700000000.000001'},{'ts':'1700000000.000003'}]}}`, "1700000000.000001"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t).on("files.info", say(`{'ok':true,'file':{'id':'F1','shares':%s}}`, tc.shares))
			ts, err := served(t, f).FindShared(t.Context(), "F1", "C1")
			require.NoError(t, err)
			require.Equal(t, tc.want, ts)
			require.Equal(t, "F1", f.seen("files.info")[0].form.Get("file"))
		})
	}
	_, err := served(t, newFake(t).on("files.info", refuse("file_not_found"))).FindShared(t.Context(), "F1", "C1")
	require.True(t, slackapi.HasCode(err, "file_not_found"))
}

func TestAwaitShared(t *testing.T) {
	notYet, there := say(`{'ok':true,'file':{'id':'F1','shares':{}}}`), say(`{'ok':true,'file':{'id':'F1','shares':{'public':{'C1':[{'ts':'1.1'}]}}}}`)
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("files.info", notYet, there)
		began := time.Now()
		ts, err := c.AwaitShared(t.Context(), "F1", "C1", nil, time.Second, 3*time.Second, time.Hour)
		require.NoError(t, err)
		require.Equal(t, "1.1", ts)
		require.Equal(t, 4*time.Second, time.Since(began))

		f.on("files.info", notYet)
		ts, err = c.AwaitShared(t.Context(), "F1", "C1", nil, time.Second)
		require.NoError(t, err)
		require.Empty(t, ts)

		told := make(chan string, 1)
		told <- "2.2"
		ts, err = c.AwaitShared(t.Context(), "F1", "C1", told, time.Hour)
		require.NoError(t, err)
		require.Equal(t, "2.2", ts)
		require.Len(t, f.methods(), 3, "who is told need not ask")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = c.AwaitShared(ctx, "F1", "C1", nil, time.Hour)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestFinishUpload(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("files.completeUploadExternal", cutOff, allDone)
		require.NoError(t, c.FinishUpload(t.Context(), slackapi.SharedFile{ID: "F1"}))
		require.Equal(t, map[string][]string{"files": {`[{"id":"F1"}]`}}, map[string][]string(f.seen("files.completeUploadExternal")[1].form))
	})
}

func TestDeleteFile(t *testing.T) {
	for code, kind := range map[string]slackapi.Kind{"file_deleted": 0, "file_not_found": 0, "cant_delete_file": slackapi.Permanent} {
		require.Equal(t, kind, slackapi.KindOf(served(t, newFake(t).on("files.delete", refuse(code))).DeleteFile(t.Context(), "F1")), code)
	}
}

func TestUpdateOfFiles(t *testing.T) {
	f := newFake(t).on("chat.update", allDone)
	require.NoError(t, served(t, f).Update(t.Context(), slackapi.UpdateRequest{Channel: "C1", TS: "1.1", Text: "x", FileIDs: []string{"F1", "F2"}}))
	require.Equal(t, `["F1","F2"]`, f.seen("chat.update")[0].form.Get("file_ids"))
}

// host replaces the host that takes content.
func host(t *testing.T, handle http.HandlerFunc) (c *slackapi.Client, address string) {
	t.Helper()
	return hostWith(t, 0, handle)
}

func hostWith(t *testing.T, timeout time.Duration, handle http.HandlerFunc) (c *slackapi.Client, address string) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	cfg := config(t)
	cfg.APIURL, cfg.Timeout = server.URL+"/api", timeout
	return slackapi.New(cfg), server.URL + "/upload/secret-address"
}

func TestSendFile(t *testing.T) {
	var got []byte
	var header http.Header
	var length int64
	c, address := host(t, func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		header, length = r.Header, r.ContentLength
		_, _ = io.WriteString(w, "OK - 5")
	})
	require.NoError(t, c.SendFile(t.Context(), address, strings.NewReader("hello"), 5))
	require.Equal(t, "hello", string(got))
	require.EqualValues(t, 5, length)
	require.Empty(t, header.Get("Authorization"), "the address is enough")
}

// A large file is never in memory as a whole: no more of it is read than is taken.
func TestContentIsStreamed(t *testing.T) {
	began, goOn := make(chan struct{}), make(chan struct{})
	c, address := host(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 1))
		close(began)
		<-goOn
		_, _ = io.Copy(io.Discard, r.Body)
	})
	const size = 64 << 20
	content := &counting{left: size}
	done := make(chan error)
	go func() { done <- c.SendFile(context.Background(), address, content, size) }()
	<-began
	close(goOn)
	require.NoError(t, <-done)
	require.LessOrEqual(t, content.largest, 1<<20)
}

// counting reads as zeros and notes how much is asked for at once.
type counting struct{ left, largest int }

func (c *counting) Read(p []byte) (int, error) {
	c.largest = max(c.largest, len(p))
	if c.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), c.left)
	c.left -= n
	return n, nil
}

func TestContentThatIsNotTaken(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   slackapi.Kind
		text   string
	}{
		"bad gateway":    {serverError, slackapi.Temporary, "HTTP 502"},
		"cut off":        {cutOff, slackapi.Temporary, "sending the file"},
		"redirected":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, slackapi.Temporary, "HTTP 302"},
		"a hotel's page": {raw(http.StatusOK, "text/html", "<html>"), slackapi.Temporary, "not taken"},
		"slower, please": {slowDown("2"), slackapi.RateLimited, "ratelimited"},
		"too large":      {raw(http.StatusRequestEntityTooLarge, "text/plain", "no"), slackapi.Permanent, "HTTP 413"},
		"an old address": {raw(http.StatusNotFound, "text/plain", "no"), slackapi.Permanent, "HTTP 404"},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			c, address := host(t, func(w http.ResponseWriter, r *http.Request) {
				calls++
				_, _ = io.Copy(io.Discard, r.Body)
				tc.answer(w, r)
			})
			err := c.SendFile(t.Context(), address, strings.NewReader("hello"), 5)
			require.Equal(t, tc.kind, slackapi.KindOf(err), "%v", err)
			require.ErrorContains(t, err, tc.text)
			require.NotContains(t, err.Error(), "secret-address")
			require.False(t, slackapi.MayHaveHappened(err))
			require.Equal(t, 1, calls, "the content can be read once only")
		})
	}
}

func TestContentThatCannotBeRead(t *testing.T) {
	broken := errors.New("the homeserver is gone")
	for name, tc := range map[string]struct {
		content io.Reader
		text    string
	}{
		"it breaks off": {io.MultiReader(strings.NewReader("he"), iotest.ErrReader(broken)), "the homeserver is gone"},
		"too short":     {strings.NewReader("hell"), "before its size was reached"},
		"too long":      {strings.NewReader("hello!"), "longer than its size"},
	} {
		t.Run(name, func(t *testing.T) {
			c, address := host(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
			err := c.SendFile(t.Context(), address, tc.content, 5)
			var content *slackapi.ContentError
			require.ErrorAs(t, err, &content)
			require.ErrorContains(t, err, tc.text)
			require.Zero(t, slackapi.KindOf(err), "that is no answer of Slack's")
		})
	}
	c, address := host(t, func(http.ResponseWriter, *http.Request) {})
	require.ErrorIs(t, c.SendFile(t.Context(), address, io.MultiReader(strings.NewReader("he"), iotest.ErrReader(broken)), 5), broken)
}

// A transfer may take hours. It ends when nothing moves for the time of one attempt, or with
// its caller's context.
func TestTransferThatStalls(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	stuck := func(http.ResponseWriter, *http.Request) { <-hold }
	c, address := hostWith(t, 50*time.Millisecond, stuck)
	large := bytes.NewReader(make([]byte, 64<<20))
	err := c.SendFile(t.Context(), address, large, 64<<20)
	require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
	require.ErrorContains(t, err, "nothing of the file got to Slack for 50ms")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.SendFile(ctx, address, strings.NewReader("hello"), 5), context.Canceled)

	c, address = hostWith(t, 100*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	slow := iotest.OneByteReader(&dripping{text: "hello", pause: 40 * time.Millisecond})
	require.NoError(t, c.SendFile(t.Context(), address, slow, 5), "slower in all than one attempt may be")
}

// dripping reads slowly.
type dripping struct {
	text  string
	pause time.Duration
}

func (d *dripping) Read(p []byte) (int, error) {
	if d.text == "" {
		return 0, io.EOF
	}
	time.Sleep(d.pause)
	n := copy(p, d.text)
	d.text = d.text[n:]
	return n, nil
}

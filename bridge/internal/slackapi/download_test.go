package slackapi_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/slackapi"
)

// sink is a file in memory.
type sink struct {
	bytes.Buffer
	restarts int
	full     error
}

func (s *sink) Size() int64 { return int64(s.Len()) }

func (s *sink) Restart() error { s.Reset(); s.restarts++; return nil }

func (s *sink) Write(p []byte) (int, error) {
	if s.full != nil {
		return 0, s.full
	}
	return s.Buffer.Write(p)
}

// fileHost is a server of files that notes what it is asked.
type fileHost struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
}

func hosting(t *testing.T, answers ...http.HandlerFunc) *fileHost {
	t.Helper()
	return hostingAt(t, "127.0.0.1", answers...)
}

// hostingAt is hosting at an address of this machine.
func hostingAt(t *testing.T, ip string, answers ...http.HandlerFunc) *fileHost {
	t.Helper()
	h := &fileHost{}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.asked = append(h.asked, r)
		answer := answers[min(len(h.asked), len(answers))-1]
		h.mu.Unlock()
		answer(w, r)
	}))
	listener, err := net.Listen("tcp", ip+":0")
	require.NoError(t, err)
	require.NoError(t, h.Listener.Close())
	h.Listener = listener
	h.Start()
	t.Cleanup(h.Close)
	return h
}

// client is one whose Web API is on the host.
func (h *fileHost) client(t *testing.T) *slackapi.Client {
	cfg := config(t)
	cfg.APIURL, cfg.Scale = h.URL+"/api/", 0.001
	return slackapi.New(cfg)
}

func (h *fileHost) header(name string) (values []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.asked {
		values = append(values, r.Header.Get(name))
	}
	return values
}

const content = "0123456789abcdefghij"

// whole gives the content, or the part that is asked for.
func whole(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
}

// without gives the whole content, whatever part is asked for.
func without(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) }

// torn breaks off after ten bytes.
func torn(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	fmt.Fprint(w, content[:10])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<html>Sign in</html>")
}

func TestDownload(t *testing.T) {
	h := hosting(t, whole)
	var got sink
	require.NoError(t, h.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: h.URL + "/files-pri/a"}, &got))
	require.Equal(t, content, got.String())
	require.Equal(t, []string{"Bearer " + botToken}, h.header("Authorization"))
	require.Equal(t, []string{""}, h.header("Range"))
}

// TestDownloadContinues: what broke off goes on only where Slack says so, and at the right
// place; else it begins again.
func TestDownloadContinues(t *testing.T) {
	elsewhere := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 3-19/20")
		w.WriteHeader(http.StatusPartialContent)
		fmt.Fprint(w, content[3:])
	}
	unsatisfied := raw(http.StatusRequestedRangeNotSatisfiable, "text/plain", "")
	for name, tc := range map[string]struct {
		answers  []http.HandlerFunc
		ranges   []string
		restarts int
	}{
		"206":                 {[]http.HandlerFunc{torn, whole}, []string{"", "bytes=10-"}, 0},
		"200":                 {[]http.HandlerFunc{torn, without}, []string{"", "bytes=10-"}, 1},
		"206 of another part": {[]http.HandlerFunc{torn, elsewhere, whole}, []string{"", "bytes=10-", ""}, 1},
		"416":                 {[]http.HandlerFunc{torn, unsatisfied, whole}, []string{"", "bytes=10-", ""}, 1},
		"502 in between":      {[]http.HandlerFunc{torn, serverError, whole}, []string{"", "bytes=10-", "bytes=10-"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := hosting(t, tc.answers...)
			var got sink
			require.NoError(t, h.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: h.URL + "/a"}, &got))
			require.Equal(t, content, got.String())
			require.Equal(t, tc.ranges, h.header("Range"))
			require.Equal(t, tc.restarts, got.restarts)
		})
	}
}

// part gives the content from an offset to another, of a length that is written after a slash.
func part(from, to int, length string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%s", from, to-1, length))
		w.WriteHeader(http.StatusPartialContent)
		fmt.Fprint(w, content[from:to])
	}
}

// unmeasured gives the beginning of the content, does not say how long it is, and ends as if
// that were all.
func unmeasured(length int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		connection, buffer, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer connection.Close()
		fmt.Fprintf(buffer, "HTTP/1.0 200 OK\r\nContent-Type: image/png\r\n\r\n%s", content[:length])
		_ = buffer.Flush()
	}
}

// TestDownloadThatEndsEarly: an answer that ends well before the file does is not the file.
func TestDownloadThatEndsEarly(t *testing.T) {
	atItsEnd := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes */15")
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
	}
	for name, tc := range map[string]struct {
		answers  []http.HandlerFunc
		size     int64
		want     int
		ranges   []string
		restarts int
	}{
		"a 206 that is short":             {[]http.HandlerFunc{torn, part(10, 15, "20"), whole}, 0, 20, []string{"", "bytes=10-", "bytes=15-"}, 0},
		"a 206 of a length not said":      {[]http.HandlerFunc{torn, part(10, 15, "*"), whole}, 0, 20, []string{"", "bytes=10-", "bytes=15-"}, 0},
		"a 206 of another file":           {[]http.HandlerFunc{torn, part(10, 15, "15"), whole}, 0, 20, []string{"", "bytes=10-", ""}, 1},
		"a 200 without a length":          {[]http.HandlerFunc{unmeasured(12), whole}, 20, 20, []string{"", "bytes=12-"}, 0},
		"one after the other":             {[]http.HandlerFunc{unmeasured(12), unmeasured(14), without}, 20, 20, []string{"", "bytes=12-", "bytes=14-"}, 2},
		"the whole, without a length":     {[]http.HandlerFunc{unmeasured(20)}, 20, 20, []string{""}, 0},
		"a size that is not known":        {[]http.HandlerFunc{unmeasured(20)}, 0, 20, []string{""}, 0},
		"a size that is wrong, by a 416":  {[]http.HandlerFunc{unmeasured(15), atItsEnd}, 20, 15, []string{"", "bytes=15-"}, 0},
		"a size that is wrong, by a 200":  {[]http.HandlerFunc{unmeasured(15), unmeasured(15)}, 20, 15, []string{"", "bytes=15-"}, 1},
		"a size that the answer corrects": {[]http.HandlerFunc{whole}, 25, 20, []string{""}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := hosting(t, tc.answers...)
			var got sink
			require.NoError(t, h.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: h.URL + "/a", Size: tc.size}, &got))
			require.Equal(t, content[:tc.want], got.String())
			require.Equal(t, tc.ranges, h.header("Range"))
			require.Equal(t, tc.restarts, got.restarts)
		})
	}
	t.Run("to the last", func(t *testing.T) {
		h := hosting(t, unmeasured(5), unmeasured(6), unmeasured(7), unmeasured(8))
		err := h.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: h.URL + "/a", Size: 20}, &sink{})
		require.ErrorContains(t, err, "ended before the file did")
		require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
	})
}

// TestDownloadTokenStaysAtSlack: other hosts get no token, neither first nor by a redirect.
func TestDownloadTokenStaysAtSlack(t *testing.T) {
	other := hostingAt(t, "127.0.0.2", whole)
	to := func(address string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, http.StatusFound) }
	}
	h := hosting(t, to(other.URL+"/signed"))
	var got sink
	require.NoError(t, h.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: h.URL + "/a"}, &got))
	require.Equal(t, content, got.String())
	require.Equal(t, []string{""}, other.header("Authorization"))

	for _, address := range []string{
		other.URL + "/a", "https://slack.com.evil.test/a", "https://evilslack.com/a", "http://files.slack.com/a",
		"https://files.slack.com:8443/a", "https://files.slack.com@evil.test/a", "", "::", "file:///etc/passwd",
	} {
		err := h.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: address}, &got)
		require.ErrorContains(t, err, "not at an address of Slack's", address)
		require.Equal(t, slackapi.Permanent, slackapi.KindOf(err))
	}
	require.Len(t, other.header("Authorization"), 1)

	circle := hosting(t, to("/again"))
	err := circle.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: circle.URL + "/a"}, &sink{})
	require.ErrorContains(t, err, "leads in a circle")
}

// TestDownloadFromSlackItself: files.slack.com gets the token, by https.
func TestDownloadFromSlackItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		cfg := config(t)
		cfg.HTTPClient = &http.Client{Transport: inMemory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.Host+" "+r.Header.Get("Authorization"))
			whole(w, r)
		})}}
		for _, address := range []string{"https://files.slack.com/files-pri/a", "https://acme.slack.com/a", "https://files.slack-gov.com/a"} {
			require.NoError(t, slackapi.New(cfg).Download(t.Context(), slackapi.DownloadRequest{Address: address}, &sink{}))
		}
		bearer := " Bearer " + botToken
		require.Equal(t, []string{"files.slack.com" + bearer, "acme.slack.com" + bearer, "files.slack-gov.com" + bearer}, asked)
	})
}

// TestDownloadIsNoPage: Slack's page for signing in is not taken for the file, and a file
// that is a page is one.
func TestDownloadIsNoPage(t *testing.T) {
	moved := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			page(w, r)
			return
		}
		http.Redirect(w, r, "/?redir=/a", http.StatusFound)
	}
	size := int64(len("<html>Sign in</html>"))
	for name, tc := range map[string]struct {
		answer  http.HandlerFunc
		request slackapi.DownloadRequest
		refused bool
	}{
		"a page":                         {page, slackapi.DownloadRequest{}, true},
		"a page after a redirect":        {moved, slackapi.DownloadRequest{}, true},
		"in the place of another page":   {page, slackapi.DownloadRequest{Page: true, Size: size + 1}, true},
		"a redirect in place of a page":  {moved, slackapi.DownloadRequest{Page: true, Size: size}, true},
		"a file that is a page":          {page, slackapi.DownloadRequest{Page: true, Size: size}, false},
		"a page, and the size is no use": {page, slackapi.DownloadRequest{Size: size}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := hosting(t, tc.answer)
			tc.request.Address = h.URL + "/a"
			var got sink
			err := h.client(t).Download(t.Context(), tc.request, &got)
			require.Equal(t, tc.refused, slackapi.HasCode(err, slackapi.CodeFileForbidden), "%v", err)
			require.Equal(t, tc.refused, got.Len() == 0)
		})
	}
}

func TestDownloadThatFails(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   slackapi.Kind
		code   string
		asked  int
	}{
		"404": {raw(http.StatusNotFound, "text/plain", "no"), slackapi.Permanent, slackapi.CodeFileGone, 1},
		"410": {raw(http.StatusGone, "text/html", "no"), slackapi.Permanent, slackapi.CodeFileGone, 1},
		"403": {raw(http.StatusForbidden, "text/plain", "no"), slackapi.Permanent, slackapi.CodeFileForbidden, 1},
		"400": {raw(http.StatusBadRequest, "text/plain", "no"), slackapi.Permanent, "", 1},
		"429": {slowDown("3"), slackapi.RateLimited, "ratelimited", 1},
		"502": {serverError, slackapi.Temporary, "", 4},
		"cut": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, slackapi.Temporary, "", 4},
	} {
		t.Run(name, func(t *testing.T) {
			h := hosting(t, tc.answer)
			err := h.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: h.URL + "/a"}, &sink{})
			require.Equal(t, tc.kind, slackapi.KindOf(err), "%v", err)
			require.True(t, slackapi.HasCode(err, tc.code), "%v", err)
			require.Len(t, h.header("Range"), tc.asked)
		})
	}
}

// TestDownloadOfASinkThatIsFull: what the sink says is no fault of Slack's.
func TestDownloadOfASinkThatIsFull(t *testing.T) {
	h, full := hosting(t, whole), errors.New("the disk is full")
	err := h.client(t).Download(t.Context(), slackapi.DownloadRequest{Address: h.URL + "/a"}, &sink{full: full})
	require.Equal(t, full, err)
	require.Len(t, h.header("Range"), 1)
}

// TestDownloadThatStalls: silence ends an attempt, a slow download goes on.
func TestDownloadThatStalls(t *testing.T) {
	inBubbleOf := func(body func(*io.PipeWriter)) error {
		var err error
		synctest.Test(t, func(t *testing.T) {
			cfg := config(t)
			cfg.HTTPClient = &http.Client{Transport: piped(body)}
			err = slackapi.New(cfg).Download(t.Context(), slackapi.DownloadRequest{Address: "https://files.slack.com/a"}, &sink{})
		})
		return err
	}
	require.NoError(t, inBubbleOf(func(w *io.PipeWriter) {
		for range 10 {
			time.Sleep(20 * time.Second)
			_, _ = io.WriteString(w, "more")
		}
		_ = w.Close()
	}))
	err := inBubbleOf(func(*io.PipeWriter) {})
	require.ErrorContains(t, err, "files.slack.com sent nothing for 30s")
	require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
}

// piped answers with a body that is written while it is read.
type piped func(*io.PipeWriter)

func (p piped) RoundTrip(r *http.Request) (*http.Response, error) {
	read, write := io.Pipe()
	go func() {
		<-r.Context().Done()
		_ = write.CloseWithError(r.Context().Err())
	}()
	go p(write)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: read, ContentLength: -1, Request: r}, nil
}

func TestEmulatorDownload(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	said, err := w.control.Post(ctx, control.PostRequest{User: "ann", Channel: random, Files: []control.FileContent{
		{Name: "a.txt", Content: []byte(content)}, {Name: "thin.txt", Content: []byte(content), Thin: true},
	}})
	require.NoError(t, err)
	address, _ := said.Files[0]["url_private"].(string)
	for _, file := range said.Files {
		info, err := w.api.FileInfo(ctx, file["id"].(string))
		require.NoError(t, err)
		require.EqualValues(t, len(content), info.Size)
		require.NotEmpty(t, info.Shares.Public[random])
		require.NoError(t, w.control.FailCalls(ctx, web.Fault{Method: web.DownloadCall, Truncate: true}))
		var got sink
		require.NoError(t, w.api.Download(ctx, slackapi.DownloadRequest{Address: info.URLPrivateDownload}, &got))
		require.Equal(t, content, got.String())
	}
	_, err = w.control.ChangeApp(ctx, control.AppRequest{RemoveScopes: []string{"files:read"}})
	require.NoError(t, err)
	err = w.api.Download(ctx, slackapi.DownloadRequest{Address: address}, &sink{})
	require.True(t, slackapi.HasCode(err, slackapi.CodeFileForbidden), "%v", err)
	_, err = w.api.FileInfo(ctx, said.Files[0]["id"].(string))
	require.Equal(t, slackapi.MissingScope, slackapi.KindOf(err))
	_, err = w.api.FileInfo(ctx, "F0NOWHERE")
	require.Error(t, err)
}

package matrixmedia_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/matrixmedia"
	"ops-jrz1/bridge/internal/secret"
)

const token = "as-token-of-a-test"

var cat = id.ContentURI{Homeserver: "hs.test", FileID: "cat"}

// homeserver answers downloads by its script, the last answer without end.
type homeserver struct {
	url    string
	mu     sync.Mutex
	seen   []*http.Request
	script []http.HandlerFunc
}

func newHomeserver(t *testing.T, script ...http.HandlerFunc) *homeserver {
	t.Helper()
	h := &homeserver{script: script}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *homeserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.seen = append(h.seen, r)
	answer := h.script[0]
	if len(h.script) > 1 {
		h.script = h.script[1:]
	}
	h.mu.Unlock()
	answer(w, r)
}

func (h *homeserver) requests() []*http.Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen
}

func (h *homeserver) repository(t *testing.T) *matrixmedia.Repository {
	t.Helper()
	address, err := url.Parse(h.url)
	require.NoError(t, err)
	return matrixmedia.New(matrixmedia.Config{
		Homeserver: address, Token: secret.New(token), Start: 5 * time.Second, Stall: 200 * time.Millisecond, Pause: time.Millisecond,
	})
}

// whole answers as a repository that knows ranges.
func whole(content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// cut answers with the beginning of a content and breaks off.
func cut(content []byte, after int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write(content[:after])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func refuse(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"errcode":%q,"error":"no"}`, code)
	}
}

func random(size int) []byte {
	content := make([]byte, size)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(content)
	return content
}

func read(t *testing.T, r *matrixmedia.Repository, encrypted *attachment.EncryptedFile) ([]byte, error) {
	t.Helper()
	d, err := r.Open(t.Context(), cat, encrypted)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return io.ReadAll(d)
}

func TestDownload(t *testing.T) {
	content := random(100_000)
	h := newHomeserver(t, whole(content))
	d, err := h.repository(t).Open(t.Context(), cat, nil)
	require.NoError(t, err)
	require.EqualValues(t, len(content), d.Size)
	got, err := io.ReadAll(d)
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.NoError(t, d.Close())
	_, err = d.Read(make([]byte, 1))
	require.Error(t, err)

	seen := h.requests()[0]
	require.Equal(t, "/_matrix/client/v1/media/download/hs.test/cat", seen.URL.Path)
	require.Equal(t, "Bearer "+token, seen.Header.Get("Authorization"))
	require.Empty(t, seen.URL.RawQuery)
}

// What breaks off goes on where it broke, if the homeserver can do that.
func TestDownloadThatBreaksOff(t *testing.T) {
	content := random(100_000)
	for name, tc := range map[string]struct {
		script []http.HandlerFunc
		text   string
		ranges []string
	}{
		"it goes on": {
			script: []http.HandlerFunc{cut(content, 40_000), whole(content)}, ranges: []string{"", "bytes=40000-"},
		},
		"after a pause": {
			script: []http.HandlerFunc{cut(content, 40_000), refuse(http.StatusBadGateway, "M_UNKNOWN"), whole(content)},
			ranges: []string{"", "bytes=40000-", "bytes=40000-"},
		},
		"the homeserver knows no ranges": {
			script: []http.HandlerFunc{cut(content, 40_000), func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }},
			text:   "gives it from its beginning only", ranges: []string{"", "bytes=40000-"},
		},
		"another part comes": {
			script: []http.HandlerFunc{cut(content, 40_000), func(w http.ResponseWriter, r *http.Request) {
				r.Header.Set("Range", "bytes=30000-")
				whole(content)(w, r)
			}},
			text: "from its beginning only", ranges: []string{"", "bytes=40000-"},
		},
		"another file comes": {
			script: []http.HandlerFunc{cut(content, 40_000), whole(content[:50_000])},
			text:   "its rest has another size", ranges: []string{"", "bytes=40000-"},
		},
		"it is gone meanwhile": {
			script: []http.HandlerFunc{cut(content, 40_000), refuse(http.StatusNotFound, "M_NOT_FOUND")},
			text:   "it is not on the homeserver", ranges: []string{"", "bytes=40000-"},
		},
		"nothing more comes": {
			script: []http.HandlerFunc{cut(content, 40_000), refuse(http.StatusServiceUnavailable, "M_UNKNOWN")},
			text:   "HTTP 503", ranges: []string{"", "bytes=40000-", "bytes=40000-", "bytes=40000-", "bytes=40000-"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHomeserver(t, tc.script...)
			got, err := read(t, h.repository(t), nil)
			var ranges []string
			for _, r := range h.requests() {
				if len(ranges) == 0 {
					ranges = append(ranges, "")
					continue
				}
				ranges = append(ranges, r.Header.Get("Range"))
			}
			require.Len(t, ranges, len(tc.ranges))
			if tc.text != "" {
				require.ErrorContains(t, err, tc.text)
				require.NotZero(t, matrixmedia.KindOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, content, got)
			require.Equal(t, tc.ranges, ranges)
		})
	}
}

// A file that never gets on must not be asked for without end, one that gets on slowly is.
func TestDownloadThatBreaksOffAgainAndAgain(t *testing.T) {
	content := random(10_000)
	piecemeal := func(w http.ResponseWriter, r *http.Request) {
		from := 0
		if asked := r.Header.Get("Range"); asked != "" {
			_, _ = fmt.Sscanf(asked, "bytes=%d-", &from)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
			w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
			w.WriteHeader(http.StatusPartialContent)
		} else {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		}
		_, _ = w.Write(content[from:min(from+1000, len(content))])
		_ = http.NewResponseController(w).Flush()
		if from+1000 < len(content) {
			panic(http.ErrAbortHandler)
		}
	}
	h := newHomeserver(t, piecemeal)
	got, err := read(t, h.repository(t), nil)
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.Len(t, h.requests(), 10)
}

func TestDownloadThatStalls(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	h := newHomeserver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "a")
		_ = http.NewResponseController(w).Flush()
		<-hold
	}, refuse(http.StatusNotFound, "M_NOT_FOUND"))
	_, err := read(t, h.repository(t), nil)
	require.Equal(t, matrixmedia.Vanished, matrixmedia.KindOf(err), "it was asked for again: %v", err)

	address, err := url.Parse(newHomeserver(t, func(http.ResponseWriter, *http.Request) { <-hold }).url)
	require.NoError(t, err)
	impatient := matrixmedia.New(matrixmedia.Config{Homeserver: address, Start: 20 * time.Millisecond})
	_, err = read(t, impatient, nil)
	require.Equal(t, matrixmedia.Broken, matrixmedia.KindOf(err))
	require.ErrorContains(t, err, "nothing came of it for too long")
}

func TestDownloadEndsWithItsContext(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	h := newHomeserver(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-hold
	})
	ctx, cancel := context.WithCancel(t.Context())
	d, err := h.repository(t).Open(ctx, cat, nil)
	require.NoError(t, err)
	require.EqualValues(t, -1, d.Size)
	cancel()
	_, err = d.Read(make([]byte, 1))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, matrixmedia.KindOf(err))
	_, err = h.repository(t).Open(ctx, cat, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// The token is the homeserver's. Where that keeps its files is another host.
func TestTheTokenStaysWithTheHomeserver(t *testing.T) {
	content := random(1000)
	home := newHomeserver(t)
	store := newHomeserver(t)
	home.script = []http.HandlerFunc{
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, store.url+"/bucket", http.StatusTemporaryRedirect)
		},
		whole(content),
	}
	store.script = []http.HandlerFunc{
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, home.url+"/back", http.StatusTemporaryRedirect)
		},
	}
	got, err := read(t, home.repository(t), nil)
	require.NoError(t, err)
	require.Equal(t, content, got)
	tokens := func(h *homeserver) (out []string) {
		for _, r := range h.requests() {
			require.Empty(t, r.Header.Get("Referer"))
			out = append(out, r.Header.Get("Authorization"))
		}
		return out
	}
	require.Equal(t, []string{"Bearer " + token, "Bearer " + token, ""}, tokens(home), "not for an address of another's choice")
	require.Equal(t, []string{""}, tokens(store))

	home.script = []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	}}
	_, err = read(t, home.repository(t), nil)
	require.ErrorContains(t, err, "redirects without end")
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   matrixmedia.Kind
		goes   bool
	}{
		"not there":              {refuse(http.StatusNotFound, "M_NOT_FOUND"), matrixmedia.Vanished, false},
		"no such endpoint":       {refuse(http.StatusNotFound, "M_UNRECOGNIZED"), matrixmedia.Broken, true},
		"a page of a proxy":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, matrixmedia.Broken, true},
		"not for the bridge":     {refuse(http.StatusForbidden, "M_FORBIDDEN"), matrixmedia.Forbidden, false},
		"a token not yet known":  {refuse(http.StatusUnauthorized, "M_UNKNOWN_TOKEN"), matrixmedia.Broken, true},
		"too many requests":      {refuse(http.StatusTooManyRequests, "M_LIMIT_EXCEEDED"), matrixmedia.Broken, true},
		"too large":              {refuse(http.StatusRequestEntityTooLarge, "M_TOO_LARGE"), matrixmedia.TooLarge, false},
		"too large elsewhere":    {refuse(http.StatusBadGateway, "M_TOO_LARGE"), matrixmedia.TooLarge, false},
		"the other server fails": {refuse(http.StatusBadGateway, "M_UNKNOWN"), matrixmedia.Absent, true},
		"not uploaded yet":       {refuse(http.StatusGatewayTimeout, "M_NOT_YET_UPLOADED"), matrixmedia.Absent, true},
		"it fails":               {refuse(http.StatusInternalServerError, "M_UNKNOWN"), matrixmedia.Broken, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHomeserver(t, tc.answer)
			_, err := read(t, h.repository(t), nil)
			require.Equal(t, tc.kind, matrixmedia.KindOf(err), "%v", err)
			require.Equal(t, tc.goes, matrixmedia.Goes(err))
			require.NotContains(t, err.Error(), token)
			require.Len(t, h.requests(), 1)
		})
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	h := newHomeserver(t, whole(nil))
	for _, uri := range []id.ContentURI{{}, {Homeserver: "hs.test"}, {FileID: "cat"}, {Homeserver: "..", FileID: "cat"}, {Homeserver: "hs.test", FileID: ".."}, {Homeserver: "hs.test", FileID: "a/../../b"}, {Homeserver: "hs.test/..", FileID: "cat"}, {Homeserver: "hs.test", FileID: "cat?x"}} {
		_, err := h.repository(t).Open(t.Context(), uri, nil)
		require.Equal(t, matrixmedia.Vanished, matrixmedia.KindOf(err), "%v", uri)
	}
	require.Empty(t, h.requests())
	for _, server := range []string{"hs.test:8448", "[::1]:8448", "127.0.0.1", "localhost"} {
		d, err := h.repository(t).Open(t.Context(), id.ContentURI{Homeserver: server, FileID: "Aa0_-"}, nil)
		require.NoError(t, err, server)
		require.NoError(t, d.Close())
	}
}

func TestMeasure(t *testing.T) {
	content := random(100_000)
	h := newHomeserver(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		_, _ = w.Write(content)
	})
	size, err := h.repository(t).Measure(t.Context(), cat, 1<<20)
	require.NoError(t, err)
	require.EqualValues(t, len(content), size)
	size, err = h.repository(t).Measure(t.Context(), cat, 10)
	require.NoError(t, err)
	require.EqualValues(t, 11, size, "more than that need not be known")
}

func TestEncryptedFile(t *testing.T) {
	for _, size := range []int{0, 1, 1000, 32 << 10, 64<<10 + 1, 300_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			content := random(size)
			file := attachment.NewEncryptedFile()
			sealed := bytes.Clone(content)
			file.EncryptInPlace(sealed)
			for name, script := range map[string][]http.HandlerFunc{
				"whole": {whole(sealed)}, "broken off": {cut(sealed, size/2), whole(sealed)},
			} {
				if size < 2 && name != "whole" {
					continue
				}
				got, err := read(t, newHomeserver(t, script...).repository(t), received(file))
				require.NoError(t, err, name)
				require.Equal(t, string(content), string(got), name)
			}
		})
	}
}

// received is an attachment's description as an event brings it.
func received(file *attachment.EncryptedFile) *attachment.EncryptedFile {
	return &attachment.EncryptedFile{Key: file.Key, InitVector: file.InitVector, Hashes: file.Hashes, Version: file.Version}
}

// Who takes a file's size for its end must not get one that was changed on its way.
func TestEncryptedFileThatWasChanged(t *testing.T) {
	content := random(100_000)
	file := attachment.NewEncryptedFile()
	sealed := bytes.Clone(content)
	file.EncryptInPlace(sealed)
	for _, at := range []int{0, 50_000, len(sealed) - 1} {
		changed := bytes.Clone(sealed)
		changed[at] ^= 1
		got, err := read(t, newHomeserver(t, whole(changed)).repository(t), received(file))
		require.Equal(t, matrixmedia.Damaged, matrixmedia.KindOf(err), "%v", err)
		require.Less(t, len(got), len(content))
	}
	got, err := read(t, newHomeserver(t, cut(sealed, 40_000), refuse(http.StatusNotFound, "M_NOT_FOUND")).repository(t), received(file))
	require.Equal(t, matrixmedia.Vanished, matrixmedia.KindOf(err))
	require.Less(t, len(got), 40_000)

	for name, change := range map[string]func(*attachment.EncryptedFile){
		"another version":  func(f *attachment.EncryptedFile) { f.Version = "v9" },
		"another cipher":   func(f *attachment.EncryptedFile) { f.Key.Algorithm = "ROT13" },
		"a key that is no": func(f *attachment.EncryptedFile) { f.Key.Key = "short" },
		"no hash":          func(f *attachment.EncryptedFile) { f.Hashes.SHA256 = "" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHomeserver(t, whole(sealed))
			other := received(file)
			change(other)
			_, err := read(t, h.repository(t), other)
			require.Equal(t, matrixmedia.Damaged, matrixmedia.KindOf(err))
			require.Empty(t, h.requests(), "nothing is loaded that cannot be read")
			require.True(t, strings.HasPrefix(err.Error(), "it cannot be decrypted"))
		})
	}
}

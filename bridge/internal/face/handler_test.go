package face

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

// world is a homeserver with pictures, and what the bridge has posted under.
type world struct {
	*Handler
	t        *testing.T
	pictures map[id.ContentURI][]byte
	posted   map[id.ContentURI]bool
	asked    atomic.Int32
	// fails is what is answered instead, release is waited for.
	fails   error
	release chan struct{}
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, pictures: map[id.ContentURI][]byte{ada: encoded(t, "png", Side)}, posted: map[id.ContentURI]bool{ada: true}}
	w.Handler = NewHandler(Config{
		Links:  links,
		Posted: func(_ context.Context, of id.ContentURI) (bool, error) { return w.posted[of], nil },
		Thumbnail: func(ctx context.Context, of id.ContentURI) (io.ReadCloser, error) {
			w.asked.Add(1)
			if w.release != nil {
				select {
				case <-w.release:
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			if w.fails != nil {
				return nil, w.fails
			}
			if picture, here := w.pictures[of]; here {
				return io.NopCloser(bytes.NewReader(picture)), nil
			}
			return nil, ErrNone
		},
	})
	return w
}

func (w *world) get(of id.ContentURI, headers ...string) *httptest.ResponseRecorder {
	return w.do(w.t.Context(), http.MethodGet, links.To(of), headers...)
}

func (w *world) do(ctx context.Context, method, link string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, link, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	require.Equal(w.t, "nosniff", answer.Header().Get("X-Content-Type-Options"))
	require.Equal(w.t, "default-src 'none'; sandbox", answer.Header().Get("Content-Security-Policy"))
	return answer
}

// encoded is a square picture.
func encoded(t *testing.T, kind string, side int) []byte {
	t.Helper()
	var to bytes.Buffer
	square := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black})
	var err error
	switch kind {
	case "png":
		err = png.Encode(&to, square)
	case "jpeg":
		err = jpeg.Encode(&to, square, nil)
	case "gif":
		err = gif.Encode(&to, square, nil)
	}
	require.NoError(t, err)
	return to.Bytes()
}

// The smallest WebP of each kind, of 1 × 1 pixel; and an extended one of 96 × 80.
func webp(t *testing.T, kind string) []byte {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString(map[string]string{
		"lossy":    "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
		"lossless": "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
		"extended": "UklGRhYAAABXRUJQVlA4WAoAAAAQAAAAXwAATwAA",
	}[kind])
	require.NoError(t, err)
	return content
}

func TestAPictureIsShown(t *testing.T) {
	w := newWorld(t)
	answer := w.get(ada)
	require.Equal(t, http.StatusOK, answer.Code)
	require.Equal(t, "image/png", answer.Header().Get("Content-Type"))
	require.Equal(t, w.pictures[ada], answer.Body.Bytes())
	require.Contains(t, answer.Header().Get("Cache-Control"), "immutable")
	require.Equal(t, fmt.Sprint(len(w.pictures[ada])), answer.Header().Get("Content-Length"))

	require.Equal(t, http.StatusOK, w.get(ada).Code)
	require.Equal(t, int32(1), w.asked.Load(), "from the cache")
	head := w.do(t.Context(), http.MethodHead, links.To(ada))
	require.Equal(t, http.StatusOK, head.Code)
	require.Empty(t, head.Body.Bytes())
	again := w.get(ada, "If-None-Match", answer.Header().Get("ETag"))
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.Bytes())
}

func TestTheCheck(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, http.StatusNoContent, w.do(t.Context(), http.MethodGet, links.CheckPath()).Code)
	require.Equal(t, http.StatusNotFound, w.do(t.Context(), http.MethodGet, links.CheckPath()+"x").Code)
}

// TestNothingElseIsShown: what has no link of this bridge's, and what is not the picture of
// a person who posted.
func TestNothingElseIsShown(t *testing.T) {
	w := newWorld(t)
	stranger := id.ContentURI{Homeserver: "engines.test", FileID: "stranger"}
	w.pictures[stranger] = encoded(t, "png", Side)
	require.Equal(t, http.StatusNotFound, w.get(stranger).Code, "who never posted")
	require.Zero(t, w.asked.Load())

	gone := id.ContentURI{Homeserver: "engines.test", FileID: "gone"}
	w.posted[gone] = true
	require.Equal(t, http.StatusNotFound, w.get(gone).Code, "deleted on the homeserver")

	link := links.To(ada)
	for name, path := range map[string]string{"no signature": link[:len(link)-22], "a wrong one": link[:len(link)-1] + "_", "another path": Path} {
		answer := w.do(t.Context(), http.MethodGet, path)
		require.Equal(t, http.StatusNotFound, answer.Code, name)
		require.JSONEq(t, `{"errcode":"M_NOT_FOUND","error":"there is no such picture"}`, answer.Body.String())
		require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		require.Equal(t, http.StatusMethodNotAllowed, w.do(t.Context(), method, link).Code, method)
	}
}

// TestKinds: only small pictures of kinds that are nothing else are shown, whatever the
// homeserver calls them.
func TestKinds(t *testing.T) {
	padded := append(encoded(t, "png", Side), make([]byte, maxBytes)...)
	for name, tc := range map[string]struct {
		content []byte
		shown   string
	}{
		"PNG":                   {encoded(t, "png", Side), "image/png"},
		"JPEG":                  {encoded(t, "jpeg", Side), "image/jpeg"},
		"WebP, lossy":           {webp(t, "lossy"), "image/webp"},
		"WebP, lossless":        {webp(t, "lossless"), "image/webp"},
		"WebP, extended":        {webp(t, "extended"), "image/webp"},
		"the next size":         {encoded(t, "png", maxSide), "image/png"},
		"the largest":           {padded[:maxBytes], "image/png"},
		"too many bytes":        {padded[:maxBytes+1], ""},
		"an original":           {encoded(t, "jpeg", maxSide+1), ""},
		"GIF":                   {encoded(t, "gif", Side), ""},
		"SVG":                   {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><script>alert(1)</script></svg>`), ""},
		"SVG with a prologue":   {[]byte("<?xml version=\"1.0\"?>\n<svg/>"), ""},
		"HTML":                  {[]byte("<!DOCTYPE html><p>Sign in</p>"), ""},
		"nothing":               {nil, ""},
		"the beginning of PNG":  {encoded(t, "png", Side)[:12], ""},
		"the beginning of WebP": {webp(t, "lossy")[:20], ""},
		"WebP of another kind":  {bytes.Replace(webp(t, "lossy"), []byte("VP8 "), []byte("VP9 "), 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pictures[ada] = tc.content
			answer := w.get(ada)
			if tc.shown == "" {
				require.Equal(t, http.StatusNotFound, answer.Code)
				require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
				return
			}
			require.Equal(t, http.StatusOK, answer.Code)
			require.Equal(t, tc.shown, answer.Header().Get("Content-Type"))
			require.Equal(t, tc.content, answer.Body.Bytes())
		})
	}
	for kind, want := range map[string][2]int{"lossy": {1, 1}, "lossless": {1, 1}, "extended": {96, 80}} {
		width, height, err := webpSize(webp(t, kind))
		require.NoError(t, err)
		require.Equal(t, want, [2]int{width, height}, kind)
	}
}

// TestAHomeserverThatFails is asked again, and not believed to have no picture.
func TestAHomeserverThatFails(t *testing.T) {
	w := newWorld(t)
	w.fails = errors.New("502")
	answer := w.get(ada)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.NotEmpty(t, answer.Header().Get("Retry-After"))
	w.fails = nil
	require.Equal(t, http.StatusOK, w.get(ada).Code)

	_, err := readPicture(io.MultiReader(bytes.NewReader(encoded(t, "png", Side)), iotest.ErrReader(errors.New("cut"))))
	require.ErrorContains(t, err, "cut")
	require.NotErrorIs(t, err, ErrNone)
}

func TestADatabaseThatFails(t *testing.T) {
	w := newWorld(t)
	w.Handler.Posted = func(context.Context, id.ContentURI) (bool, error) { return false, errors.New("gone") }
	require.Equal(t, http.StatusServiceUnavailable, w.get(ada).Code)
	require.Zero(t, w.asked.Load())
}

// TestAPictureThatIsErased is not shown any more, though it is in the cache.
func TestAPictureThatIsErased(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, http.StatusOK, w.get(ada).Code)
	delete(w.posted, ada)
	require.Equal(t, http.StatusNotFound, w.get(ada).Code)
	w.posted[ada] = true
	require.Equal(t, http.StatusOK, w.get(ada).Code, "another person posted with it")
}

// TestHowOftenTheHomeserverIsAsked: a client that asks for many pictures is refused after a
// burst, and those that are in the cache are shown all the same.
func TestHowOftenTheHomeserverIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		require.Equal(t, http.StatusOK, w.get(ada).Code)
		refused := 0
		for n := range 2 * askBurst {
			of := id.ContentURI{Homeserver: "engines.test", FileID: fmt.Sprint("p", n)}
			w.posted[of], w.pictures[of] = true, encoded(t, "png", 1)
			if answer := w.get(of); answer.Code == http.StatusTooManyRequests {
				require.Equal(t, "1", answer.Header().Get("Retry-After"))
				refused++
			}
		}
		require.Equal(t, askBurst+1, refused)
		require.Equal(t, http.StatusOK, w.get(ada).Code)
		time.Sleep(time.Second)
		require.Equal(t, http.StatusOK, w.get(id.ContentURI{Homeserver: "engines.test", FileID: fmt.Sprint("p", 2*askBurst-1)}).Code)
	})
}

// TestWhatIsNotThereIsNotAskedForAgain: for a while.
func TestWhatIsNotThereIsNotAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		delete(w.pictures, ada)
		for range 3 {
			require.Equal(t, http.StatusNotFound, w.get(ada).Code)
		}
		require.Equal(t, int32(1), w.asked.Load())
		time.Sleep(noneFor)
		w.pictures[ada] = encoded(t, "png", Side)
		require.Equal(t, http.StatusOK, w.get(ada).Code)
		time.Sleep(100 * noneFor)
		require.Equal(t, http.StatusOK, w.get(ada).Code)
		require.Equal(t, int32(2), w.asked.Load(), "a picture does not change")
	})
}

// TestManyAskAtOnce: the homeserver is asked once, and one of them who leaves takes the
// picture away from no other.
func TestManyAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.release = make(chan struct{})
		first, leave := context.WithCancel(t.Context())
		codes := make(chan int, 11)
		go func() { codes <- w.do(first, http.MethodGet, links.To(ada)).Code }()
		synctest.Wait()
		for range 10 {
			go func() { codes <- w.get(ada).Code }()
		}
		synctest.Wait()
		require.Equal(t, int32(1), w.asked.Load())
		leave()
		require.Equal(t, http.StatusServiceUnavailable, <-codes, "of interest to no one")
		synctest.Wait()
		require.Equal(t, int32(2), w.asked.Load())
		close(w.release)
		for range 10 {
			require.Equal(t, http.StatusOK, <-codes)
		}
		require.Equal(t, int32(2), w.asked.Load())
	})
}

// TestAHomeserverThatHangs is not waited for without end.
func TestAHomeserverThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.release = make(chan struct{})
		begun := time.Now()
		require.Equal(t, http.StatusServiceUnavailable, w.get(ada).Code)
		require.Equal(t, askFor, time.Since(begun))
	})
}

// TestTheCacheIsBounded: what was not asked for goes first.
func TestTheCacheIsBounded(t *testing.T) {
	c := newCache(time.Now)
	fetched := 0
	get := func(name string) {
		_, err := c.get(t.Context(), id.ContentURI{Homeserver: "engines.test", FileID: name}, func(context.Context) (*picture, error) {
			fetched++
			return &picture{"image/png", make([]byte, maxBytes)}, nil
		})
		require.NoError(t, err)
	}
	const room = cacheBytes / (maxBytes + entryBytes)
	get("often")
	for n := range 2 * room {
		get(fmt.Sprint(n))
		get("often")
		require.LessOrEqual(t, c.bytes, cacheBytes)
	}
	require.Equal(t, 1+2*room, fetched)
	require.Len(t, c.places, room)
	require.Equal(t, room, c.recent.Len())
	get("0")
	require.Equal(t, 2+2*room, fetched, "it was dropped")
}

// TestAFetchThatPanics leaves no one waiting.
func TestAFetchThatPanics(t *testing.T) {
	c := newCache(time.Now)
	require.Panics(t, func() {
		_, _ = c.get(t.Context(), ada, func(context.Context) (*picture, error) { panic("a decoder") })
	})
	_, err := c.get(t.Context(), ada, func(context.Context) (*picture, error) { return nil, errTooMany })
	require.ErrorIs(t, err, errTooMany)
	require.Empty(t, c.places)
	require.Zero(t, c.bytes)
}

func TestLinksAreNotInTheLog(t *testing.T) {
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", links, links, links), "0123456789abcdef")
	require.False(t, strings.Contains(links.To(ada), "0123456789abcdef"))
}

package face

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix/id"
)

// How much the homeserver is asked for: pictures that are not in the cache. A busy
// workspace has a new one now and then; who tries links must not load the homeserver.
const (
	askEvery = 200 * time.Millisecond
	askBurst = 30
	// askFor is how long it may take to answer. Slack does not wait much longer.
	askFor = 10 * time.Second
)

// Config is what a Handler needs. All but Log and Now are required.
type Config struct {
	Links Links
	// Posted says whether the bridge has posted under a picture.
	Posted func(context.Context, id.ContentURI) (bool, error)
	// Thumbnail asks the homeserver for a picture of Side × Side, cropped. Its error is
	// ErrNone if the homeserver does not have it.
	Thumbnail func(context.Context, id.ContentURI) (io.ReadCloser, error)
	Log       *zap.Logger
	// Now is the clock; default: time.Now.
	Now func() time.Time
}

// Handler serves links.
type Handler struct {
	Config
	cache *cache
	limit *limit
}

// NewHandler makes a handler. It answers what is below Path.
func NewHandler(cfg Config) *Handler {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Handler{cfg, newCache(cfg.Now), &limit{now: cfg.Now, every: askEvery, burst: askBurst}}
}

// errTooMany is why a picture is not fetched now.
var errTooMany = errors.New("the homeserver was asked for too many pictures")

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "M_UNRECOGNIZED", "pictures are read only")
		return
	}
	if h.Links.isCheck(r.URL.Path) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	of, ok := h.Links.read(r.URL.Path)
	if !ok {
		refuse(w, http.StatusNotFound, "M_NOT_FOUND", ErrNone.Error())
		return
	}
	found, err := h.find(r.Context(), of)
	switch {
	case err == nil:
		show(w, r, of, found)
	case errors.Is(err, ErrNone):
		refuse(w, http.StatusNotFound, "M_NOT_FOUND", ErrNone.Error())
	case errors.Is(err, errTooMany):
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, "M_LIMIT_EXCEEDED", errTooMany.Error())
	default:
		w.Header().Set("Retry-After", "10")
		refuse(w, http.StatusServiceUnavailable, "M_UNKNOWN", "the picture is not available now")
	}
}

// find returns a picture under which was posted: from the cache, or from the homeserver. Whose
// picture it is may have been erased since it was asked for first.
func (h *Handler) find(ctx context.Context, of id.ContentURI) (*picture, error) {
	posted, err := h.Posted(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("look up whether someone has posted with it: %w", err)
	}
	if !posted {
		return nil, fmt.Errorf("%w: no one has posted with it", ErrNone)
	}
	return h.cache.get(ctx, of, func(ctx context.Context) (*picture, error) { return h.fetch(ctx, of) })
}

// fetch asks the homeserver for a picture.
func (h *Handler) fetch(ctx context.Context, of id.ContentURI) (*picture, error) {
	if !h.limit.allow() {
		return nil, errTooMany
	}
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	found, err := h.ask(ctx, of)
	if err != nil && ctx.Err() == nil {
		h.Log.Info("A picture of a Matrix person is not shown in Slack", zap.Stringer("picture", of), zap.Error(err))
	}
	return found, err
}

func (h *Handler) ask(ctx context.Context, of id.ContentURI) (*picture, error) {
	body, err := h.Thumbnail(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("ask for the thumbnail: %w", err)
	}
	defer func() { _ = body.Close() }()
	return readPicture(body)
}

// protect says that an answer is only what it is said to be, wherever it is opened.
func protect(header http.Header) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// show serves a picture. Under one link it never changes.
func show(w http.ResponseWriter, r *http.Request, of id.ContentURI, shown *picture) {
	header := w.Header()
	header.Set("Content-Type", shown.contentType)
	header.Set("Content-Length", strconv.Itoa(len(shown.bytes)))
	header.Set("Content-Disposition", "inline")
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("ETag", strconv.Quote(of.FileID))
	if r.Header.Get("If-None-Match") == header.Get("ETag") {
		header.Del("Content-Length")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(shown.bytes)
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errcode": code, "error": message})
}

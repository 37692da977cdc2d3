// Package matrixmedia reads files of the homeserver's media repository as streams. It owns
// the token, which goes to the homeserver and nowhere else, going on after a break, the
// decryption of attachments, and what a refusal means. It must not hold a file in memory or
// on disk, nor know what it is for.
package matrixmedia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret"
)

const (
	// defaultStall is how long nothing may come of a file that has begun to come.
	defaultStall = time.Minute
	// defaultStart is how long a file may take to begin: of another server's the homeserver
	// has to get the whole first.
	defaultStart = 5 * time.Minute
	// defaultPause is waited before a file goes on that broke off, the double the next time.
	defaultPause = time.Second

	// maxBreaks in a row, with nothing coming in between, end a download.
	maxBreaks    = 4
	maxRedirects = 5
)

// Config is what a repository needs; only the address has no usable default.
type Config struct {
	// Homeserver is its address.
	Homeserver *url.URL
	// Token is the application service's. It goes to Homeserver only.
	Token secret.String
	// Transport makes the requests. Default: http.DefaultTransport.
	Transport http.RoundTripper
	// Start and Stall bound the waits for a file's beginning and for more of it, Pause is the
	// first wait before it goes on. The defaults are minutes and a second.
	Start, Stall, Pause time.Duration
}

// Repository reads files of one homeserver. It may be used by any number of goroutines.
type Repository struct {
	cfg    Config
	client *http.Client
}

// New returns a repository. It makes no request.
func New(cfg Config) *Repository {
	if cfg.Start <= 0 {
		cfg.Start = defaultStart
	}
	if cfg.Stall <= 0 {
		cfg.Stall = defaultStall
	}
	if cfg.Pause <= 0 {
		cfg.Pause = defaultPause
	}
	return &Repository{cfg: cfg, client: &http.Client{Transport: cfg.Transport, CheckRedirect: keepToken}}
}

// keepToken takes the token off what leaves the homeserver, however it comes back: a
// repository may redirect to where it keeps its files (Matrix specification, Client-Server
// API: GET /media/download).
func keepToken(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errors.New("the homeserver redirects without end")
	}
	for _, r := range append(via, req) {
		if r.URL.Scheme != via[0].URL.Scheme || r.URL.Host != via[0].URL.Host {
			req.Header.Del("Authorization")
		}
	}
	req.Header.Del("Referer")
	return nil
}

// Download is a file that is being read. Its size is known before its content.
type Download struct {
	// Size in bytes, -1 if the homeserver does not say it.
	Size int64

	content io.Reader
	stream  *stream
}

// Read implements io.Reader. Its errors are of type [*Error], but for io.EOF and the end of
// the context. Of an encrypted file that was changed the last bytes are not given.
func (d *Download) Read(p []byte) (int, error) { return d.content.Read(p) }

// Close ends the download.
func (d *Download) Close() error { return d.stream.Close() }

// Open begins to read a file, which is decrypted if encrypted is not nil; its own address is
// what counts then. The context governs the reading too.
func (r *Repository) Open(ctx context.Context, uri id.ContentURI, encrypted *attachment.EncryptedFile) (*Download, error) {
	address, err := r.address(uri)
	if err != nil {
		return nil, err
	}
	if encrypted != nil {
		if err := encrypted.PrepareForDecryption(); err != nil {
			return nil, &Error{Kind: Damaged, err: fmt.Errorf("its key cannot be used: %w", err)}
		}
	}
	s := &stream{repository: r, ctx: ctx, address: address}
	if err := s.open(); err != nil {
		return nil, err
	}
	d := &Download{Size: s.size, content: s, stream: s}
	if encrypted != nil {
		d.content = &verified{from: encrypted.DecryptStream(s)}
	}
	return d, nil
}

// Measure reads a file whose size is not said and returns its size. It gives up beyond most.
func (r *Repository) Measure(ctx context.Context, uri id.ContentURI, most int64) (int64, error) {
	d, err := r.Open(ctx, uri, nil)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	return io.Copy(io.Discard, io.LimitReader(d, most+1))
}

// opaque is what a media id and a server's name are made of (Matrix specification,
// "Content repository", "Server name").
var (
	opaqueID   = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)
	serverName = regexp.MustCompile(`^[0-9A-Za-z.:\[\]-]*[0-9A-Za-z\]][0-9A-Za-z.:\[\]-]*$`)
)

// address is where a file is downloaded.
func (r *Repository) address(uri id.ContentURI) (*url.URL, error) {
	if !opaqueID.MatchString(uri.FileID) || !serverName.MatchString(uri.Homeserver) {
		return nil, &Error{Kind: Vanished, err: errors.New("its address is not one of a file")}
	}
	return r.cfg.Homeserver.JoinPath("_matrix/client/v1/media/download", uri.Homeserver, uri.FileID), nil
}

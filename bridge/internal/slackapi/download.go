package slackapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"
)

// methodDownload names the download of a file in errors, logs and metrics.
const methodDownload = "file.download"

// Codes of errors of downloads, in the place of those that the Web API has.
const (
	// CodeFileGone says that there is no file at the address any more.
	CodeFileGone = "file_not_found"
	// CodeFileForbidden says that the app may not read the file: Slack shows its page for
	// signing in instead.
	CodeFileForbidden = "file_forbidden"
)

// Sink takes the content of a file.
type Sink interface {
	io.Writer
	// Size is how many bytes it holds.
	Size() int64
	// Restart empties it.
	Restart() error
}

// DownloadRequest says what is downloaded.
type DownloadRequest struct {
	// Address is a file's url_private_download, url_private or one of its thumbnails.
	Address string
	// Page says that the file itself is an HTML page of Size bytes, so that one is taken
	// for it. Otherwise a page is Slack's for signing in.
	Page bool
	// Size is how long the file is as Slack describes it, 0 if it does not. An answer that
	// says how long it is counts more.
	Size int64
}

const (
	// maxRedirects bounds how many redirects a download follows.
	maxRedirects = 5
	// enough is how much a broken attempt has to bring for the next not to count as
	// another failure.
	enough = 256 << 10
)

// Download writes a file of Slack's into a sink and is done when it is whole. A download
// that breaks off goes on where it ended if Slack answers a request for the rest with
// 206, and begins again if not. So does one that ends before the file does: where an answer
// does not say how long it is, two that end at the same place are whole. An error of the sink
// ends it and is returned as it is.
func (c *Client) Download(ctx context.Context, r DownloadRequest, into Sink) error {
	address, err := url.Parse(r.Address)
	if err != nil || !c.isSlacks(address) {
		return &Error{Method: methodDownload, kind: Permanent, what: "the file is not at an address of Slack's"}
	}
	length := fileLength{said: -1, ended: -1}
	for failures := 0; ; {
		before := into.Size()
		e := c.downloadOnce(ctx, r, address, into, &length)
		var ofSink *sinkError
		if e != nil && errors.As(e, &ofSink) {
			return ofSink.err
		}
		c.count(methodDownload, e)
		if e == nil {
			return nil
		}
		if into.Size()-before >= enough {
			failures = 0
		}
		if failures++; ctx.Err() != nil || failures >= maxAttempts || e.kind != Temporary {
			return e
		}
		c.log.Info("A download from Slack is repeated", zap.Int64("bytes", into.Size()), zap.Error(e))
		c.metrics.Repeated(methodDownload)
		if wait(ctx, c.backoff(failures)) != nil {
			return e
		}
	}
}

// downloadOnce gets what the sink lacks.
func (c *Client) downloadOnce(ctx context.Context, r DownloadRequest, address *url.URL, into Sink, length *fileLength) *Error {
	attempt, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(c.timeout, func() {
		cancel(&timeoutError{fmt.Sprintf("%s sent nothing for %s", address.Host, c.timeout)})
	})
	defer silence.Stop()
	resp, moved, err := c.get(attempt, address, into.Size())
	if err != nil {
		return c.downloadError(ctx, attempt, err)
	}
	defer resp.Body.Close()
	if e := judgeDownload(r, resp, moved); e != nil {
		return e
	}
	said := saidLength(resp)
	switch {
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && said == into.Size():
		return nil // there is no rest
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable,
		resp.StatusCode == http.StatusPartialContent && (!continues(resp, into.Size()) || length.differs(said)):
		*length = fileLength{said: -1, ended: -1}
		if err := into.Restart(); err != nil {
			return &Error{Method: methodDownload, cause: &sinkError{err}}
		}
		return &Error{Method: methodDownload, Status: resp.StatusCode, kind: Temporary, what: "Slack does not continue the download"}
	case resp.StatusCode == http.StatusPartialContent && said < 0:
	case resp.StatusCode == http.StatusPartialContent:
		length.said = said
	default:
		length.said = said
		if into.Size() > 0 {
			if err := into.Restart(); err != nil {
				return &Error{Method: methodDownload, cause: &sinkError{err}}
			}
		}
	}
	_, err = io.Copy(onlyWriter{into}, awake{resp.Body, silence, c.timeout})
	if err == nil && !length.reached(into.Size(), r.Size) {
		return &Error{Method: methodDownload, Status: resp.StatusCode, kind: Temporary, outcome: unknown, what: "the answer ended before the file did"}
	}
	return c.downloadError(ctx, attempt, err)
}

// fileLength is what is known of the length of a file that is downloaded.
type fileLength struct {
	// said is what the answers said, ended where the last ended that did not break off; -1
	// while that is not known.
	said, ended int64
}

// differs says whether an answer contradicts the others. -1 says nothing.
func (l *fileLength) differs(said int64) bool { return l.said >= 0 && said >= 0 && l.said != said }

// reached says whether a file is whole, of which an answer has ended at a length. described
// is how long it is as Slack describes it: that may be of another version of the file, so it
// is whole as well if two answers end there.
func (l *fileLength) reached(length, described int64) bool {
	before := l.ended
	l.ended = length
	if l.said >= 0 {
		return length >= l.said
	}
	return length >= described || length == before
}

// saidLength is how long the whole file is as an answer says, -1 if it does not (RFC 9110,
// Content-Range).
func saidLength(resp *http.Response) int64 {
	if resp.StatusCode == http.StatusOK {
		return resp.ContentLength
	}
	_, after, _ := strings.Cut(resp.Header.Get("Content-Range"), "/")
	said, err := strconv.ParseInt(after, 10, 64)
	if err != nil || said < 0 {
		return -1 // "*" too
	}
	return said
}

// get asks for a file from an offset on, and follows redirects by itself: the token goes
// to Slack's hosts alone. moved says that there was one.
func (c *Client) get(ctx context.Context, address *url.URL, offset int64) (resp *http.Response, moved bool, err error) {
	for range maxRedirects {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
		if err != nil {
			return nil, moved, err
		}
		req.Header.Set("User-Agent", userAgent)
		req.Header.Set("Accept-Encoding", "identity") // so that sizes and ranges are those of the file
		if offset > 0 {
			req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		}
		if c.isSlacks(address) {
			req.Header.Set("Authorization", "Bearer "+c.tokens.of(botToken).Reveal())
		}
		resp, err := c.http.Do(req)
		if err != nil {
			return nil, moved, err
		}
		if resp.StatusCode < 300 || resp.StatusCode >= 400 {
			return resp, moved, nil
		}
		resp.Body.Close()
		to, err := resp.Location()
		if err != nil || to.Scheme != address.Scheme {
			return nil, moved, errors.New("the file's address leads nowhere")
		}
		address, moved = to, true
	}
	return nil, moved, errors.New("the file's address leads in a circle")
}

// judgeDownload says what is wrong with an answer that does not have the file.
func judgeDownload(r DownloadRequest, resp *http.Response, moved bool) *Error {
	e := &Error{Method: methodDownload, Status: resp.StatusCode, kind: Permanent}
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests:
		e.Code, e.kind, e.After = "ratelimited", RateLimited, retryAfter(resp.Header)
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Code = CodeFileGone
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Code = CodeFileForbidden
	case status >= 500, status == http.StatusRequestTimeout:
		e.kind, e.what = Temporary, fmt.Sprintf("Slack answered HTTP %d", status)
	case status >= 400 && status != http.StatusRequestedRangeNotSatisfiable:
		e.what = fmt.Sprintf("Slack answered HTTP %d", status)
	case isPage(resp.Header) && (moved || !r.Page || resp.StatusCode == http.StatusOK && resp.ContentLength != r.Size):
		e.Code = CodeFileForbidden
	default:
		return nil
	}
	return e
}

func isPage(header http.Header) bool {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return media == "text/html" || media == "application/xhtml+xml"
}

// continues says whether a 206 has the bytes from an offset on.
func continues(resp *http.Response, offset int64) bool {
	return strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", offset))
}

// downloadError is the error of a download that broke off.
func (c *Client) downloadError(ctx, attempt context.Context, err error) *Error {
	var ofSink *sinkError
	var netErr net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ofSink):
		return &Error{Method: methodDownload, kind: Permanent, cause: ofSink}
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.As(context.Cause(attempt), &netErr):
		err = netErr
	default:
		err = c.networkError(ctx, ctx, err)
	}
	return &Error{Method: methodDownload, kind: Temporary, outcome: unknown, cause: err}
}

// isSlacks says whether an address is on a host that may see the token: one of Slack's
// (files.slack.com, as the file object has it), or that of network.slack_api_url. Without
// https that is on this machine, with files on whichever of its ports.
func (c *Client) isSlacks(address *url.URL) bool {
	if c.base != nil && address.Scheme == c.base.Scheme &&
		(address.Host == c.base.Host || address.Scheme == "http" && address.Hostname() == c.base.Hostname()) {
		return true
	}
	if address.Scheme != "https" || address.Port() != "" && address.Port() != "443" {
		return false
	}
	host := "." + strings.ToLower(address.Hostname())
	return strings.HasSuffix(host, ".slack.com") || strings.HasSuffix(host, ".slack-gov.com")
}

// sinkError is what the sink answered.
type sinkError struct{ err error }

func (s *sinkError) Error() string { return s.err.Error() }

// onlyWriter marks the errors of a sink, and hides what else it can do from io.Copy.
type onlyWriter struct{ sink Sink }

func (w onlyWriter) Write(p []byte) (int, error) {
	n, err := w.sink.Write(p)
	if err != nil {
		err = &sinkError{err}
	}
	return n, err
}

// awake puts off the end of an attempt whenever something came.
type awake struct {
	body  io.Reader
	timer *time.Timer
	wait  time.Duration
}

func (a awake) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	a.timer.Reset(a.wait)
	return n, err
}

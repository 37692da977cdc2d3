package slackapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// methodSend names the transfer of a file's content in errors and metrics. It is no method
// of the Web API and has no limit.
const methodSend = "file upload"

// maxUploadAnswer is more than Slack says to a file's content.
const maxUploadAnswer = 64 << 10

// ContentError is why the content of a file could not be read while it was sent.
type ContentError struct{ err error }

// Error implements error.
func (e *ContentError) Error() string { return "reading the file: " + e.err.Error() }

// Unwrap returns what the reader said.
func (e *ContentError) Unwrap() error { return e.err }

// SendFile sends a file's content, size bytes of it, to the address that [Client.BeginUpload]
// gave. It is streamed and not repeated; until the upload is completed it may be sent again
// from its beginning. Only a time without progress ends it, however large the file is. What
// content says when it cannot be read is a [*ContentError].
func (c *Client) SendFile(ctx context.Context, address string, content io.Reader, size int64) error {
	if !c.isUploadAddress(address) {
		return &Error{Method: methodSend, kind: Permanent, what: "the address is not one of Slack's for content"}
	}
	moving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	alive := newStallGuard(c.timeout, func() { stop(errStalled) })
	defer alive.end()
	body := &watchedContent{from: content, left: size, alive: alive, closed: make(chan struct{})}
	req, err := uploadCall(moving, address, body, size)
	if err != nil {
		return &Error{Method: methodSend, kind: Permanent, cause: c.uploadError(ctx, moving, err)}
	}
	resp, err := c.http.Do(req)
	e := c.judgeUpload(ctx, moving, resp, err)
	stop(nil)
	<-body.closed // now nothing reads content any more
	if failed := body.failed.Load(); failed != nil {
		return &ContentError{*failed} // what Slack makes of half a file is not news
	}
	c.count(methodSend, e)
	if e != nil {
		return e
	}
	return nil
}

// uploadCall is the request. The address says who may, so no token goes with it.
func uploadCall(ctx context.Context, address string, body io.ReadCloser, size int64) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("User-Agent", userAgent)
	return req, nil
}

// judgeUpload tells what became of the content. Slack's answer to it is not documented but
// for its status.
func (c *Client) judgeUpload(ctx, moving context.Context, resp *http.Response, err error) *Error {
	fail := func(kind Kind, what string, cause error) *Error {
		return &Error{Method: methodSend, kind: kind, outcome: notSent, Status: status(resp), what: what, cause: cause}
	}
	if err != nil {
		return fail(Temporary, "", c.uploadError(ctx, moving, err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxUploadAnswer))
	if err != nil {
		return fail(Temporary, "", c.uploadError(ctx, moving, err))
	}
	code := resp.StatusCode
	switch {
	case code == http.StatusTooManyRequests:
		e := fail(RateLimited, "", nil)
		e.Code, e.After = "ratelimited", c.scaled(retryAfter(resp.Header))
		return e
	case code >= 300 && code < 400, code >= 500, code == http.StatusRequestTimeout, code == http.StatusOK && isHTML(resp.Header, answer):
		return fail(Temporary, fmt.Sprintf("the content was not taken: HTTP %d", code), nil)
	case code != http.StatusOK:
		return fail(Permanent, fmt.Sprintf("the content was refused: HTTP %d", code), nil)
	}
	return nil
}

// errStalled ends a transfer that has come to a halt.
var errStalled = errors.New("the transfer has come to a halt")

// uploadError is networkError for a transfer, whose host need not be the API's.
func (c *Client) uploadError(ctx, moving context.Context, err error) error {
	if errors.Is(context.Cause(moving), errStalled) && ctx.Err() == nil {
		return &timeoutError{fmt.Sprintf("nothing of the file got to Slack for %s", c.timeout)}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err // the address is as good as a token
	}
	return &hidden{text: "sending the file: " + err.Error(), err: err}
}

// watchedContent is a request's body of a known length. It notes that something moves and
// why nothing more can be read.
type watchedContent struct {
	from   io.Reader
	left   int64
	alive  *stallGuard
	failed atomic.Pointer[error]
	once   sync.Once
	closed chan struct{}
}

// Close implements io.Closer; the transport calls it when it reads no more.
func (w *watchedContent) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

var errTooShort = errors.New("it ended before its size was reached")

// Read implements io.Reader.
func (w *watchedContent) Read(p []byte) (int, error) {
	w.alive.pause() // a slow source is for the source's reader to judge
	n, err := w.from.Read(p[:min(int64(len(p)), max(w.left, 1))])
	w.alive.resume()
	if w.left -= int64(n); w.left < 0 {
		n, err = 0, errors.New("it is longer than its size")
	}
	if err == io.EOF && w.left > 0 {
		err = errTooShort
	}
	if err != nil && err != io.EOF {
		w.failed.CompareAndSwap(nil, &err)
	}
	return n, err
}

// stallGuard calls a function when its time passes without a sign of life.
type stallGuard struct {
	timer *time.Timer
	after time.Duration
}

func newStallGuard(after time.Duration, then func()) *stallGuard {
	return &stallGuard{timer: time.AfterFunc(after, then), after: after}
}

func (g *stallGuard) pause()  { g.timer.Stop() }
func (g *stallGuard) resume() { g.timer.Reset(g.after) }
func (g *stallGuard) end()    { g.timer.Stop() }

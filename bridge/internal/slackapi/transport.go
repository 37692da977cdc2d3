package slackapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"ops-jrz1/bridge/internal/secret"
)

// maxAnswer bounds what is read of an answer: far above the largest page of
// history, far below what would hurt.
const maxAnswer = 64 << 20

// defaultRetryAfter is waited when Slack asks for fewer calls without saying for
// how long.
const defaultRetryAfter = 30 * time.Second

// userAgent tells Slack who calls.
const userAgent = "ops-jrz1-slack-bridge"

// parseBase reads the folder of the methods; it always ends in a slash.
func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("network.slack_api_url is not an http or https URL")
	}
	u.User, u.RawQuery, u.Fragment = nil, "", "" // of no use here, and better not shown
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

// httpClient copies what is given and makes it follow no redirects: the Web API
// has none, and one would carry the token elsewhere.
func httpClient(given *http.Client) *http.Client {
	var c http.Client
	if given != nil {
		c = *given
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		own := t.Clone()
		own.MaxIdleConnsPerHost = 16
		c.Transport = own
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// exchange makes one attempt of a call and returns the body of Slack's "ok".
func (c *Client) exchange(ctx context.Context, r request) (json.RawMessage, *Error) {
	fail := func(e Error) *Error {
		e.Method, e.app = r.method, r.app
		return &e
	}
	token := c.bot
	if r.app {
		token = c.app
	}
	switch {
	case c.baseErr != nil:
		return nil, fail(Error{kind: Permanent, cause: c.baseErr})
	case token.Empty():
		return nil, fail(Error{kind: Credentials, Code: "not_authed"})
	}
	attempt, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var asked, connected atomic.Bool
	traced := httptrace.WithClientTrace(attempt, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	resp, body, err := c.send(traced, r, token)
	if err != nil {
		happened := unknown
		if asked.Load() && !connected.Load() {
			happened = notSent // no connection, so nothing went out on it
		}
		return nil, fail(Error{kind: Temporary, outcome: happened, Status: status(resp), cause: c.networkError(ctx, attempt, err)})
	}
	c.notice(resp, r.app)
	if e := c.judge(resp, body); e != nil {
		return nil, fail(*e)
	}
	return body, nil
}

// send puts the request on the wire and reads the whole answer. The token goes
// into a header, never into a URL or a body.
func (c *Client) send(ctx context.Context, r request, token secret.String) (*http.Response, []byte, error) {
	target := c.base.JoinPath(r.method)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(r.form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("User-Agent", userAgent)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	if err != nil {
		return resp, nil, fmt.Errorf("the answer was cut off: %w", err)
	}
	return resp, body, nil
}

func status(resp *http.Response) int {
	if resp == nil {
		return 0
	}
	return resp.StatusCode
}

// networkError names the hop and hides what a URL or a transport may give away.
func (c *Client) networkError(ctx, attempt context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if attempt.Err() != nil {
		return fmt.Errorf("%s did not answer within %s", c.hop(), c.timeout)
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	var op *net.OpError
	verb := "talking to"
	if errors.As(err, &op) && op.Op == "dial" {
		verb = "reaching"
	}
	return &hidden{text: secret.Redact(fmt.Sprintf("%s %s: %s", verb, c.hop(), err)), err: err}
}

// hidden is an error whose text was redacted. It can be recognised, not printed
// in full.
type hidden struct {
	text string
	err  error
}

func (h *hidden) Error() string        { return h.text }
func (h *hidden) Is(target error) bool { return errors.Is(h.err, target) }
func (h *hidden) As(target any) bool   { return errors.As(h.err, target) }

// hop names whom the client talks to, without user, path and query.
func (c *Client) hop() string { return c.base.Scheme + "://" + c.base.Host }

// notice keeps what every answer's header tells.
func (c *Client) notice(resp *http.Response, app bool) {
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.skew.Store(int64(time.Until(date)))
	}
	header := resp.Header.Values("X-OAuth-Scopes")
	if len(header) == 0 {
		return
	}
	scopes := []string{}
	for _, s := range strings.Split(strings.Join(header, ","), ",") {
		if s = strings.TrimSpace(s); s != "" {
			scopes = append(scopes, s)
		}
	}
	if app {
		c.appScopes.Store(&scopes)
	} else {
		c.botScopes.Store(&scopes)
	}
}

// answer is what every answer of Slack's begins with.
type answer struct {
	OK       *bool  `json:"ok"`
	Error    string `json:"error"`
	Needed   string `json:"needed"`
	Provided string `json:"provided"`
	Metadata struct {
		Messages []string `json:"messages"`
	} `json:"response_metadata"`
}

// judge tells Slack's "ok" from everything else that an HTTP exchange can bring.
func (c *Client) judge(resp *http.Response, body []byte) *Error {
	if e := c.fromSomebodyElse(resp, body); e != nil {
		return e
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil && !typeMismatch(err) {
		return &Error{
			kind: Temporary, outcome: unknown, Status: resp.StatusCode,
			what: fmt.Sprintf("%s sent broken JSON (%d bytes); the answer was cut or changed on its way", c.hop(), len(body)),
		}
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, a.OK != nil && !*a.OK && kindOfCode(a.Error) == RateLimited:
		if a.Error == "" {
			a.Error = "ratelimited"
		}
		return &Error{Code: a.Error, kind: RateLimited, outcome: refused, Status: resp.StatusCode, After: retryAfter(resp.Header)}
	case a.OK == nil:
		return &Error{
			kind: Temporary, outcome: unknown, Status: resp.StatusCode,
			what: fmt.Sprintf("%s sent JSON that is no answer of the Web API (HTTP %d)", c.hop(), resp.StatusCode),
		}
	case resp.StatusCode >= 500:
		return &Error{Code: a.Error, kind: Temporary, outcome: unknown, Status: resp.StatusCode, Details: a.Metadata.Messages}
	case *a.OK && resp.StatusCode == http.StatusOK:
		return nil
	case *a.OK:
		return &Error{
			kind: Temporary, outcome: misled, Status: resp.StatusCode,
			what: fmt.Sprintf("%s said ok and HTTP %d at once", c.hop(), resp.StatusCode),
		}
	}
	if a.Error == "" {
		a.Error = "an error that Slack does not name"
	}
	return &Error{
		Code: a.Error, Needed: a.Needed, Provided: a.Provided, Details: a.Metadata.Messages,
		Status: resp.StatusCode, kind: kindOfCode(a.Error), outcome: outcomeOfCode(a.Error),
	}
}

// fromSomebodyElse recognises answers that the Web API itself does not give: it
// has no redirects and no pages.
func (c *Client) fromSomebodyElse(resp *http.Response, body []byte) *Error {
	code := resp.StatusCode
	if code == http.StatusTooManyRequests {
		if !json.Valid(body) {
			return &Error{Code: "ratelimited", kind: RateLimited, Status: code, After: retryAfter(resp.Header)}
		}
		return nil
	}
	foreign := func(o outcome, format string, args ...any) *Error {
		return &Error{kind: Temporary, outcome: o, Status: code, what: c.hop() + fmt.Sprintf(format, args...)}
	}
	const between = "; a proxy or a login page stands between, or network.slack_api_url is wrong"
	switch {
	case code >= 300 && code < 400:
		to := "nowhere"
		if u, err := resp.Location(); err == nil {
			to = u.Scheme + "://" + u.Host
		}
		return foreign(misled, " redirects to %s (HTTP %d), which the Web API never does%s", to, code, between)
	case json.Valid(body) && len(bytes.TrimSpace(body)) > 0 && bytes.TrimSpace(body)[0] == '{':
		return nil
	case code >= 500:
		return foreign(unknown, " answered HTTP %d", code)
	case isHTML(resp.Header, body):
		return foreign(misled, " answered with a page instead of JSON (HTTP %d)%s", code, between)
	case code != http.StatusOK:
		return foreign(misled, " answered HTTP %d%s", code, between)
	default:
		return nil // broken JSON, which judge names
	}
}

func isHTML(h http.Header, body []byte) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "text/html" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// typeMismatch says that the JSON is whole and only a field has another type.
func typeMismatch(err error) bool {
	var mismatch *json.UnmarshalTypeError
	return errors.As(err, &mismatch)
}

// retryAfter reads the header's whole seconds.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil || seconds < 0 {
		return defaultRetryAfter
	}
	return time.Duration(seconds) * time.Second
}

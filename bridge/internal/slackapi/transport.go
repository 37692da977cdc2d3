package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"ops-jrz1/bridge/internal/secret"
)

// maxAnswer bounds what is read of an answer: far above the largest page of
// history, far below what would hurt.
const maxAnswer = 64 << 20

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
		e.Method, e.token = r.method, r.token
		return &e
	}
	token := c.tokens.of(r.token)
	switch {
	case c.baseErr != nil:
		return nil, fail(Error{kind: Permanent, cause: c.baseErr})
	case token.Empty() && r.token != noToken:
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
	c.notice(resp, r.token)
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
	if !token.Empty() {
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
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
		return &timeoutError{fmt.Sprintf("%s did not answer within %s", c.hop(), c.timeout)}
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

// timeoutError is the end of one attempt's time, a net.Error; it is not the end
// of the caller's context.
type timeoutError struct{ text string }

func (e *timeoutError) Error() string   { return e.text }
func (e *timeoutError) Timeout() bool   { return true }
func (e *timeoutError) Temporary() bool { return true }

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
func (c *Client) notice(resp *http.Response, token tokenKind) {
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.clock.hear(date)
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
	switch token {
	case botToken:
		c.botScopes.Store(&scopes)
	case appToken:
		c.appScopes.Store(&scopes)
	}
}

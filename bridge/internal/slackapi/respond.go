package slackapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// methodRespond is the name under which such calls are counted.
const methodRespond = "response_url"

// maxResponseAnswer bounds what is read of the answer.
const maxResponseAnswer = 4 << 10

// Respond answers a slash command at the address that came with it; only the person who used
// the command sees the text, which is mrkdwn (Slack docs: handling user interaction). The
// address is good for half an hour and says who may answer, so no token goes with it.
func (c *Client) Respond(ctx context.Context, address, text string) error {
	to, err := url.Parse(address)
	if err != nil || !c.isSlacks(to) {
		return &Error{Method: methodRespond, kind: Permanent, what: "the address is not one of Slack's"}
	}
	body, err := json.Marshal(map[string]string{"response_type": "ephemeral", "text": text})
	if err != nil {
		return fmt.Errorf("encode an answer to a slash command: %w", err)
	}
	attempt, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	e := c.respond(ctx, attempt, address, body)
	c.count(methodRespond, e)
	if e != nil {
		return e
	}
	return nil
}

func (c *Client) respond(ctx, attempt context.Context, address string, body []byte) *Error {
	fail := func(kind Kind, what string, cause error) *Error {
		return &Error{Method: methodRespond, kind: kind, outcome: unknown, what: what, cause: cause}
	}
	req, err := http.NewRequestWithContext(attempt, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fail(Permanent, "the address cannot be used", nil) // the error would show it
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", userAgent)
	resp, err := c.http.Do(req)
	if err != nil {
		return fail(Temporary, "", c.networkError(ctx, attempt, err))
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxResponseAnswer) // so that the connection can be used again
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		e := fail(RateLimited, "", nil)
		e.Code, e.Status, e.After = "ratelimited", code, c.scaled(retryAfter(resp.Header))
		return e
	case code >= http.StatusInternalServerError:
		return fail(Temporary, fmt.Sprintf("the answer was not taken: HTTP %d", code), nil)
	case code != http.StatusOK:
		return fail(Permanent, fmt.Sprintf("the answer was refused: HTTP %d", code), nil)
	}
	return nil
}

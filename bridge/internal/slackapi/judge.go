package slackapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultRetryAfter is waited when Slack asks for fewer calls without saying for
// how long.
const defaultRetryAfter = 30 * time.Second

// answer is what every answer of Slack's begins with.
type answer struct {
	OK       *bool  `json:"ok"`
	Error    string `json:"error"`
	Needed   string `json:"needed"`
	Provided string `json:"provided"`
	Metadata struct {
		Messages []string `json:"messages"`
	} `json:"response_metadata"`
	// Errors are what is wrong with a manifest. Other methods have other things there.
	Errors json.RawMessage `json:"errors"`
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
	details := a.Metadata.Messages
	if a.Error == "invalid_manifest" {
		details = append(details, complaints(a.Errors)...)
	}
	return &Error{
		Code: a.Error, Needed: a.Needed, Provided: a.Provided, Details: details,
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

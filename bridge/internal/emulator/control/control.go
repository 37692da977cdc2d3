// Package control is the Go client of the emulator's control API,
// `/emulator/v1`: act as people of the workspace, read what happened, ask for
// faults, move the clock. Each verb is one method. Users and channels may be
// given by id or by name, apps too; an empty app is the first. It must not be
// used by anything but tests, demos and the page.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Root is the path under which the control API is served.
const Root = "/emulator/v1"

// TeamPath is what the path of a further workspace's control API begins with.
func TeamPath(team string) string { return "/teams/" + team }

// Client talks to one emulator.
type Client struct {
	base string
	http *http.Client
}

// New returns a client of the emulator at a base URL such as
// http://127.0.0.1:1234.
func New(base string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // many people speak at once in torture and benchmarks
	return &Client{base: strings.TrimSuffix(base, "/") + Root, http: &http.Client{Transport: transport}}
}

// NewOf returns a client of a further workspace of the emulator at a base URL.
func NewOf(base, team string) *Client { return New(strings.TrimSuffix(base, "/") + TeamPath(team)) }

// Error is a refusal by the emulator.
type Error struct {
	// Code is Slack's code where there is one, such as channel_not_found.
	Code    string `json:"error"`
	Message string `json:"message,omitempty"`
	Status  int    `json:"-"`
	Verb    string `json:"-"`
}

func (e *Error) Error() string {
	return fmt.Sprintf("emulator %s: %s (%d) %s", e.Verb, e.Code, e.Status, e.Message)
}

// get reads a resource into out.
func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.do(ctx, http.MethodGet, path, nil, out)
}

// post runs a verb; out may be nil.
func (c *Client) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("emulator %s: %w", path, err)
	}
	return c.do(ctx, http.MethodPost, path, body, out)
}

func (c *Client) do(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("emulator %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("emulator %s: %w", path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("emulator %s: %w", path, err)
	}
	if res.StatusCode != http.StatusOK {
		refusal := &Error{Status: res.StatusCode, Verb: path}
		if json.Unmarshal(raw, refusal) != nil || refusal.Code == "" {
			refusal.Code, refusal.Message = "http_error", string(raw)
		}
		return refusal
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("emulator %s: read the answer: %w", path, err)
	}
	return nil
}

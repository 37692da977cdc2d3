package slackapi

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"strconv"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/slackevent"
)

// pageSize is what Slack recommends for lists (Slack docs: Pagination).
const pageSize = 200

// maxPages ends a list that does not end by itself.
const maxPages = 10_000

// cursorAnswer is the part of a page that leads to the next one.
type cursorAnswer struct {
	Next string `json:"next_cursor"`
}

// page is one page of a list: the answer's keys, and the next page's cursor.
type page struct {
	body map[string]json.RawMessage
	next string
}

// pages makes the call for each page. A page may be empty and still have a next
// one (Slack docs: Pagination). A cursor that comes again is an error: the list
// would never end.
func (c *Client) pages(ctx context.Context, r request) iter.Seq2[page, error] {
	return func(yield func(page, error) bool) {
		form := url.Values{}
		for k, v := range r.form {
			form[k] = v
		}
		if !form.Has("limit") {
			form.Set("limit", strconv.Itoa(pageSize))
		}
		r.form = form
		seen := map[string]bool{"": true}
		for range maxPages {
			p, err := c.page(ctx, r)
			if !yield(p, err) || err != nil || p.next == "" {
				return
			}
			if seen[p.next] {
				yield(page{}, circle(r.method))
				return
			}
			seen[p.next] = true
			form.Set("cursor", p.next)
		}
		yield(page{}, &Error{Method: r.method, kind: Permanent, what: fmt.Sprintf("the list has more than %d pages", maxPages)})
	}
}

func (c *Client) page(ctx context.Context, r request) (page, error) {
	body, err := c.call(ctx, r)
	if err != nil {
		return page{}, err
	}
	var answer struct {
		Metadata cursorAnswer `json:"response_metadata"`
	}
	if err := decode(r, body, &answer); err != nil {
		return page{}, err
	}
	p := page{next: answer.Metadata.Next}
	if err := json.Unmarshal(body, &p.body); err != nil {
		return page{}, misunderstood(r, err)
	}
	return p, nil
}

// list returns the raw elements under key; an absent list is empty.
func list(c *Client, method string, p page, key string) []json.RawMessage {
	var raw []json.RawMessage
	if len(p.body[key]) == 0 {
		return nil
	}
	if err := json.Unmarshal(p.body[key], &raw); err != nil {
		c.unreadable(method, key, err)
	}
	return raw
}

// elements decodes what stands under key one by one. One that cannot be read is
// left out and said in the log: the rest of the page is not lost for it.
func elements[T any](c *Client, method string, p page, key string) []T {
	raw := list(c, method, p, key)
	out := make([]T, 0, len(raw))
	for _, r := range raw {
		var element T
		if err := slackevent.Unmarshal(r, &element); err != nil {
			c.unreadable(method, key, err)
			continue
		}
		out = append(out, element)
	}
	return out
}

// words returns the strings under key.
func words(c *Client, method string, p page, key string) []string {
	var out []string
	for _, raw := range list(c, method, p, key) {
		var word string
		if err := json.Unmarshal(raw, &word); err != nil {
			c.unreadable(method, key, err)
			continue
		}
		out = append(out, word)
	}
	return out
}

// unreadable says in the log that part of a list was left out.
func (c *Client) unreadable(method, key string, err error) {
	c.log.Warn("Slack sent a list with parts that cannot be read; they are left out",
		zap.String("method", method), zap.String("list", key), zap.Error(err))
}

// circle is the error for a list that would never end.
func circle(method string) *Error {
	return &Error{Method: method, kind: Temporary, what: "the list goes round in a circle: a page's cursor came twice"}
}

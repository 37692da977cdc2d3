package slackapi

import (
	"context"
	"net/url"

	"ops-jrz1/bridge/internal/slackevent"
)

// FileInfo returns all that Slack tells of a file, also where a message holds a stub of it
// (Slack docs: files.info).
func (c *Client) FileInfo(ctx context.Context, id string) (*slackevent.File, error) {
	var a struct {
		File slackevent.File `json:"file" shape:"strict"`
	}
	r := request{method: "files.info", form: url.Values{"file": {id}}}
	err := c.callInto(ctx, r, &a)
	return named(r, &a.File, a.File.ID, err)
}

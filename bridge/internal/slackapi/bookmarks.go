package slackapi

import (
	"context"
	"net/url"
)

// Bookmark is a link at the top of a channel.
type Bookmark struct {
	Title string `json:"title"`
	Link  string `json:"link"`
	Emoji string `json:"emoji"`
	// Rank orders the bookmarks of a channel.
	Rank string `json:"rank"`
}

// Bookmarks returns the links at the top of a channel (Slack docs: bookmarks.list).
func (c *Client) Bookmarks(ctx context.Context, channel string) ([]Bookmark, error) {
	var a struct {
		Bookmarks []Bookmark `json:"bookmarks"`
	}
	err := c.callInto(ctx, request{method: "bookmarks.list", form: url.Values{"channel_id": {channel}}}, &a)
	return a.Bookmarks, err
}

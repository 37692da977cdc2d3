package slackapi

import "context"

// Emoji returns the workspace's own emoji: by name the address of a picture, or alias:name
// (Slack docs: emoji.list).
func (c *Client) Emoji(ctx context.Context) (map[string]string, error) {
	var a struct {
		Emoji map[string]string `json:"emoji" shape:"strict"`
	}
	err := c.callInto(ctx, request{method: "emoji.list"}, &a)
	return a.Emoji, err
}

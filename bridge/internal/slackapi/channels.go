package slackapi

import (
	"context"
	"net/url"

	"ops-jrz1/bridge/internal/slackevent"
)

// PublicChannels returns every public channel of the workspace that is not
// archived, whether or not the bot is in it (Slack docs: conversations.list).
func (c *Client) PublicChannels(ctx context.Context) ([]slackevent.Conversation, error) {
	r := request{method: "conversations.list", form: url.Values{"types": {PublicChannel}, "exclude_archived": {"true"}}}
	var out []slackevent.Conversation
	for p, err := range c.pages(ctx, r) {
		if err != nil {
			return nil, err
		}
		out = append(out, elements[slackevent.Conversation](c, r.method, p, "channels")...)
	}
	return out, nil
}

package slackapi

import (
	"context"
	"iter"
	"net/url"
	"strconv"

	"ops-jrz1/bridge/internal/slackevent"
)

// longPage is the largest page that Slack gives of channels and people (Slack docs:
// conversations.list, users.list): a person waits for the whole list.
const longPage = 999

// PublicChannels yields the public channels of the workspace that are not
// archived, whether or not the bot is in them, page by page (Slack docs:
// conversations.list). After an error nothing more comes.
func (c *Client) PublicChannels(ctx context.Context) iter.Seq2[[]slackevent.Conversation, error] {
	r := request{method: "conversations.list", form: url.Values{
		"types": {PublicChannel}, "exclude_archived": {"true"}, "limit": {strconv.Itoa(longPage)},
	}}
	return func(yield func([]slackevent.Conversation, error) bool) {
		for p, err := range c.pages(ctx, r) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(elements[slackevent.Conversation](c, r.method, p, "channels"), nil) {
				return
			}
		}
	}
}

// CreateChannel makes a channel of which the bot is the first member (Slack docs:
// conversations.create).
func (c *Client) CreateChannel(ctx context.Context, name string, private bool) (*slackevent.Conversation, error) {
	form := url.Values{"name": {name}, "is_private": {strconv.FormatBool(private)}}
	return c.conversation(ctx, request{method: "conversations.create", form: form, effect: twice})
}
